import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from vicinal.v1 import annotators_pb2 as _annotators_pb2
from vicinal.v1 import duplicate_groups_pb2 as _duplicate_groups_pb2
from vicinal.v1 import examples_pb2 as _examples_pb2
from vicinal.v1 import filters_pb2 as _filters_pb2
from vicinal.v1 import measurement_pb2 as _measurement_pb2
from vicinal.v1 import resources_pb2 as _resources_pb2
from vicinal.v1 import snapshots_pb2 as _snapshots_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CreatePoolRequest(_message.Message):
    __slots__ = ("config", "request_id")
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    config: _resources_pb2.PoolConfig
    request_id: str
    def __init__(self, config: _Optional[_Union[_resources_pb2.PoolConfig, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreatePoolResponse(_message.Message):
    __slots__ = ("pool",)
    POOL_FIELD_NUMBER: _ClassVar[int]
    pool: _resources_pb2.Pool
    def __init__(self, pool: _Optional[_Union[_resources_pb2.Pool, _Mapping]] = ...) -> None: ...

class GetPoolRequest(_message.Message):
    __slots__ = ("pool_id",)
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    def __init__(self, pool_id: _Optional[str] = ...) -> None: ...

class GetPoolResponse(_message.Message):
    __slots__ = ("pool",)
    POOL_FIELD_NUMBER: _ClassVar[int]
    pool: _resources_pb2.Pool
    def __init__(self, pool: _Optional[_Union[_resources_pb2.Pool, _Mapping]] = ...) -> None: ...

class ListPoolsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPoolsResponse(_message.Message):
    __slots__ = ("pools", "next_page_token")
    POOLS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    pools: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Pool]
    next_page_token: str
    def __init__(self, pools: _Optional[_Iterable[_Union[_resources_pb2.Pool, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeletePoolRequest(_message.Message):
    __slots__ = ("pool_id", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeletePoolResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AddItemsRequest(_message.Message):
    __slots__ = ("pool_id", "items", "request_id", "fingerprint_digest")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.NewItem]
    request_id: str
    fingerprint_digest: str
    def __init__(self, pool_id: _Optional[str] = ..., items: _Optional[_Iterable[_Union[_resources_pb2.NewItem, _Mapping]]] = ..., request_id: _Optional[str] = ..., fingerprint_digest: _Optional[str] = ...) -> None: ...

class AddItemsResponse(_message.Message):
    __slots__ = ("added", "existing", "errors", "duplicates")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    EXISTING_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    added: int
    existing: int
    errors: _containers.RepeatedCompositeFieldContainer[_resources_pb2.ItemError]
    duplicates: int
    def __init__(self, added: _Optional[int] = ..., existing: _Optional[int] = ..., errors: _Optional[_Iterable[_Union[_resources_pb2.ItemError, _Mapping]]] = ..., duplicates: _Optional[int] = ...) -> None: ...

class ImportItemsRequest(_message.Message):
    __slots__ = ("header", "chunk")
    class Header(_message.Message):
        __slots__ = ("pool_id", "fingerprint_digest")
        POOL_ID_FIELD_NUMBER: _ClassVar[int]
        FINGERPRINT_DIGEST_FIELD_NUMBER: _ClassVar[int]
        pool_id: str
        fingerprint_digest: str
        def __init__(self, pool_id: _Optional[str] = ..., fingerprint_digest: _Optional[str] = ...) -> None: ...
    class Chunk(_message.Message):
        __slots__ = ("items",)
        ITEMS_FIELD_NUMBER: _ClassVar[int]
        items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.NewItem]
        def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.NewItem, _Mapping]]] = ...) -> None: ...
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: ImportItemsRequest.Header
    chunk: ImportItemsRequest.Chunk
    def __init__(self, header: _Optional[_Union[ImportItemsRequest.Header, _Mapping]] = ..., chunk: _Optional[_Union[ImportItemsRequest.Chunk, _Mapping]] = ...) -> None: ...

class ImportItemsResponse(_message.Message):
    __slots__ = ("added", "existing", "errors", "error_count", "duplicates")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    EXISTING_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    ERROR_COUNT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    added: int
    existing: int
    errors: _containers.RepeatedCompositeFieldContainer[_resources_pb2.ItemError]
    error_count: int
    duplicates: int
    def __init__(self, added: _Optional[int] = ..., existing: _Optional[int] = ..., errors: _Optional[_Iterable[_Union[_resources_pb2.ItemError, _Mapping]]] = ..., error_count: _Optional[int] = ..., duplicates: _Optional[int] = ...) -> None: ...

class LeaseBatchRequest(_message.Message):
    __slots__ = ("pool_id", "size", "annotator", "lease_duration", "strategy", "request_id", "arm")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ARM_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    size: int
    annotator: str
    lease_duration: _duration_pb2.Duration
    strategy: str
    request_id: str
    arm: _measurement_pb2.Arm
    def __init__(self, pool_id: _Optional[str] = ..., size: _Optional[int] = ..., annotator: _Optional[str] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., strategy: _Optional[str] = ..., request_id: _Optional[str] = ..., arm: _Optional[_Union[_measurement_pb2.Arm, str]] = ...) -> None: ...

class LeaseBatchResponse(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: _resources_pb2.Batch
    def __init__(self, batch: _Optional[_Union[_resources_pb2.Batch, _Mapping]] = ...) -> None: ...

class Label(_message.Message):
    __slots__ = ("item_id", "label", "relabel")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    RELABEL_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    label: str
    relabel: bool
    def __init__(self, item_id: _Optional[str] = ..., label: _Optional[str] = ..., relabel: bool = ...) -> None: ...

class SubmitLabelsRequest(_message.Message):
    __slots__ = ("pool_id", "labels", "annotator", "lease_id", "next", "request_id")
    class Next(_message.Message):
        __slots__ = ("size", "lease_duration", "strategy", "arm")
        SIZE_FIELD_NUMBER: _ClassVar[int]
        LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
        STRATEGY_FIELD_NUMBER: _ClassVar[int]
        ARM_FIELD_NUMBER: _ClassVar[int]
        size: int
        lease_duration: _duration_pb2.Duration
        strategy: str
        arm: _measurement_pb2.Arm
        def __init__(self, size: _Optional[int] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., strategy: _Optional[str] = ..., arm: _Optional[_Union[_measurement_pb2.Arm, str]] = ...) -> None: ...
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    labels: _containers.RepeatedCompositeFieldContainer[Label]
    annotator: str
    lease_id: str
    next: SubmitLabelsRequest.Next
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., labels: _Optional[_Iterable[_Union[Label, _Mapping]]] = ..., annotator: _Optional[str] = ..., lease_id: _Optional[str] = ..., next: _Optional[_Union[SubmitLabelsRequest.Next, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class SubmitLabelsResponse(_message.Message):
    __slots__ = ("labelled", "relabelled", "unchanged", "next")
    LABELLED_FIELD_NUMBER: _ClassVar[int]
    RELABELLED_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_FIELD_NUMBER: _ClassVar[int]
    NEXT_FIELD_NUMBER: _ClassVar[int]
    labelled: int
    relabelled: int
    unchanged: int
    next: _resources_pb2.Batch
    def __init__(self, labelled: _Optional[int] = ..., relabelled: _Optional[int] = ..., unchanged: _Optional[int] = ..., next: _Optional[_Union[_resources_pb2.Batch, _Mapping]] = ...) -> None: ...

class RenewLeasesRequest(_message.Message):
    __slots__ = ("pool_id", "lease_ids", "lease_duration", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_IDS_FIELD_NUMBER: _ClassVar[int]
    LEASE_DURATION_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    lease_ids: _containers.RepeatedScalarFieldContainer[str]
    lease_duration: _duration_pb2.Duration
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., lease_ids: _Optional[_Iterable[str]] = ..., lease_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RenewLeasesResponse(_message.Message):
    __slots__ = ("leases",)
    LEASES_FIELD_NUMBER: _ClassVar[int]
    leases: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Lease]
    def __init__(self, leases: _Optional[_Iterable[_Union[_resources_pb2.Lease, _Mapping]]] = ...) -> None: ...

class ReleaseLeasesRequest(_message.Message):
    __slots__ = ("pool_id", "lease_ids", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    LEASE_IDS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    lease_ids: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., lease_ids: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReleaseLeasesResponse(_message.Message):
    __slots__ = ("released_items",)
    RELEASED_ITEMS_FIELD_NUMBER: _ClassVar[int]
    released_items: int
    def __init__(self, released_items: _Optional[int] = ...) -> None: ...

class SkipItemsRequest(_message.Message):
    __slots__ = ("pool_id", "item_ids", "reason", "annotator", "lease_id", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    annotator: str
    lease_id: str
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., annotator: _Optional[str] = ..., lease_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SkipItemsResponse(_message.Message):
    __slots__ = ("skipped",)
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    skipped: int
    def __init__(self, skipped: _Optional[int] = ...) -> None: ...

class ExcludeItemsRequest(_message.Message):
    __slots__ = ("pool_id", "item_ids", "reason", "annotator", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    annotator: str
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ..., annotator: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ExcludeItemsResponse(_message.Message):
    __slots__ = ("excluded",)
    EXCLUDED_FIELD_NUMBER: _ClassVar[int]
    excluded: int
    def __init__(self, excluded: _Optional[int] = ...) -> None: ...

class RestoreItemsRequest(_message.Message):
    __slots__ = ("pool_id", "item_ids", "annotator", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    annotator: str
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., annotator: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RestoreItemsResponse(_message.Message):
    __slots__ = ("restored",)
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    restored: int
    def __init__(self, restored: _Optional[int] = ...) -> None: ...

class RemoveLabelsRequest(_message.Message):
    __slots__ = ("pool_id", "item_ids", "annotator", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    annotator: str
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., item_ids: _Optional[_Iterable[str]] = ..., annotator: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RemoveLabelsResponse(_message.Message):
    __slots__ = ("removed",)
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    removed: int
    def __init__(self, removed: _Optional[int] = ...) -> None: ...

class ClassifyRequest(_message.Message):
    __slots__ = ("pool_id", "inputs", "with_neighbours", "fingerprint_digest")
    class Input(_message.Message):
        __slots__ = ("content", "item_id")
        CONTENT_FIELD_NUMBER: _ClassVar[int]
        ITEM_ID_FIELD_NUMBER: _ClassVar[int]
        content: _resources_pb2.Content
        item_id: str
        def __init__(self, content: _Optional[_Union[_resources_pb2.Content, _Mapping]] = ..., item_id: _Optional[str] = ...) -> None: ...
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    WITH_NEIGHBOURS_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    inputs: _containers.RepeatedCompositeFieldContainer[ClassifyRequest.Input]
    with_neighbours: bool
    fingerprint_digest: str
    def __init__(self, pool_id: _Optional[str] = ..., inputs: _Optional[_Iterable[_Union[ClassifyRequest.Input, _Mapping]]] = ..., with_neighbours: bool = ..., fingerprint_digest: _Optional[str] = ...) -> None: ...

class Prediction(_message.Message):
    __slots__ = ("index", "label", "probabilities", "neighbours")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PROBABILITIES_FIELD_NUMBER: _ClassVar[int]
    NEIGHBOURS_FIELD_NUMBER: _ClassVar[int]
    index: int
    label: str
    probabilities: _containers.RepeatedCompositeFieldContainer[_resources_pb2.ClassProbability]
    neighbours: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Neighbour]
    def __init__(self, index: _Optional[int] = ..., label: _Optional[str] = ..., probabilities: _Optional[_Iterable[_Union[_resources_pb2.ClassProbability, _Mapping]]] = ..., neighbours: _Optional[_Iterable[_Union[_resources_pb2.Neighbour, _Mapping]]] = ...) -> None: ...

class ClassifyResponse(_message.Message):
    __slots__ = ("predictions", "errors")
    PREDICTIONS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    predictions: _containers.RepeatedCompositeFieldContainer[Prediction]
    errors: _containers.RepeatedCompositeFieldContainer[_resources_pb2.ItemError]
    def __init__(self, predictions: _Optional[_Iterable[_Union[Prediction, _Mapping]]] = ..., errors: _Optional[_Iterable[_Union[_resources_pb2.ItemError, _Mapping]]] = ...) -> None: ...

class ScorePoolRequest(_message.Message):
    __slots__ = ("pool_id", "strategy")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    strategy: str
    def __init__(self, pool_id: _Optional[str] = ..., strategy: _Optional[str] = ...) -> None: ...

class ScorePoolResponse(_message.Message):
    __slots__ = ("items",)
    class ScoredItem(_message.Message):
        __slots__ = ("item_id", "rank", "score", "probabilities")
        ITEM_ID_FIELD_NUMBER: _ClassVar[int]
        RANK_FIELD_NUMBER: _ClassVar[int]
        SCORE_FIELD_NUMBER: _ClassVar[int]
        PROBABILITIES_FIELD_NUMBER: _ClassVar[int]
        item_id: str
        rank: int
        score: _resources_pb2.ScoreParts
        probabilities: _containers.RepeatedCompositeFieldContainer[_resources_pb2.ClassProbability]
        def __init__(self, item_id: _Optional[str] = ..., rank: _Optional[int] = ..., score: _Optional[_Union[_resources_pb2.ScoreParts, _Mapping]] = ..., probabilities: _Optional[_Iterable[_Union[_resources_pb2.ClassProbability, _Mapping]]] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[ScorePoolResponse.ScoredItem]
    def __init__(self, items: _Optional[_Iterable[_Union[ScorePoolResponse.ScoredItem, _Mapping]]] = ...) -> None: ...

class GetItemRequest(_message.Message):
    __slots__ = ("pool_id", "item_id", "strategy")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    item_id: str
    strategy: str
    def __init__(self, pool_id: _Optional[str] = ..., item_id: _Optional[str] = ..., strategy: _Optional[str] = ...) -> None: ...

class GetItemResponse(_message.Message):
    __slots__ = ("item", "probabilities", "voters", "pool_neighbours", "score", "rank", "eligible_items", "filter_decision")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    PROBABILITIES_FIELD_NUMBER: _ClassVar[int]
    VOTERS_FIELD_NUMBER: _ClassVar[int]
    POOL_NEIGHBOURS_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    RANK_FIELD_NUMBER: _ClassVar[int]
    ELIGIBLE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    FILTER_DECISION_FIELD_NUMBER: _ClassVar[int]
    item: _resources_pb2.Item
    probabilities: _containers.RepeatedCompositeFieldContainer[_resources_pb2.ClassProbability]
    voters: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Neighbour]
    pool_neighbours: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Neighbour]
    score: _resources_pb2.ScoreParts
    rank: int
    eligible_items: int
    filter_decision: _filters_pb2.FilterDecision
    def __init__(self, item: _Optional[_Union[_resources_pb2.Item, _Mapping]] = ..., probabilities: _Optional[_Iterable[_Union[_resources_pb2.ClassProbability, _Mapping]]] = ..., voters: _Optional[_Iterable[_Union[_resources_pb2.Neighbour, _Mapping]]] = ..., pool_neighbours: _Optional[_Iterable[_Union[_resources_pb2.Neighbour, _Mapping]]] = ..., score: _Optional[_Union[_resources_pb2.ScoreParts, _Mapping]] = ..., rank: _Optional[int] = ..., eligible_items: _Optional[int] = ..., filter_decision: _Optional[_Union[_filters_pb2.FilterDecision, _Mapping]] = ...) -> None: ...

class ListItemsRequest(_message.Message):
    __slots__ = ("pool_id", "states", "page_size", "page_token", "filtered")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FILTERED_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    states: _containers.RepeatedScalarFieldContainer[_resources_pb2.ItemState]
    page_size: int
    page_token: str
    filtered: _containers.RepeatedScalarFieldContainer[_filters_pb2.FilterReason]
    def __init__(self, pool_id: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_resources_pb2.ItemState, str]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., filtered: _Optional[_Iterable[_Union[_filters_pb2.FilterReason, str]]] = ...) -> None: ...

class ListItemsResponse(_message.Message):
    __slots__ = ("items", "next_page_token")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Item]
    next_page_token: str
    def __init__(self, items: _Optional[_Iterable[_Union[_resources_pb2.Item, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class EmbedRequest(_message.Message):
    __slots__ = ("featurizer", "contents")
    FEATURIZER_FIELD_NUMBER: _ClassVar[int]
    CONTENTS_FIELD_NUMBER: _ClassVar[int]
    featurizer: str
    contents: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Content]
    def __init__(self, featurizer: _Optional[str] = ..., contents: _Optional[_Iterable[_Union[_resources_pb2.Content, _Mapping]]] = ...) -> None: ...

class EmbedResponse(_message.Message):
    __slots__ = ("fingerprint", "embeddings", "errors")
    class Embedding(_message.Message):
        __slots__ = ("index", "vector")
        INDEX_FIELD_NUMBER: _ClassVar[int]
        VECTOR_FIELD_NUMBER: _ClassVar[int]
        index: int
        vector: bytes
        def __init__(self, index: _Optional[int] = ..., vector: _Optional[bytes] = ...) -> None: ...
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    EMBEDDINGS_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    fingerprint: _resources_pb2.Fingerprint
    embeddings: _containers.RepeatedCompositeFieldContainer[EmbedResponse.Embedding]
    errors: _containers.RepeatedCompositeFieldContainer[_resources_pb2.ItemError]
    def __init__(self, fingerprint: _Optional[_Union[_resources_pb2.Fingerprint, _Mapping]] = ..., embeddings: _Optional[_Iterable[_Union[EmbedResponse.Embedding, _Mapping]]] = ..., errors: _Optional[_Iterable[_Union[_resources_pb2.ItemError, _Mapping]]] = ...) -> None: ...

class ExportLabelsRequest(_message.Message):
    __slots__ = ("pool_id", "history", "with_duplicates")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    WITH_DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    history: bool
    with_duplicates: bool
    def __init__(self, pool_id: _Optional[str] = ..., history: bool = ..., with_duplicates: bool = ...) -> None: ...

class ExportLabelsResponse(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_resources_pb2.LabelEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[_resources_pb2.LabelEvent, _Mapping]]] = ...) -> None: ...
