"""Records as messages of the wire, and back: each pair once, for the service and its clients.

A codec goes by the fields of its record: each is a field of the message under the same name, times under
the names that Google's API guide gives them (AIP-142). Where a record and its message do not have the same
fields, the codec cannot be made, and no program starts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from vicinal.records import (
    duplicates,
    errors,
    examples,
    items,
    labels,
    measurement,
    pool_options,
    pools,
    votes,
)
from vicinal.v1 import (
    annotators_pb2,
    duplicate_groups_pb2,
    duplicates_pb2,
    examples_pb2,
    filters_pb2,
    measurement_pb2,
    resources_pb2,
    sampler_service_pb2,
)

R = TypeVar("R")
M = TypeVar("M", bound=Message)
E = TypeVar("E", bound=StrEnum)

Encode = Callable[[Any], Any]
Decode = Callable[[Any], Any]

TIMES: Mapping[str, str] = {
    "at": "time",
    "created_at": "create_time",
    "expires_at": "expire_time",
    "found_at": "find_time",
    "last_label_at": "last_label_time",
    "updated_at": "update_time",
}
"""The name on the wire of each record's field that is a time."""

# By record, for those that are part of another.
_CODECS: "dict[Any, Codec[Any, Any]]" = {}

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


def numbers_of(kind: type[E], enum: Any) -> dict[E, int]:
    """The number on the wire of each word: Metric.COSINE is METRIC_COSINE.

    Raises:
        TypeError: one of the two has a word that the other does not have.
    """
    prefix = enum.Name(0).removesuffix("UNSPECIFIED")
    numbers = {member: enum.Value(f"{prefix}{member.value.upper()}") for member in kind}
    if len(numbers) != len(enum.values()) - 1:
        raise TypeError(f"{kind.__name__} has {len(numbers)} words, {prefix}* {len(enum.values()) - 1}")
    return numbers


NUMBERS: Mapping[type[StrEnum], Mapping[Any, int]] = {
    kind: numbers_of(kind, enum)
    for kind, enum in (
        (duplicates.DuplicateKind, duplicates_pb2.DuplicateKind),
        (items.FilterReason, filters_pb2.FilterReason),
        (items.ItemState, resources_pb2.ItemState),
        (labels.Arm, measurement_pb2.Arm),
        (labels.EventKind, resources_pb2.LabelEvent.Kind),
        (measurement.Benefit, measurement_pb2.ActiveBenefit),
        (measurement.StopReason, measurement_pb2.StopReason),
        (pool_options.Consensus, resources_pb2.Consensus),
        (pool_options.Duplicates, duplicates_pb2.Duplicates),
        (pool_options.Metric, resources_pb2.Metric),
        (pool_options.VoteModel, resources_pb2.VoteModel),
        (pool_options.Weighting, resources_pb2.VoteWeighting),
        (pools.Medium, resources_pb2.Medium),
    )
}
"""The numbers of each enum's words."""


class Codec(Generic[R, M]):
    """Encodes records of one class as messages of one type, and decodes them.

    Args:
        record: a dataclass.
        message: the type of its messages.
        local: fields of the record that are not sent; they need a default.
        added: fields of the message that no record has; `encode` is given them.
        inlined: fields of the message that have a part of the record's own fields, each with its codec.

    Raises:
        TypeError: a field is on one side alone, or has another type there.
    """

    def __init__(
        self,
        record: type[R],
        message: type[M],
        *,
        local: Sequence[str] = (),
        added: Sequence[str] = (),
        inlined: "Mapping[str, Codec[Any, Any]] | None" = None,
    ) -> None:
        self.record, self.message, self.local, self.added = record, message, local, added
        self._inlined = dict(inlined or {})
        types = get_type_hints(record)
        elsewhere = {*local, *(name for part in self._inlined.values() for name in part.names)}
        self.names: list[str] = [field.name for field in fields(record) if field.name not in elsewhere]  # type: ignore[arg-type]
        known = message.DESCRIPTOR.fields_by_name
        on_wire = {name: TIMES.get(name, name) for name in self.names}
        computed = [name for name in known if isinstance(getattr(record, name, None), property)]
        unmatched = {*on_wire.values(), *computed, *added, *self._inlined} ^ set(known)
        if unmatched:
            raise TypeError(f"{record.__name__} and {message.DESCRIPTOR.full_name} differ in {unmatched}")
        self._encoders: list[tuple[str, str, Encode]] = [(name, name, _same) for name in computed]
        self._decoders: list[tuple[str, Decode]] = []
        for name, field in on_wire.items():
            encode, decode = _conversions(types[name], known[field])
            self._encoders.append((name, field, encode))
            self._decoders.append((name, decode))
        _CODECS[record] = self

    def encode(self, record: R, **added: Any) -> M:
        """The record as a message; what is None is not set."""
        for field, part in self._inlined.items():
            added[field] = part.encode(record)
        for name, field, encode in self._encoders:
            value = getattr(record, name)
            if value is not None:
                added[field] = encode(value)
        return self.message(**added)

    def decode(self, message: M) -> R:
        """The record of a message. A word of a newer server reads as its number."""
        return self.record(**dict(self._values(message)))

    def _values(self, message: M) -> Iterator[tuple[str, Any]]:
        for name, decode in self._decoders:
            yield name, decode(message)
        for field, part in self._inlined.items():
            yield from part._values(getattr(message, field))


