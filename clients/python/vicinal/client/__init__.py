"""Client of the Vicinal service, sync (`Client`) and asyncio (`AsyncClient`).

It needs grpcio, protobuf and numpy alone. Example:

    with Client("localhost:50051") as client:
        batch = client.lease_batch("fruits", size=5, annotator="ana")
        client.submit_labels("fruits", {item.item_id: "fresh" for item in batch.items},
                             annotator="ana", lease_id=batch.lease_id)
"""

from vicinal.client.aio import AsyncClient
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
from vicinal.client.resources import (
    Content,
    Fingerprint,
    Item,
    ItemCounts,
    ItemError,
    LabelEvent,
    Lease,
    Neighbour,
    NeighbourGraph,
    NewItem,
    Pool,
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
    "Added",
    "AlreadyExistsError",
    "AsyncClient",
    "Batch",
    "Classified",
    "Client",
    "Content",
    "DataLossError",
    "DeadlineExceededError",
    "Embeddings",
    "Example",
    "ExampleError",
    "ExamplesAdded",
    "FailedPreconditionError",
    "Fingerprint",
    "InternalError",
    "InvalidArgumentError",
    "Item",
    "ItemCounts",
    "ItemDetails",
    "ItemError",
    "LabelEvent",
    "Lease",
    "Neighbour",
    "NeighbourGraph",
    "NewExample",
    "NewItem",
    "NotFoundError",
    "PermissionDeniedError",
    "Pool",
    "Prediction",
    "RequestCancelledError",
    "ResourceExhaustedError",
    "ScoreParts",
    "ScoredItem",
    "Submitted",
    "SuggestedItem",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "VicinalClientError",
    "Violation",
]
