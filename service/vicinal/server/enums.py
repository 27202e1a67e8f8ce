"""The wire's enums, value by value beside the domain's."""

from vicinal.core.copies import Copies, CopyKind
from vicinal.core.ports import Arm, EventKind, Medium
from vicinal.core.similarity import Metric
from vicinal.core.votes import VoteModel, Weighting
from vicinal.sampling.results import ItemState
from vicinal.v1 import copies_pb2 as copies
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
COPIES = {
    Copies.KEEP: copies.COPIES_KEEP,
    Copies.EXACT: copies.COPIES_EXACT,
    Copies.NEAR: copies.COPIES_NEAR,
}
COPY_KINDS = {
    CopyKind.DUPLICATE: copies.COPY_KIND_DUPLICATE,
    CopyKind.AUGMENTATION: copies.COPY_KIND_AUGMENTATION,
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
}
STATES = {
    ItemState.UNLABELLED: resources.ITEM_STATE_UNLABELLED,
    ItemState.LEASED: resources.ITEM_STATE_LEASED,
    ItemState.LABELLED: resources.ITEM_STATE_LABELLED,
    ItemState.SKIPPED: resources.ITEM_STATE_SKIPPED,
    ItemState.EXCLUDED: resources.ITEM_STATE_EXCLUDED,
}
EVENT_KINDS = {
    EventKind.LABELLED: resources.LabelEvent.KIND_LABELLED,
    EventKind.RELABELLED: resources.LabelEvent.KIND_RELABELLED,
    EventKind.LABEL_REMOVED: resources.LabelEvent.KIND_LABEL_REMOVED,
    EventKind.SKIPPED: resources.LabelEvent.KIND_SKIPPED,
    EventKind.EXCLUDED: resources.LabelEvent.KIND_EXCLUDED,
    EventKind.RESTORED: resources.LabelEvent.KIND_RESTORED,
}