def _conversions(kind: Any, field: Any) -> tuple[Encode, Decode]:
    """How a field's value in a record is encoded, and decoded from a message."""
    get: Decode = attrgetter(field.name)
    bare, is_optional = _without_none(kind)
    if get_origin(bare) is not None:
        encode, decode = _collection(get_origin(bare), get_args(bare))
        return encode, lambda message: decode(get(message))
    encode, decode = _single(bare)
    if issubclass(bare, StrEnum):
        decode = _words(bare, is_optional=is_optional)
    if is_optional and not field.has_presence:
        # What is not set reads as nothing: 0, or no text.
        return encode, lambda message: decode(get(message)) or None
    if is_optional:
        return encode, lambda message: decode(get(message)) if message.HasField(field.name) else None
    return encode, lambda message: decode(get(message))


def _without_none(kind: Any) -> tuple[Any, bool]:
    """A type without None, and whether it had that."""
    parts = [part for part in get_args(kind) if part is not NoneType]
    is_optional = NoneType in get_args(kind)
    return (parts[0] if is_optional else kind), is_optional


def _single(kind: type) -> tuple[Encode, Decode]:
    if is_dataclass(kind):
        codec = _CODECS[kind]
        return codec.encode, codec.decode
    if kind is datetime:
        return encode_time, _decode_time
    if issubclass(kind, StrEnum):
        return NUMBERS[kind].__getitem__, _same
    return _same, _same


def _collection(kind: Any, parameters: Sequence[Any]) -> tuple[Encode, Decode]:
    if kind is Mapping:
        return (_encode_probabilities, _decode_probabilities) if parameters[1] is float else (_same, dict)
    make = tuple if kind is tuple else list
    encode, decode = _single(parameters[0])
    if encode is _same:
        return _same, make
    return lambda values: [encode(value) for value in values], lambda messages: make(map(decode, messages))


def _words(kind: type[StrEnum], *, is_optional: bool) -> Decode:
    """Decodes the number of a word. A number of a newer server becomes a word that is its digits."""
    known: dict[int, StrEnum] = {number: word for word, number in NUMBERS[kind].items()}

    def decode(number: int) -> StrEnum | None:
        if number in known:
            return known[number]
        if not number and is_optional:
            return None
        text = str(number) if number else "unspecified"
        word = str.__new__(kind, text)
        word._name_ = word._value_ = text
        return word

    return decode


def _encode_probabilities(probabilities: Mapping[str, float]) -> list[resources_pb2.ClassProbability]:
    return [resources_pb2.ClassProbability(label=label, probability=p) for label, p in probabilities.items()]


def _decode_probabilities(messages: Sequence[resources_pb2.ClassProbability]) -> dict[str, float]:
    return {each.label: each.probability for each in messages}


