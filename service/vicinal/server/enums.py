"""The wire's enums, value by value beside the domain's."""

from vicinal.core.annotations import Consensus
from vicinal.core.duplicates import DuplicateKind, Duplicates
from vicinal.core.ports import Arm, EventKind, Medium
from vicinal.core.similarity import Metric
from vicinal.core.votes import VoteModel, Weighting
from vicinal.sampling.filter_results import FilterReason
from vicinal.sampling.results import ItemState
from vicinal.v1 import duplicates_pb2 as duplicates
from vicinal.v1 import filters_pb2 as filters
from vicinal.v1 import measurement_pb2 as measurement
from vicinal.v1 import resources_pb2 as resources

METRICS = {Metric.COSINE: resources.METRIC_COSINE, Metric.EUCLIDEAN: resources.METRIC_EUCLIDEAN}
VOTE_MODELS = {
    VoteModel.DIRECT: resources.VOTE_MODEL_DIRECT,
    VoteModel.DIFFUSED: resources.VOTE_MODEL_DIFFUSED,
    VoteModel.BLENDED: resources.VOTE_MODEL_BLENDED,
}
WEIGHTINGS = {
    Weighting.SIMILARITY: resources.VOTE_WEIGHTING_SIMILARITY,
    Weighting.UNIFORM: resources.VOTE_WEIGHTING_UNIFORM,
}
CONSENSUSES = {
    Consensus.MAJORITY: resources.CONSENSUS_MAJORITY,
    Consensus.DAWID_SKENE: resources.CONSENSUS_DAWID_SKENE,
}
DUPLICATES = {
    Duplicates.OFF: duplicates.DUPLICATES_OFF,
    Duplicates.EXACT: duplicates.DUPLICATES_EXACT,
    Duplicates.NEAR: duplicates.DUPLICATES_NEAR,
}
DUPLICATE_KINDS = {
    DuplicateKind.DUPLICATE: duplicates.DUPLICATE_KIND_DUPLICATE,
    DuplicateKind.AUGMENTATION: duplicates.DUPLICATE_KIND_AUGMENTATION,
}
MEDIA = {
    Medium.VECTOR: resources.MEDIUM_VECTOR,
    Medium.IMAGE: resources.MEDIUM_IMAGE,
    Medium.TEXT: resources.MEDIUM_TEXT,
}
ARMS = {
    Arm.ACTIVE: measurement.ARM_ACTIVE,
    Arm.CONTROL: measurement.ARM_CONTROL,
    Arm.HOLDOUT: measurement.ARM_HOLDOUT,
    Arm.REVIEW: measurement.ARM_REVIEW,
}
STATES = {
    ItemState.UNLABELLED: resources.ITEM_STATE_UNLABELLED,
    ItemState.LEASED: resources.ITEM_STATE_LEASED,
    ItemState.LABELLED: resources.ITEM_STATE_LABELLED,
    ItemState.SKIPPED: resources.ITEM_STATE_SKIPPED,
    ItemState.EXCLUDED: resources.ITEM_STATE_EXCLUDED,
}
FILTER_REASONS = {
    FilterReason.CONFIDENT: filters.FILTER_REASON_CONFIDENT,
    FilterReason.OUTLIER: filters.FILTER_REASON_OUTLIER,
}
EVENT_KINDS = {
    EventKind.LABELLED: resources.LabelEvent.KIND_LABELLED,
    EventKind.RELABELLED: resources.LabelEvent.KIND_RELABELLED,
    EventKind.LABEL_REMOVED: resources.LabelEvent.KIND_LABEL_REMOVED,
    EventKind.SKIPPED: resources.LabelEvent.KIND_SKIPPED,
    EventKind.EXCLUDED: resources.LabelEvent.KIND_EXCLUDED,
    EventKind.RESTORED: resources.LabelEvent.KIND_RESTORED,
    EventKind.RESOLVED: resources.LabelEvent.KIND_RESOLVED,
}
