import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from vicinal.v1 import duplicates_pb2 as _duplicates_pb2
from vicinal.v1 import filters_pb2 as _filters_pb2
from vicinal.v1 import measurement_pb2 as _measurement_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Metric(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    METRIC_UNSPECIFIED: _ClassVar[Metric]
    METRIC_COSINE: _ClassVar[Metric]
    METRIC_EUCLIDEAN: _ClassVar[Metric]

class VoteWeighting(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOTE_WEIGHTING_UNSPECIFIED: _ClassVar[VoteWeighting]
    VOTE_WEIGHTING_SIMILARITY: _ClassVar[VoteWeighting]
    VOTE_WEIGHTING_UNIFORM: _ClassVar[VoteWeighting]

class VoteModel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOTE_MODEL_UNSPECIFIED: _ClassVar[VoteModel]
    VOTE_MODEL_DIRECT: _ClassVar[VoteModel]
    VOTE_MODEL_DIFFUSED: _ClassVar[VoteModel]
    VOTE_MODEL_BLENDED: _ClassVar[VoteModel]

class Consensus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSENSUS_UNSPECIFIED: _ClassVar[Consensus]
    CONSENSUS_MAJORITY: _ClassVar[Consensus]
    CONSENSUS_DAWID_SKENE: _ClassVar[Consensus]

class Medium(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEDIUM_UNSPECIFIED: _ClassVar[Medium]
    MEDIUM_VECTOR: _ClassVar[Medium]
    MEDIUM_IMAGE: _ClassVar[Medium]
    MEDIUM_TEXT: _ClassVar[Medium]

class ItemState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ITEM_STATE_UNSPECIFIED: _ClassVar[ItemState]
    ITEM_STATE_UNLABELLED: _ClassVar[ItemState]
    ITEM_STATE_LEASED: _ClassVar[ItemState]
    ITEM_STATE_LABELLED: _ClassVar[ItemState]
    ITEM_STATE_SKIPPED: _ClassVar[ItemState]
    ITEM_STATE_EXCLUDED: _ClassVar[ItemState]
METRIC_UNSPECIFIED: Metric
METRIC_COSINE: Metric
METRIC_EUCLIDEAN: Metric
VOTE_WEIGHTING_UNSPECIFIED: VoteWeighting
VOTE_WEIGHTING_SIMILARITY: VoteWeighting
VOTE_WEIGHTING_UNIFORM: VoteWeighting
VOTE_MODEL_UNSPECIFIED: VoteModel
VOTE_MODEL_DIRECT: VoteModel
VOTE_MODEL_DIFFUSED: VoteModel
VOTE_MODEL_BLENDED: VoteModel
CONSENSUS_UNSPECIFIED: Consensus
CONSENSUS_MAJORITY: Consensus
CONSENSUS_DAWID_SKENE: Consensus
MEDIUM_UNSPECIFIED: Medium
MEDIUM_VECTOR: Medium
MEDIUM_IMAGE: Medium
MEDIUM_TEXT: Medium
ITEM_STATE_UNSPECIFIED: ItemState
ITEM_STATE_UNLABELLED: ItemState
ITEM_STATE_LEASED: ItemState
ITEM_STATE_LABELLED: ItemState
ITEM_STATE_SKIPPED: ItemState
ITEM_STATE_EXCLUDED: ItemState

class Fingerprint(_message.Message):
    __slots__ = ("name", "version", "preprocessing", "dimension", "medium", "digest")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PREPROCESSING_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    MEDIUM_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    preprocessing: str
    dimension: int
    medium: Medium
    digest: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., preprocessing: _Optional[str] = ..., dimension: _Optional[int] = ..., medium: _Optional[_Union[Medium, str]] = ..., digest: _Optional[str] = ...) -> None: ...

class PoolConfig(_message.Message):
    __slots__ = ("pool_id", "featurizer", "dimension", "metric", "strategy", "vote_neighbours", "vote_weighting", "classes", "seed", "vote_model", "holdout_share", "control_share", "duplicates", "carry_labels", "augmentations", "confidence_filter", "outlier_filter", "overlap", "consensus", "gold_share")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    FEATURIZER_FIELD_NUMBER: _ClassVar[int]
    DIMENSION_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    VOTE_NEIGHBOURS_FIELD_NUMBER: _ClassVar[int]
    VOTE_WEIGHTING_FIELD_NUMBER: _ClassVar[int]
    CLASSES_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    VOTE_MODEL_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_SHARE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_SHARE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    CARRY_LABELS_FIELD_NUMBER: _ClassVar[int]
    AUGMENTATIONS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FILTER_FIELD_NUMBER: _ClassVar[int]
    OUTLIER_FILTER_FIELD_NUMBER: _ClassVar[int]
    OVERLAP_FIELD_NUMBER: _ClassVar[int]
    CONSENSUS_FIELD_NUMBER: _ClassVar[int]
    GOLD_SHARE_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    featurizer: str
    dimension: int
    metric: Metric
    strategy: str
    vote_neighbours: int
    vote_weighting: VoteWeighting
    classes: _containers.RepeatedScalarFieldContainer[str]
    seed: int
    vote_model: VoteModel
    holdout_share: float
    control_share: float
    duplicates: _duplicates_pb2.Duplicates
    carry_labels: bool
    augmentations: _containers.RepeatedScalarFieldContainer[str]
    confidence_filter: float
    outlier_filter: float
    overlap: int
    consensus: Consensus
    gold_share: float
    def __init__(self, pool_id: _Optional[str] = ..., featurizer: _Optional[str] = ..., dimension: _Optional[int] = ..., metric: _Optional[_Union[Metric, str]] = ..., strategy: _Optional[str] = ..., vote_neighbours: _Optional[int] = ..., vote_weighting: _Optional[_Union[VoteWeighting, str]] = ..., classes: _Optional[_Iterable[str]] = ..., seed: _Optional[int] = ..., vote_model: _Optional[_Union[VoteModel, str]] = ..., holdout_share: _Optional[float] = ..., control_share: _Optional[float] = ..., duplicates: _Optional[_Union[_duplicates_pb2.Duplicates, str]] = ..., carry_labels: bool = ..., augmentations: _Optional[_Iterable[str]] = ..., confidence_filter: _Optional[float] = ..., outlier_filter: _Optional[float] = ..., overlap: _Optional[int] = ..., consensus: _Optional[_Union[Consensus, str]] = ..., gold_share: _Optional[float] = ...) -> None: ...

class ItemCounts(_message.Message):
    __slots__ = ("total", "unlabelled", "leased", "labelled", "skipped", "excluded")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    UNLABELLED_FIELD_NUMBER: _ClassVar[int]
    LEASED_FIELD_NUMBER: _ClassVar[int]
    LABELLED_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_FIELD_NUMBER: _ClassVar[int]
    total: int
    unlabelled: int
    leased: int
    labelled: int
    skipped: int
    excluded: int
    def __init__(self, total: _Optional[int] = ..., unlabelled: _Optional[int] = ..., leased: _Optional[int] = ..., labelled: _Optional[int] = ..., skipped: _Optional[int] = ..., excluded: _Optional[int] = ...) -> None: ...

class NeighbourGraph(_message.Message):
    __slots__ = ("covered_items", "progress", "description", "recall")
    COVERED_ITEMS_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    RECALL_FIELD_NUMBER: _ClassVar[int]
    covered_items: int
    progress: float
    description: str
    recall: float
    def __init__(self, covered_items: _Optional[int] = ..., progress: _Optional[float] = ..., description: _Optional[str] = ..., recall: _Optional[float] = ...) -> None: ...

class Pool(_message.Message):
    __slots__ = ("config", "fingerprint", "create_time", "counts", "label_counts", "open_leases", "graph", "holdout", "suggestions", "duplicate_counts", "examples", "filtered", "unavailable")
    class LabelCountsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    LABEL_COUNTS_FIELD_NUMBER: _ClassVar[int]
    OPEN_LEASES_FIELD_NUMBER: _ClassVar[int]
    GRAPH_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_FIELD_NUMBER: _ClassVar[int]
    SUGGESTIONS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_COUNTS_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    FILTERED_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    config: PoolConfig
    fingerprint: Fingerprint
    create_time: _timestamp_pb2.Timestamp
    counts: ItemCounts
    label_counts: _containers.ScalarMap[str, int]
    open_leases: int
    graph: NeighbourGraph
    holdout: _measurement_pb2.HoldoutCounts
    suggestions: _measurement_pb2.SuggestionCounts
    duplicate_counts: _duplicates_pb2.DuplicateCounts
    examples: int
    filtered: _filters_pb2.FilterCounts
    unavailable: str
    def __init__(self, config: _Optional[_Union[PoolConfig, _Mapping]] = ..., fingerprint: _Optional[_Union[Fingerprint, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., counts: _Optional[_Union[ItemCounts, _Mapping]] = ..., label_counts: _Optional[_Mapping[str, int]] = ..., open_leases: _Optional[int] = ..., graph: _Optional[_Union[NeighbourGraph, _Mapping]] = ..., holdout: _Optional[_Union[_measurement_pb2.HoldoutCounts, _Mapping]] = ..., suggestions: _Optional[_Union[_measurement_pb2.SuggestionCounts, _Mapping]] = ..., duplicate_counts: _Optional[_Union[_duplicates_pb2.DuplicateCounts, _Mapping]] = ..., examples: _Optional[int] = ..., filtered: _Optional[_Union[_filters_pb2.FilterCounts, _Mapping]] = ..., unavailable: _Optional[str] = ...) -> None: ...

class Content(_message.Message):
    __slots__ = ("vector", "image", "text")
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    vector: bytes
    image: bytes
    text: str
    def __init__(self, vector: _Optional[bytes] = ..., image: _Optional[bytes] = ..., text: _Optional[str] = ...) -> None: ...

class NewItem(_message.Message):
    __slots__ = ("item_id", "content", "metadata", "holdout", "gold_label")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_FIELD_NUMBER: _ClassVar[int]
    GOLD_LABEL_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    content: Content
    metadata: _containers.ScalarMap[str, str]
    holdout: bool
    gold_label: str
    def __init__(self, item_id: _Optional[str] = ..., content: _Optional[_Union[Content, _Mapping]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., holdout: bool = ..., gold_label: _Optional[str] = ...) -> None: ...

class ItemError(_message.Message):
    __slots__ = ("index", "item_id", "reason", "message")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    item_id: str
    reason: str
    message: str
    def __init__(self, index: _Optional[int] = ..., item_id: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ScoreParts(_message.Message):
    __slots__ = ("uncertainty", "density", "diversity", "uncertainty_cdf", "density_cdf", "diversity_cdf", "uncertainty_exponent", "density_exponent", "diversity_exponent", "score")
    UNCERTAINTY_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    DIVERSITY_FIELD_NUMBER: _ClassVar[int]
    UNCERTAINTY_CDF_FIELD_NUMBER: _ClassVar[int]
    DENSITY_CDF_FIELD_NUMBER: _ClassVar[int]
    DIVERSITY_CDF_FIELD_NUMBER: _ClassVar[int]
    UNCERTAINTY_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    DENSITY_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    DIVERSITY_EXPONENT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    uncertainty: float
    density: float
    diversity: float
    uncertainty_cdf: float
    density_cdf: float
    diversity_cdf: float
    uncertainty_exponent: float
    density_exponent: float
    diversity_exponent: float
    score: float
    def __init__(self, uncertainty: _Optional[float] = ..., density: _Optional[float] = ..., diversity: _Optional[float] = ..., uncertainty_cdf: _Optional[float] = ..., density_cdf: _Optional[float] = ..., diversity_cdf: _Optional[float] = ..., uncertainty_exponent: _Optional[float] = ..., density_exponent: _Optional[float] = ..., diversity_exponent: _Optional[float] = ..., score: _Optional[float] = ...) -> None: ...

class SuggestedItem(_message.Message):
    __slots__ = ("item_id", "metadata", "score", "probabilities", "arm")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    PROBABILITIES_FIELD_NUMBER: _ClassVar[int]
    ARM_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    metadata: _containers.ScalarMap[str, str]
    score: ScoreParts
    probabilities: _containers.RepeatedCompositeFieldContainer[ClassProbability]
    arm: _measurement_pb2.Arm
    def __init__(self, item_id: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., score: _Optional[_Union[ScoreParts, _Mapping]] = ..., probabilities: _Optional[_Iterable[_Union[ClassProbability, _Mapping]]] = ..., arm: _Optional[_Union[_measurement_pb2.Arm, str]] = ...) -> None: ...

class ClassProbability(_message.Message):
    __slots__ = ("label", "probability")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    label: str
    probability: float
    def __init__(self, label: _Optional[str] = ..., probability: _Optional[float] = ...) -> None: ...

class Lease(_message.Message):
    __slots__ = ("lease_id", "annotator", "expire_time", "item_ids")
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ITEM_IDS_FIELD_NUMBER: _ClassVar[int]
    lease_id: str
    annotator: str
    expire_time: _timestamp_pb2.Timestamp
    item_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, lease_id: _Optional[str] = ..., annotator: _Optional[str] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., item_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Batch(_message.Message):
    __slots__ = ("lease", "items", "strategy")
    LEASE_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    lease: Lease
    items: _containers.RepeatedCompositeFieldContainer[SuggestedItem]
    strategy: str
    def __init__(self, lease: _Optional[_Union[Lease, _Mapping]] = ..., items: _Optional[_Iterable[_Union[SuggestedItem, _Mapping]]] = ..., strategy: _Optional[str] = ...) -> None: ...

class Neighbour(_message.Message):
    __slots__ = ("item_id", "label", "similarity", "weight", "example_id", "carried_from")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_ID_FIELD_NUMBER: _ClassVar[int]
    CARRIED_FROM_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    label: str
    similarity: float
    weight: float
    example_id: str
    carried_from: str
    def __init__(self, item_id: _Optional[str] = ..., label: _Optional[str] = ..., similarity: _Optional[float] = ..., weight: _Optional[float] = ..., example_id: _Optional[str] = ..., carried_from: _Optional[str] = ...) -> None: ...

class Item(_message.Message):
    __slots__ = ("item_id", "metadata", "state", "label", "annotator", "reason", "lease_id", "update_time", "holdout", "duplicate_of", "filtered", "carried_label", "gold_label", "annotations")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LEASE_ID_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_OF_FIELD_NUMBER: _ClassVar[int]
    FILTERED_FIELD_NUMBER: _ClassVar[int]
    CARRIED_LABEL_FIELD_NUMBER: _ClassVar[int]
    GOLD_LABEL_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    metadata: _containers.ScalarMap[str, str]
    state: ItemState
    label: str
    annotator: str
    reason: str
    lease_id: str
    update_time: _timestamp_pb2.Timestamp
    holdout: bool
    duplicate_of: _duplicates_pb2.DuplicateOf
    filtered: _filters_pb2.FilterReason
    carried_label: str
    gold_label: str
    annotations: _containers.RepeatedCompositeFieldContainer[Annotation]
    def __init__(self, item_id: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., state: _Optional[_Union[ItemState, str]] = ..., label: _Optional[str] = ..., annotator: _Optional[str] = ..., reason: _Optional[str] = ..., lease_id: _Optional[str] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., holdout: bool = ..., duplicate_of: _Optional[_Union[_duplicates_pb2.DuplicateOf, _Mapping]] = ..., filtered: _Optional[_Union[_filters_pb2.FilterReason, str]] = ..., carried_label: _Optional[str] = ..., gold_label: _Optional[str] = ..., annotations: _Optional[_Iterable[_Union[Annotation, _Mapping]]] = ...) -> None: ...

class Annotation(_message.Message):
    __slots__ = ("annotator", "label", "time")
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    annotator: str
    label: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, annotator: _Optional[str] = ..., label: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LabelEvent(_message.Message):
    __slots__ = ("sequence", "kind", "item_id", "label", "annotator", "reason", "time", "metadata", "arm", "suggestion_number", "eligible_items", "predicted_label", "carried_from", "holdout")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[LabelEvent.Kind]
        KIND_LABELLED: _ClassVar[LabelEvent.Kind]
        KIND_RELABELLED: _ClassVar[LabelEvent.Kind]
        KIND_LABEL_REMOVED: _ClassVar[LabelEvent.Kind]
        KIND_SKIPPED: _ClassVar[LabelEvent.Kind]
        KIND_EXCLUDED: _ClassVar[LabelEvent.Kind]
        KIND_RESTORED: _ClassVar[LabelEvent.Kind]
        KIND_RESOLVED: _ClassVar[LabelEvent.Kind]
    KIND_UNSPECIFIED: LabelEvent.Kind
    KIND_LABELLED: LabelEvent.Kind
    KIND_RELABELLED: LabelEvent.Kind
    KIND_LABEL_REMOVED: LabelEvent.Kind
    KIND_SKIPPED: LabelEvent.Kind
    KIND_EXCLUDED: LabelEvent.Kind
    KIND_RESTORED: LabelEvent.Kind
    KIND_RESOLVED: LabelEvent.Kind
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ARM_FIELD_NUMBER: _ClassVar[int]
    SUGGESTION_NUMBER_FIELD_NUMBER: _ClassVar[int]
    ELIGIBLE_ITEMS_FIELD_NUMBER: _ClassVar[int]
    PREDICTED_LABEL_FIELD_NUMBER: _ClassVar[int]
    CARRIED_FROM_FIELD_NUMBER: _ClassVar[int]
    HOLDOUT_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    kind: LabelEvent.Kind
    item_id: str
    label: str
    annotator: str
    reason: str
    time: _timestamp_pb2.Timestamp
    metadata: _containers.ScalarMap[str, str]
    arm: _measurement_pb2.Arm
    suggestion_number: int
    eligible_items: int
    predicted_label: str
    carried_from: str
    holdout: bool
    def __init__(self, sequence: _Optional[int] = ..., kind: _Optional[_Union[LabelEvent.Kind, str]] = ..., item_id: _Optional[str] = ..., label: _Optional[str] = ..., annotator: _Optional[str] = ..., reason: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., arm: _Optional[_Union[_measurement_pb2.Arm, str]] = ..., suggestion_number: _Optional[int] = ..., eligible_items: _Optional[int] = ..., predicted_label: _Optional[str] = ..., carried_from: _Optional[str] = ..., holdout: bool = ...) -> None: ...