def encode_time(at: datetime) -> Timestamp:
    """A time to the microsecond.

    >>> encode_time(datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)).ToJsonString()
    '1970-01-01T00:00:01.500Z'
    """
    seconds, microseconds = divmod((at - _EPOCH) // _MICROSECOND, 1_000_000)
    return Timestamp(seconds=seconds, nanos=microseconds * 1000)


def _decode_time(timestamp: Timestamp) -> datetime:
    return timestamp.ToDatetime(tzinfo=UTC)


def _same(value: Any) -> Any:
    return value


FINGERPRINT = Codec(pools.Fingerprint, resources_pb2.Fingerprint)
NEIGHBOUR_GRAPH = Codec(pools.NeighbourGraph, resources_pb2.NeighbourGraph)
ITEM_COUNTS = Codec(pools.ItemCounts, resources_pb2.ItemCounts)
HOLDOUT_COUNTS = Codec(pools.HoldoutCounts, measurement_pb2.HoldoutCounts)
SUGGESTION_COUNTS = Codec(pools.SuggestionCounts, measurement_pb2.SuggestionCounts)
DUPLICATE_COUNTS = Codec(pools.DuplicateCounts, duplicates_pb2.DuplicateCounts)
FILTER_COUNTS = Codec(pools.FilterCounts, filters_pb2.FilterCounts)
POOL_OPTIONS = Codec(pool_options.PoolOptions, resources_pb2.PoolConfig)
POOL = Codec(pools.Pool, resources_pb2.Pool, inlined={"config": POOL_OPTIONS})

SCORE_PARTS = Codec(votes.ScoreParts, resources_pb2.ScoreParts)
NEIGHBOUR = Codec(votes.Neighbour, resources_pb2.Neighbour)
PREDICTION = Codec(votes.Prediction, sampler_service_pb2.Prediction, added=["index"])
SCORED_ITEM = Codec(votes.ScoredItem, sampler_service_pb2.ScorePoolResponse.ScoredItem)

SUGGESTED_ITEM = Codec(labels.SuggestedItem, resources_pb2.SuggestedItem)
LEASE = Codec(labels.Lease, resources_pb2.Lease)
BATCH = Codec(labels.Batch, resources_pb2.Batch)
SUBMITTED = Codec(labels.Submitted, sampler_service_pb2.SubmitLabelsResponse)
LABEL_EVENT = Codec(labels.LabelEvent, resources_pb2.LabelEvent)

DUPLICATE_TRANSFORM = Codec(duplicates.DuplicateTransform, duplicates_pb2.DuplicateTransform)
DUPLICATE_EVIDENCE = Codec(
    duplicates.DuplicateEvidence, duplicates_pb2.DuplicateEvidence, local=["is_identical"]
)
DUPLICATE_OF = Codec(duplicates.DuplicateOf, duplicates_pb2.DuplicateOf)
DUPLICATE_PROGRESS = Codec(duplicates.DuplicateProgress, duplicate_groups_pb2.FindDuplicatesResponse.Progress)
DUPLICATE_SUMMARY = Codec(duplicates.DuplicateSummary, duplicate_groups_pb2.FindDuplicatesResponse.Summary)
CONTENT_MATCH = Codec(duplicates.ContentMatch, duplicate_groups_pb2.ContentMatch)

ITEM_ERROR = Codec(errors.ItemError, resources_pb2.ItemError)
ANNOTATION = Codec(items.Annotation, resources_pb2.Annotation)
ITEM = Codec(items.Item, resources_pb2.Item)
FILTER_DECISION = Codec(items.FilterDecision, filters_pb2.FilterDecision)
ITEM_DETAILS = Codec(items.ItemDetails, sampler_service_pb2.GetItemResponse)
DUPLICATE_GROUP = Codec(items.DuplicateGroup, duplicate_groups_pb2.DuplicateGroup)

EXAMPLE = Codec(examples.Example, examples_pb2.Example)
EXAMPLE_ERROR = Codec(errors.ExampleError, examples_pb2.ExampleError)

MEASURED_SHARE = Codec(measurement.MeasuredShare, annotators_pb2.MeasuredShare)
ANNOTATOR = Codec(measurement.Annotator, annotators_pb2.Annotator)
ACCURACY = Codec(measurement.Accuracy, measurement_pb2.Accuracy)
ACTIVE_AGAINST_RANDOM = Codec(measurement.ActiveAgainstRandom, measurement_pb2.ActiveAgainstRandom)
RANDOM_LABELS = Codec(measurement.RandomLabels, measurement_pb2.RandomLabels)
LEARNING_CURVE = Codec(measurement.LearningCurve, measurement_pb2.GetLearningCurveResponse)
STOP_SIGN = Codec(measurement.StopSign, measurement_pb2.StopSign)
ADVICE = Codec(measurement.Advice, measurement_pb2.GetAdviceResponse)
