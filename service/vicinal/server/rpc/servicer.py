"""The service, one method per call: each runs the function of its subject, mostly in a worker thread."""

# The names and signatures are those of the generated base class.
# ruff: noqa: ARG002, N802

from collections.abc import AsyncIterator
from typing import Any

from vicinal.pools.registry import Pools
from vicinal.server.rpc import annotators as annotator_calls
from vicinal.server.rpc import contents, items, labels, queries
from vicinal.server.rpc import duplicates as duplicate_calls
from vicinal.server.rpc import examples as example_calls
from vicinal.server.rpc import measurement as measurement_calls
from vicinal.server.rpc import pools as pool_calls
from vicinal.server.rpc import snapshots as snapshot_calls
from vicinal.server.rpc.pools import pool_config
from vicinal.server.runtime.workers import Workers
from vicinal.server.security.access import current_caller
from vicinal.server.settings import Settings
from vicinal.v1 import annotators_pb2 as annotators
from vicinal.v1 import duplicate_groups_pb2 as duplicates
from vicinal.v1 import examples_pb2 as examples
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import sampler_service_pb2 as service
from vicinal.v1 import snapshots_pb2 as snapshots
from vicinal.v1.sampler_service_pb2_grpc import SamplerServiceServicer

Context = Any


class SamplerServicer(SamplerServiceServicer):
    """Serves calls on pools. The workers do all work; the interceptor turns errors into statuses."""

    def __init__(self, pools: Pools, workers: Workers, settings: Settings) -> None:
        self._pools = pools
        self._workers = workers
        self._settings = settings

    async def CreatePool(
        self, request: service.CreatePoolRequest, context: Context
    ) -> service.CreatePoolResponse:
        """Creates a pool; its featurizer is loaded first, before any lock is taken."""
        config = pool_config(request)
        if config.featurizer:
            await self._workers.load(
                config.featurizer, lambda: self._pools.featurizers.get(config.featurizer)
            )
        return await self._workers.compute(pool_calls.create_pool, self._pools, request, config)

    async def GetPool(self, request: service.GetPoolRequest, context: Context) -> service.GetPoolResponse:
        """A pool as it is now."""
        return await self._workers.compute(pool_calls.get_pool, self._pools, request, current_caller())

    async def ListPools(
        self, request: service.ListPoolsRequest, context: Context
    ) -> service.ListPoolsResponse:
        """A page of the caller's pools."""
        return await self._workers.compute(pool_calls.list_pools, self._pools, request, current_caller())

    async def DeletePool(
        self, request: service.DeletePoolRequest, context: Context
    ) -> service.DeletePoolResponse:
        """Deletes a pool for good."""
        return await self._workers.compute(pool_calls.delete_pool, self._pools, request)

    async def AddItems(self, request: service.AddItemsRequest, context: Context) -> service.AddItemsResponse:
        """Adds items."""
        return await items.add_items(self._pools, self._workers, self._settings, request)

    async def ImportItems(
        self, request_iterator: AsyncIterator[service.ImportItemsRequest], context: Context
    ) -> service.ImportItemsResponse:
        """Adds a stream of items."""
        return await items.import_items(self._pools, self._workers, self._settings, request_iterator)

    async def AddExamples(
        self, request: examples.AddExamplesRequest, context: Context
    ) -> examples.AddExamplesResponse:
        """Adds labelled contents that vote and are no items."""
        return await example_calls.add_examples(self._pools, self._workers, self._settings, request)

    async def RemoveExamples(
        self, request: examples.RemoveExamplesRequest, context: Context
    ) -> examples.RemoveExamplesResponse:
        """Removes examples."""
        return await self._workers.compute(
            example_calls.remove_examples, self._pools, self._settings, request
        )

    async def ListExamples(
        self, request: examples.ListExamplesRequest, context: Context
    ) -> examples.ListExamplesResponse:
        """A page of examples."""
        return await self._workers.compute(example_calls.list_examples, self._pools, request)

    async def LeaseBatch(
        self, request: service.LeaseBatchRequest, context: Context
    ) -> service.LeaseBatchResponse:
        """Leases the next items."""
        return await self._workers.compute(
            labels.lease_batch, self._pools, self._settings, request, current_caller()
        )

    async def SubmitLabels(
        self, request: service.SubmitLabelsRequest, context: Context
    ) -> service.SubmitLabelsResponse:
        """Adds labels."""
        return await self._workers.compute(
            labels.submit_labels, self._pools, self._settings, request, current_caller()
        )

    async def RenewLeases(
        self, request: service.RenewLeasesRequest, context: Context
    ) -> service.RenewLeasesResponse:
        """Makes leases last longer."""
        return await self._workers.compute(labels.renew_leases, self._pools, self._settings, request)

    async def ReleaseLeases(
        self, request: service.ReleaseLeasesRequest, context: Context
    ) -> service.ReleaseLeasesResponse:
        """Ends leases early."""
        return await self._workers.compute(labels.release_leases, self._pools, self._settings, request)

    async def SkipItems(
        self, request: service.SkipItemsRequest, context: Context
    ) -> service.SkipItemsResponse:
        """Skips items that an annotator could not decide."""
        return await self._workers.compute(
            labels.skip_items, self._pools, self._settings, request, current_caller()
        )

    async def ExcludeItems(
        self, request: service.ExcludeItemsRequest, context: Context
    ) -> service.ExcludeItemsResponse:
        """Leaves items out of the suggestions."""
        return await self._workers.compute(labels.exclude_items, self._pools, self._settings, request)

    async def RestoreItems(
        self, request: service.RestoreItemsRequest, context: Context
    ) -> service.RestoreItemsResponse:
        """Makes items open again."""
        return await self._workers.compute(labels.restore_items, self._pools, self._settings, request)

    async def RemoveLabels(
        self, request: service.RemoveLabelsRequest, context: Context
    ) -> service.RemoveLabelsResponse:
        """Removes labels."""
        return await self._workers.compute(labels.remove_labels, self._pools, self._settings, request)

    async def FindDuplicates(
        self, request: duplicates.FindDuplicatesRequest, context: Context
    ) -> AsyncIterator[duplicates.FindDuplicatesResponse]:
        """Searches a pool for duplicates."""
        async for response in duplicate_calls.find_duplicates(self._pools, self._workers, request):
            yield response

    async def ListDuplicateGroups(
        self, request: duplicates.ListDuplicateGroupsRequest, context: Context
    ) -> duplicates.ListDuplicateGroupsResponse:
        """A page of groups of duplicates."""
        return await self._workers.compute(
            duplicate_calls.list_duplicate_groups, self._pools, request, current_caller()
        )

    async def SplitDuplicateGroup(
        self, request: duplicates.SplitDuplicateGroupRequest, context: Context
    ) -> duplicates.SplitDuplicateGroupResponse:
        """Makes the duplicates of a group items of their own."""
        return await self._workers.compute(duplicate_calls.split_duplicate_group, self._pools, request)

    async def CheckContent(
        self, request: duplicates.CheckContentRequest, context: Context
    ) -> duplicates.CheckContentResponse:
        """The items that a content is a duplicate of."""
        return await duplicate_calls.check_content(self._pools, self._workers, self._settings, request)

    async def Classify(self, request: service.ClassifyRequest, context: Context) -> service.ClassifyResponse:
        """Predicts the classes of contents or items."""
        return await contents.classify(self._pools, self._workers, self._settings, request)

    async def ScorePool(
        self, request: service.ScorePoolRequest, context: Context
    ) -> AsyncIterator[service.ScorePoolResponse]:
        """Every candidate, best first."""
        async for response in queries.score_pool(self._pools, self._workers, request):
            yield response

    async def GetItem(self, request: service.GetItemRequest, context: Context) -> service.GetItemResponse:
        """An item, explained."""
        return await self._workers.compute(queries.get_item, self._pools, request, current_caller())

    async def ListItems(
        self, request: service.ListItemsRequest, context: Context
    ) -> service.ListItemsResponse:
        """A page of items."""
        return await self._workers.compute(queries.list_items, self._pools, request, current_caller())

    async def Embed(self, request: service.EmbedRequest, context: Context) -> service.EmbedResponse:
        """Vectors of contents."""
        return await contents.embed(self._pools, self._workers, self._settings, request)

    async def ExportLabels(
        self, request: service.ExportLabelsRequest, context: Context
    ) -> AsyncIterator[service.ExportLabelsResponse]:
        """The current labels, or the whole log."""
        async for response in queries.export_labels(self._pools, self._workers, request):
            yield response

    async def ListAnnotators(
        self, request: annotators.ListAnnotatorsRequest, context: Context
    ) -> annotators.ListAnnotatorsResponse:
        """Who labels, and how often each is right."""
        return await self._workers.compute(
            annotator_calls.list_annotators, self._pools, request, current_caller()
        )

    async def ListDisputedItems(
        self, request: annotators.ListDisputedItemsRequest, context: Context
    ) -> annotators.ListDisputedItemsResponse:
        """A page of the items whose annotators disagree."""
        return await self._workers.compute(annotator_calls.list_disputed_items, self._pools, request)

    async def ResolveItems(
        self, request: annotators.ResolveItemsRequest, context: Context
    ) -> annotators.ResolveItemsResponse:
        """Decides the labels of items, as a person says."""
        return await self._workers.compute(
            annotator_calls.resolve_items, self._pools, self._settings, request, current_caller()
        )

    async def SettleLabels(
        self, request: annotators.SettleLabelsRequest, context: Context
    ) -> annotators.SettleLabelsResponse:
        """Labels items by a consensus over all annotations."""
        return await self._workers.compute(annotator_calls.settle_labels, self._pools, request)

    async def GetLearningCurve(
        self, request: measurement.GetLearningCurveRequest, context: Context
    ) -> measurement.GetLearningCurveResponse:
        """Accuracy by number of labels."""
        return await self._workers.compute(measurement_calls.get_learning_curve, self._pools, request)

    async def GetAdvice(
        self, request: measurement.GetAdviceRequest, context: Context
    ) -> measurement.GetAdviceResponse:
        """Whether to stop labelling."""
        return await self._workers.compute(measurement_calls.get_advice, self._pools, request)

    async def CreateSnapshot(
        self, request: snapshots.CreateSnapshotRequest, context: Context
    ) -> AsyncIterator[snapshots.CreateSnapshotResponse]:
        """One pool, or all, as an archive."""
        async for response in snapshot_calls.create_snapshot(self._pools, self._workers, request):
            yield response

    async def RestoreSnapshot(
        self, request_iterator: AsyncIterator[snapshots.RestoreSnapshotRequest], context: Context
    ) -> snapshots.RestoreSnapshotResponse:
        """Restores the pools of an archive."""
        return await snapshot_calls.restore_snapshot(self._pools, self._workers, request_iterator)
