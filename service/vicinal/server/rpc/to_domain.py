"""Requests into the arguments of the use cases. Everything is checked before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from google.protobuf.duration_pb2 import Duration

from vicinal.core.arms import Arm
from vicinal.core.field_rules import MAX_NAME_CHARACTERS, MAX_REASON_CHARACTERS
from vicinal.pools.results import ItemState, LabelInput, NextBatch
from vicinal.server.rpc.checks import Checks, begin_checks
from vicinal.server.rpc.to_proto import ARMS, STATES
from vicinal.server.settings import Settings
from vicinal.v1 import sampler_service_pb2 as service

MAX_BATCH = 1000
MAX_PAGE = 1000
DEFAULT_PAGE = 100


@dataclass(frozen=True)
class LeaseRequest:
    """What a LeaseBatch asks for."""

    batch: NextBatch
    annotator: str


@dataclass(frozen=True)
class LabelRequest:
    """What a SubmitLabels asks for."""

    labels: Sequence[LabelInput]
    annotator: str
    lease_id: str
    next_batch: NextBatch | None


@dataclass(frozen=True)
class ItemsRequest:
    """What a request asks for some items of a pool; fields that it does not have are empty."""

    item_ids: Sequence[str]
    annotator: str = ""
    reason: str = ""
    lease_id: str = ""


def pool_id(
    request: service.GetPoolRequest | service.DeletePoolRequest | service.ExportLabelsRequest,
) -> str:
    """The pool that a request names, where it says nothing else."""
    checks = begin_checks(request)
    checks.raise_if_any()
    return request.pool_id


def parse_lease_request(request: service.LeaseBatchRequest, settings: Settings) -> LeaseRequest:
    """The batch to lease."""
    checks = begin_checks(request)
    parsed = LeaseRequest(_batch(checks, request, "", settings), checks.annotator(request.annotator))
    checks.raise_if_any()
    return parsed


def parse_label_request(request: service.SubmitLabelsRequest, settings: Settings) -> LabelRequest:
    """The labels to add, and the batch wanted in the response."""
    checks, limit = begin_checks(request), settings.max_items_per_request
    checks.count(len(request.labels), "labels", limit)
    labels = [
        LabelInput(
            checks.item_id(given.item_id, f"labels[{row}].item_id"),
            checks.label(given.label, f"labels[{row}].label"),
            given.relabel,
        )
        for row, given in enumerate(request.labels[:limit])
    ]
    parsed = LabelRequest(
        labels,
        checks.annotator(request.annotator),
        _lease_id(checks, request.lease_id),
        _batch(checks, request.next, "next.", settings) if request.HasField("next") else None,
    )
    checks.raise_if_any()
    return parsed


def renewal(request: service.RenewLeasesRequest, settings: Settings) -> float | None:
    """How long the leases are to last from now; None is the server's default."""
    checks = begin_checks(request)
    checks.ids(request.lease_ids, "lease_ids", settings.max_items_per_request)
    seconds = _lease_seconds(checks, request, "lease_duration", settings)
    checks.raise_if_any()
    return seconds


def released_lease_ids(request: service.ReleaseLeasesRequest, settings: Settings) -> list[str]:
    """The leases to end."""
    checks = begin_checks(request)
    ids = checks.ids(request.lease_ids, "lease_ids", settings.max_items_per_request)
    checks.raise_if_any()
    return ids


def parse_items_request(
    request: service.SkipItemsRequest
    | service.ExcludeItemsRequest
    | service.RestoreItemsRequest
    | service.RemoveLabelsRequest,
    settings: Settings,
) -> ItemsRequest:
    """The items to skip, exclude or restore, or whose labels to remove."""
    checks = begin_checks(request)
    parsed = ItemsRequest(
        checks.ids(request.item_ids, "item_ids", settings.max_items_per_request),
        checks.annotator(request.annotator),
        checks.text(getattr(request, "reason", ""), "reason", MAX_REASON_CHARACTERS, optional=True),
        _lease_id(checks, getattr(request, "lease_id", "")),
    )
    checks.raise_if_any()
    return parsed


def strategy(request: service.ScorePoolRequest | service.GetItemRequest) -> str:
    """The strategy to score by; empty is the pool's."""
    checks = begin_checks(request)
    if isinstance(request, service.GetItemRequest):
        checks.item_id(request.item_id)
    name = checks.strategy(request.strategy, "strategy")
    checks.raise_if_any()
    return name


def states(request: service.ListItemsRequest) -> list[ItemState]:
    """The states to list; none is all."""
    checks = begin_checks(request)
    wanted: list[ItemState] = []
    for row, value in enumerate(request.states):
        state = checks.one_of(value, STATES, f"states[{row}]")
        if state is not None:
            wanted.append(state)
        elif not value:
            checks.wrong(f"states[{row}]", "is unspecified; name a state, or none for all")
    checks.raise_if_any()
    return wanted


def page_size(request: service.ListPoolsRequest | service.ListItemsRequest) -> int:
    """How many entries a page of a listing is to have."""
    checks = Checks()
    size = checks.number(request.page_size, "page_size", default=DEFAULT_PAGE, limit=MAX_PAGE)
    checks.raise_if_any()
    return size


def featurizer(request: service.EmbedRequest, settings: Settings) -> str:
    """The name of the featurizer to embed with."""
    checks = Checks()
    name = checks.text(request.featurizer, "featurizer", MAX_NAME_CHARACTERS)
    checks.count(len(request.contents), "contents", settings.max_items_per_request)
    checks.raise_if_any()
    return name


def check_classify(request: service.ClassifyRequest, settings: Settings) -> None:
    """Checks all fields of the request but its inputs, which fail one by one."""
    checks = begin_checks(request)
    checks.count(len(request.inputs), "inputs", settings.max_items_per_request)
    checks.text(request.fingerprint_digest, "fingerprint_digest", MAX_NAME_CHARACTERS, optional=True)
    checks.raise_if_any()


class _WithDuration(Protocol):
    """A message that may say how long a lease is to last."""

    @property
    def lease_duration(self) -> Duration: ...

    def HasField(self, field_name: Literal["lease_duration"], /) -> bool: ...  # noqa: N802


class _BatchFields(_WithDuration, Protocol):
    """A message that asks for a batch."""

    size: int
    strategy: str

    @property
    def arm(self) -> int: ...


def _batch(checks: Checks, wanted: _BatchFields, path: str, settings: Settings) -> NextBatch:
    return NextBatch(
        checks.number(wanted.size, f"{path}size", default=1, limit=MAX_BATCH),
        _lease_seconds(checks, wanted, f"{path}lease_duration", settings),
        checks.strategy(wanted.strategy, f"{path}strategy"),
        _arm(checks, wanted, path),
    )


def _arm(checks: Checks, wanted: _BatchFields, path: str) -> Arm:
    arm = checks.one_of(wanted.arm, ARMS, f"{path}arm") or Arm.ACTIVE
    if arm is Arm.CONTROL:
        checks.wrong(f"{path}arm", "is CONTROL, whose items come among those of ACTIVE; ask for another arm")
    if arm is Arm.HOLDOUT and wanted.strategy:
        checks.wrong(
            f"{path}strategy", "does not go with holdout, which comes in random order; leave it unset"
        )
    return arm


def _lease_seconds(checks: Checks, message: _WithDuration, field: str, settings: Settings) -> float | None:
    if not message.HasField("lease_duration"):
        return None
    return checks.seconds(message.lease_duration, field, settings.max_lease_seconds)


def _lease_id(checks: Checks, value: str) -> str:
    return checks.text(value, "lease_id", MAX_NAME_CHARACTERS, optional=True)
