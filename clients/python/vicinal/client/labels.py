"""Calls of the label loop: lease a batch, label it, skip, take back, export."""

from collections.abc import Iterable, Iterator, Mapping

from vicinal.client import arguments, requests, responses
from vicinal.client.connection import Connection
from vicinal.client.errors import refusing_values
from vicinal.records.labels import Arm, Batch, LabelEvent, Lease, Submitted
from vicinal.v1 import sampler_service_pb2 as v1
from vicinal.wire.codecs import BATCH, LABEL_EVENT, LEASE, SUBMITTED


class LabelCalls(Connection):
    """Calls of the label loop: lease a batch, label it, skip, take back, export."""

    def lease_batch(
        self,
        pool_id: str,
        size: int = 1,
        *,
        annotator: str = "",
        lease_seconds: float | None = None,
        strategy: str = "",
        arm: str = "active",
    ) -> Batch:
        """Hands out the items most worth a label, to nobody else until the lease ends.

        Args:
            pool_id: of the pool.
            size: items wanted, 1 to 1000.
            annotator: who gets them.
            lease_seconds: how long; None is the server's default.
            strategy: to pick by; empty is the pool's.
            arm: "active", "holdout" for items to measure on, in random order, or "review" for items whose
                annotators disagree.

        Returns:
            The items, best first; fewer than `size` when the pool runs out, none at its end.

        Raises:
            InvalidArgumentError: a size, time or strategy that cannot be.
            NotFoundError: no such pool.
        """
        with refusing_values("request"):
            request = v1.LeaseBatchRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                size=requests.whole_number(size, "size"),
                annotator=arguments.text(annotator, "annotator"),
                lease_duration=requests.duration(lease_seconds, "lease_seconds"),
                strategy=arguments.text(strategy, "strategy"),
                request_id=requests.request_id(),
                arm=requests.enum_number(Arm, arm, "arm"),
            )
        return self._call("LeaseBatch", request, responses.record_of("batch", BATCH))

    def submit_labels(
        self,
        pool_id: str,
        labels: Mapping[str, str],
        *,
        annotator: str = "",
        lease_id: str = "",
        relabel: bool = False,
        next_size: int | None = None,
        next_lease_seconds: float | None = None,
        next_strategy: str = "",
        next_arm: str = "active",
    ) -> Submitted:
        """Gives items their labels, all or none; they count from the next suggestion on.

        Args:
            pool_id: of the pool.
            labels: label by item id.
            annotator: who gives them.
            lease_id: the lease the items were handed out under; without it, leased items are refused.
            relabel: allows these labels to take the place of others.
            next_size: items to hand out in the same answer; None asks for none.
            next_lease_seconds: as `lease_seconds` in `lease_batch`, for the next batch.
            next_strategy: as `strategy` in `lease_batch`, for the next batch.
            next_arm: as `arm` in `lease_batch`, for the next batch.

        Raises:
            InvalidArgumentError: a label that may not be given; no label was taken.
            NotFoundError: no such pool, item or open lease; no label was taken.
            FailedPreconditionError: an item is leased to another or labelled otherwise; no label was taken.
        """
        with refusing_values("labels"):
            request = v1.SubmitLabelsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                labels=[
                    v1.Label(item_id=item_id, label=label, relabel=relabel)
                    for item_id, label in arguments.pairs(labels)
                ],
                annotator=arguments.text(annotator, "annotator"),
                lease_id=arguments.text(lease_id, "lease_id"),
                next=_next_batch(next_size, next_lease_seconds, next_strategy, next_arm),
                request_id=requests.request_id(),
            )
        return self._call("SubmitLabels", request, SUBMITTED.decode)

    def renew_leases(
        self, pool_id: str, lease_ids: Iterable[str], lease_seconds: float | None = None
    ) -> list[Lease]:
        """Lets leases run again from now on.

        Args:
            pool_id: of the pool.
            lease_ids: of open leases.
            lease_seconds: how long; None is the server's default.

        Raises:
            NotFoundError: no such pool, or a lease that is not open any more; none is renewed.
        """
        with refusing_values("lease_ids"):
            request = v1.RenewLeasesRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                lease_ids=arguments.texts(lease_ids, "lease_ids"),
                lease_duration=requests.duration(lease_seconds, "lease_seconds"),
                request_id=requests.request_id(),
            )
        return self._call("RenewLeases", request, responses.rows_of("leases", LEASE))

    def release_leases(self, pool_id: str, lease_ids: Iterable[str]) -> int:
        """Gives leased items back to the pool, unlabelled.

        Returns:
            How many items were given back.

        Raises:
            NotFoundError: no such pool, or a lease that is not open any more; none is released.
        """
        with refusing_values("lease_ids"):
            request = v1.ReleaseLeasesRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                lease_ids=arguments.texts(lease_ids, "lease_ids"),
                request_id=requests.request_id(),
            )
        return self._call("ReleaseLeases", request, responses.value_of("released_items"))

    def skip_items(
        self,
        pool_id: str,
        item_ids: Iterable[str],
        *,
        reason: str = "",
        annotator: str = "",
        lease_id: str = "",
    ) -> int:
        """Sets items aside that an annotator cannot label.

        Args:
            pool_id: of the pool.
            item_ids: of the items.
            reason: kept with them.
            annotator: who skips them.
            lease_id: the lease the items were handed out under; without it, leased items are refused.

        Returns:
            How many items are skipped now that were not before.

        Raises:
            NotFoundError: no such pool, item or open lease; none is skipped.
            FailedPreconditionError: an item is leased to another, or labelled; none is skipped.
        """
        with refusing_values("item_ids"):
            request = v1.SkipItemsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                item_ids=arguments.texts(item_ids, "item_ids"),
                reason=arguments.text(reason, "reason"),
                annotator=arguments.text(annotator, "annotator"),
                lease_id=arguments.text(lease_id, "lease_id"),
                request_id=requests.request_id(),
            )
        return self._call("SkipItems", request, responses.value_of("skipped"))

    def exclude_items(
        self, pool_id: str, item_ids: Iterable[str], *, reason: str = "", annotator: str = ""
    ) -> int:
        """Leaves items out of all suggestions.

        Returns:
            How many items are excluded now that were not before.

        Raises:
            NotFoundError: no such pool or item; none is excluded.
            FailedPreconditionError: an item is leased or labelled; none is excluded.
        """
        with refusing_values("item_ids"):
            request = v1.ExcludeItemsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                item_ids=arguments.texts(item_ids, "item_ids"),
                reason=arguments.text(reason, "reason"),
                annotator=arguments.text(annotator, "annotator"),
                request_id=requests.request_id(),
            )
        return self._call("ExcludeItems", request, responses.value_of("excluded"))

    def restore_items(self, pool_id: str, item_ids: Iterable[str], *, annotator: str = "") -> int:
        """Makes skipped and excluded items eligible again; duplicates and filtered ones too, for good.

        Returns:
            How many items were restored.

        Raises:
            NotFoundError: no such pool or item; none is restored.
            FailedPreconditionError: an item is neither skipped nor excluded; none is restored.
        """
        with refusing_values("item_ids"):
            request = v1.RestoreItemsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                item_ids=arguments.texts(item_ids, "item_ids"),
                annotator=arguments.text(annotator, "annotator"),
                request_id=requests.request_id(),
            )
        return self._call("RestoreItems", request, responses.value_of("restored"))

    def remove_labels(self, pool_id: str, item_ids: Iterable[str], *, annotator: str = "") -> int:
        """Takes labels back: the votes are then as if they had never been given.

        Args:
            pool_id: of the pool.
            item_ids: of the items.
            annotator: of items of several annotators, whose label; of one who has none there but resolved the
                item, the resolution. Without a name, the labels of all and the resolution.

        Returns:
            How many labels were taken back.

        Raises:
            NotFoundError: no such pool or item; none is taken back.
            FailedPreconditionError: an item has no label; none is taken back.
        """
        with refusing_values("item_ids"):
            request = v1.RemoveLabelsRequest(
                pool_id=arguments.text(pool_id, "pool_id"),
                item_ids=arguments.texts(item_ids, "item_ids"),
                annotator=arguments.text(annotator, "annotator"),
                request_id=requests.request_id(),
            )
        return self._call("RemoveLabels", request, responses.value_of("removed"))

    def export_labels(
        self, pool_id: str, *, history: bool = False, with_duplicates: bool = False
    ) -> Iterator[LabelEvent]:
        """The labels that stand now.

        Args:
            pool_id: of the pool.
            history: the whole log instead, with what was relabelled, removed, skipped and excluded.
            with_duplicates: adds a line for each duplicate without a label of its own; not with history.

        Raises:
            NotFoundError: no such pool.
        """
        with refusing_values("pool_id"):
            request = v1.ExportLabelsRequest(
                pool_id=arguments.text(pool_id, "pool_id"), history=history, with_duplicates=with_duplicates
            )
        return self._download("ExportLabels", request, responses.rows_of("events", LABEL_EVENT))


def _next_batch(
    size: int | None, lease_seconds: float | None, strategy: str, arm: str
) -> v1.SubmitLabelsRequest.Next | None:
    if size is None:
        return None
    return v1.SubmitLabelsRequest.Next(
        size=requests.whole_number(size, "next_size"),
        lease_duration=requests.duration(lease_seconds, "next_lease_seconds"),
        strategy=arguments.text(strategy, "strategy"),
        arm=requests.enum_number(Arm, arm, "next_arm"),
    )
