"""Client of the Vicinal service, sync (`Client`) and asyncio (`AsyncClient`).

It needs grpcio, protobuf and numpy alone. Example:

    with Client("localhost:50051") as client:
        batch = client.lease_batch("fruits", size=5, annotator="ana")
        client.submit_labels("fruits", {item.item_id: "fresh" for item in batch.items},
                             annotator="ana", lease_id=batch.lease_id)
"""

from vicinal.client.arguments import Content, NewItem
from vicinal.client.asynchronous.client import AsyncClient
from vicinal.client.channel import Tls
from vicinal.client.client import Client
from vicinal.client.errors import (
    AbortedError,
    AlreadyExistsError,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    RequestCancelledError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
    VicinalClientError,
)
from vicinal.client.examples import ExamplesAdded, NewExample
from vicinal.client.items import Added
from vicinal.client.votes import Classified, Embeddings
from vicinal.records.duplicates import (
    ContentMatch,
    DuplicateEvidence,
    DuplicateOf,
    DuplicateProgress,
    DuplicateSummary,
    DuplicateTransform,
)
from vicinal.records.errors import ExampleError, ItemError, Violation
from vicinal.records.examples import Example
from vicinal.records.items import Annotation, DuplicateGroup, FilterDecision, Item, ItemDetails
from vicinal.records.labels import Batch, LabelEvent, Lease, Submitted, SuggestedItem
from vicinal.records.measurement import (
    Accuracy,
    ActiveAgainstRandom,
    Advice,
    Annotator,
    LearningCurve,
    MeasuredShare,
    RandomLabels,
    StopSign,
)
from vicinal.records.pools import (
    DuplicateCounts,
    FilterCounts,
    Fingerprint,
    HoldoutCounts,
    ItemCounts,
    NeighbourGraph,
    Pool,
    SuggestionCounts,
)
from vicinal.records.votes import Neighbour, Prediction, ScoredItem, ScoreParts

__all__ = [
    "AbortedError",
    "Accuracy",
    "ActiveAgainstRandom",
    "Added",
    "Advice",
    "AlreadyExistsError",
    "Annotation",
    "Annotator",
    "AsyncClient",
    "Batch",
    "Classified",
    "Client",
    "Content",
    "ContentMatch",
    "DataLossError",
    "DeadlineExceededError",
    "DuplicateCounts",
    "DuplicateEvidence",
    "DuplicateGroup",
    "DuplicateOf",
    "DuplicateProgress",
    "DuplicateSummary",
    "DuplicateTransform",
    "Embeddings",
    "Example",
    "ExampleError",
    "ExamplesAdded",
    "FailedPreconditionError",
    "FilterCounts",
    "FilterDecision",
    "Fingerprint",
    "HoldoutCounts",
    "InternalError",
    "InvalidArgumentError",
    "Item",
    "ItemCounts",
    "ItemDetails",
    "ItemError",
    "LabelEvent",
    "LearningCurve",
    "Lease",
    "MeasuredShare",
    "Neighbour",
    "NeighbourGraph",
    "NewExample",
    "NewItem",
    "NotFoundError",
    "PermissionDeniedError",
    "Pool",
    "Prediction",
    "RandomLabels",
    "RequestCancelledError",
    "ResourceExhaustedError",
    "ScoreParts",
    "ScoredItem",
    "StopSign",
    "Submitted",
    "SuggestedItem",
    "SuggestionCounts",
    "Tls",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "VicinalClientError",
    "Violation",
]
