"""Client of the Vicinal service, sync (`Client`) and asyncio (`AsyncClient`).

It needs grpcio, protobuf and numpy alone. Example:

    with Client("localhost:50051") as client:
        batch = client.lease_batch("fruits", size=5, annotator="ana")
        client.submit_labels("fruits", {item.item_id: "fresh" for item in batch.items},
                             annotator="ana", lease_id=batch.lease_id)
"""

from vicinal.client.aio import AsyncClient
from vicinal.client.annotators import Annotator, MeasuredShare
from vicinal.client.channel import Tls
from vicinal.client.copies import CopyGroup
from vicinal.client.copy_results import (
    ContentMatch,
    CopyCounts,
    CopyEvidence,
    CopyProgress,
    CopySummary,
    CopyTransform,
    ItemCopy,
)
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
    Violation,
)
from vicinal.client.examples import Example, ExampleError, ExamplesAdded, NewExample
from vicinal.client.filters import HeldBackCounts, Holding
from vicinal.client.measurement_results import (
    Accuracy,
    ActiveAgainstRandom,
    Advice,
    LearningCurve,
    RandomLabels,
    StopSign,
)
from vicinal.client.pool_resources import HoldoutCounts, ItemCounts, NeighbourGraph, Pool, SuggestionCounts
from vicinal.client.resources import (
    Content,
    Fingerprint,
    Item,
    ItemError,
    LabelEvent,
    Lease,
    Neighbour,
    NewItem,
    Opinion,
    ScoreParts,
    SuggestedItem,
)
from vicinal.client.results import (
    Added,
    Batch,
    Classified,
    Embeddings,
    ItemDetails,
    Prediction,
    ScoredItem,
    Submitted,
)
from vicinal.client.sync import Client

__all__ = [
    "AbortedError",
    "Accuracy",
    "ActiveAgainstRandom",
    "Added",
    "Advice",
    "AlreadyExistsError",
    "Annotator",
    "AsyncClient",
    "Batch",
    "Classified",
    "Client",
    "Content",
    "ContentMatch",
    "CopyCounts",
    "CopyEvidence",
    "CopyGroup",
    "CopyProgress",
    "CopySummary",
    "CopyTransform",
    "DataLossError",
    "DeadlineExceededError",
    "Embeddings",
    "Example",
    "ExampleError",
    "ExamplesAdded",
    "FailedPreconditionError",
    "Fingerprint",
    "HeldBackCounts",
    "Holding",
    "HoldoutCounts",
    "InternalError",
    "InvalidArgumentError",
    "Item",
    "ItemCopy",
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
    "Opinion",
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
