import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from vicinal.v1 import resources_pb2 as _resources_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NewExample(_message.Message):
    __slots__ = ("example_id", "content", "label", "relabel")
    EXAMPLE_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    RELABEL_FIELD_NUMBER: _ClassVar[int]
    example_id: str
    content: _resources_pb2.Content
    label: str
    relabel: bool
    def __init__(self, example_id: _Optional[str] = ..., content: _Optional[_Union[_resources_pb2.Content, _Mapping]] = ..., label: _Optional[str] = ..., relabel: bool = ...) -> None: ...

class Example(_message.Message):
    __slots__ = ("example_id", "label", "annotator", "create_time")
    EXAMPLE_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    example_id: str
    label: str
    annotator: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, example_id: _Optional[str] = ..., label: _Optional[str] = ..., annotator: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ExampleError(_message.Message):
    __slots__ = ("index", "example_id", "reason", "message")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    example_id: str
    reason: str
    message: str
    def __init__(self, index: _Optional[int] = ..., example_id: _Optional[str] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class AddExamplesRequest(_message.Message):
    __slots__ = ("pool_id", "examples", "annotator", "request_id", "fingerprint_digest")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    examples: _containers.RepeatedCompositeFieldContainer[NewExample]
    annotator: str
    request_id: str
    fingerprint_digest: str
    def __init__(self, pool_id: _Optional[str] = ..., examples: _Optional[_Iterable[_Union[NewExample, _Mapping]]] = ..., annotator: _Optional[str] = ..., request_id: _Optional[str] = ..., fingerprint_digest: _Optional[str] = ...) -> None: ...

class AddExamplesResponse(_message.Message):
    __slots__ = ("added", "relabelled", "existing", "errors")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    RELABELLED_FIELD_NUMBER: _ClassVar[int]
    EXISTING_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    added: int
    relabelled: int
    existing: int
    errors: _containers.RepeatedCompositeFieldContainer[ExampleError]
    def __init__(self, added: _Optional[int] = ..., relabelled: _Optional[int] = ..., existing: _Optional[int] = ..., errors: _Optional[_Iterable[_Union[ExampleError, _Mapping]]] = ...) -> None: ...

class RemoveExamplesRequest(_message.Message):
    __slots__ = ("pool_id", "example_ids", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    EXAMPLE_IDS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    example_ids: _containers.RepeatedScalarFieldContainer[str]
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., example_ids: _Optional[_Iterable[str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RemoveExamplesResponse(_message.Message):
    __slots__ = ("removed",)
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    removed: int
    def __init__(self, removed: _Optional[int] = ...) -> None: ...

class ListExamplesRequest(_message.Message):
    __slots__ = ("pool_id", "page_size", "page_token")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    page_size: int
    page_token: str
    def __init__(self, pool_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListExamplesResponse(_message.Message):
    __slots__ = ("examples", "next_page_token")
    EXAMPLES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    examples: _containers.RepeatedCompositeFieldContainer[Example]
    next_page_token: str
    def __init__(self, examples: _Optional[_Iterable[_Union[Example, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
