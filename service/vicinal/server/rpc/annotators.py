"""Calls about annotators: how often each is right, what they disagree on, and how that is resolved."""

from dataclasses import replace

from vicinal.pools.results import LabelInput
from vicinal.server.rpc.checks import begin_checks
from vicinal.server.rpc.handlers import Context, Handlers, in_worker
from vicinal.server.rpc.idempotency import run_once
from vicinal.server.rpc.page_tokens import page_token, position_of
from vicinal.server.security.access import current_caller
from vicinal.v1 import annotators_pb2 as v1
from vicinal.wire.codecs import ANNOTATOR, ITEM


class AnnotatorHandlers(Handlers):
    """Calls about annotators."""

    @in_worker
    def ListAnnotators(
        self, request: v1.ListAnnotatorsRequest, context: Context
    ) -> v1.ListAnnotatorsResponse:
        """Who labels, and how often each is right, on gold items for callers that may see gold alone."""
        listed = self.named_pool(request).annotators.list()
        if not current_caller().sees_gold:
            listed = [replace(annotator, gold=None) for annotator in listed]
        return v1.ListAnnotatorsResponse(annotators=map(ANNOTATOR.encode, listed))

    @in_worker
    def ListDisputedItems(
        self, request: v1.ListDisputedItemsRequest, context: Context
    ) -> v1.ListDisputedItemsResponse:
        """A page of the items whose annotators disagree, most disputed first."""
        checks = begin_checks(request)
        size = checks.page_size(request.page_size)
        checks.raise_if_any()
        listing = ["disputed", request.pool_id]
        session = self.pools.get(request.pool_id)
        page, cursor = session.annotators.disputed(position_of(listing, request.page_token), size)
        return v1.ListDisputedItemsResponse(
            items=map(ITEM.encode, page),
            next_page_token="" if cursor is None else page_token(listing, cursor),
        )

    @in_worker
    def ResolveItems(self, request: v1.ResolveItemsRequest, context: Context) -> v1.ResolveItemsResponse:
        """Decides the labels of items, as a person says."""
        labels, annotator = _resolutions(request, self.settings.max_items_per_request)
        session, hides_gold = self.pools.get(request.pool_id), not current_caller().sees_gold
        return run_once(
            session,
            request,
            v1.ResolveItemsResponse,
            lambda: session.annotators.resolve(labels, annotator, hides_gold=hides_gold),
            lambda resolved: v1.ResolveItemsResponse(resolved=resolved),
        )

    @in_worker
    def SettleLabels(self, request: v1.SettleLabelsRequest, context: Context) -> v1.SettleLabelsResponse:
        """Labels items by a consensus over all annotations."""
        session = self.named_pool(request)
        return run_once(
            session,
            request,
            v1.SettleLabelsResponse,
            session.annotators.settle,
            lambda changed: v1.SettleLabelsResponse(changed=changed),
        )


def _resolutions(request: v1.ResolveItemsRequest, limit: int) -> tuple[list[LabelInput], str]:
    checks = begin_checks(request)
    checks.count(len(request.resolutions), "resolutions", limit)
    annotator = checks.annotator(request.annotator, optional=False)
    labels = [
        LabelInput(
            checks.item_id(given.item_id, f"resolutions[{row}].item_id"),
            checks.label(given.label, f"resolutions[{row}].label"),
        )
        for row, given in enumerate(request.resolutions[:limit])
    ]
    checks.raise_if_any()
    return labels, annotator
