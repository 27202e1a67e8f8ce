from vicinal.v1 import duplicates_pb2 as _duplicates_pb2
from vicinal.v1 import resources_pb2 as _resources_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FindDuplicatesRequest(_message.Message):
    __slots__ = ("pool_id",)
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    def __init__(self, pool_id: _Optional[str] = ...) -> None: ...

class FindDuplicatesResponse(_message.Message):
    __slots__ = ("progress", "summary")
    class Progress(_message.Message):
        __slots__ = ("step", "done", "total")
        STEP_FIELD_NUMBER: _ClassVar[int]
        DONE_FIELD_NUMBER: _ClassVar[int]
        TOTAL_FIELD_NUMBER: _ClassVar[int]
        step: str
        done: int
        total: int
        def __init__(self, step: _Optional[str] = ..., done: _Optional[int] = ..., total: _Optional[int] = ...) -> None: ...
    class Summary(_message.Message):
        __slots__ = ("groups", "duplicates", "new", "gone")
        GROUPS_FIELD_NUMBER: _ClassVar[int]
        DUPLICATES_FIELD_NUMBER: _ClassVar[int]
        NEW_FIELD_NUMBER: _ClassVar[int]
        GONE_FIELD_NUMBER: _ClassVar[int]
        groups: int
        duplicates: int
        new: int
        gone: int
        def __init__(self, groups: _Optional[int] = ..., duplicates: _Optional[int] = ..., new: _Optional[int] = ..., gone: _Optional[int] = ...) -> None: ...
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    progress: FindDuplicatesResponse.Progress
    summary: FindDuplicatesResponse.Summary
    def __init__(self, progress: _Optional[_Union[FindDuplicatesResponse.Progress, _Mapping]] = ..., summary: _Optional[_Union[FindDuplicatesResponse.Summary, _Mapping]] = ...) -> None: ...

class ListDuplicateGroupsRequest(_message.Message):
    __slots__ = ("pool_id", "page_size", "page_token")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    page_size: int
    page_token: str
    def __init__(self, pool_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class DuplicateGroup(_message.Message):
    __slots__ = ("representative", "duplicates", "duplicate_count")
    REPRESENTATIVE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    representative: _resources_pb2.Item
    duplicates: _containers.RepeatedCompositeFieldContainer[_resources_pb2.Item]
    duplicate_count: int
    def __init__(self, representative: _Optional[_Union[_resources_pb2.Item, _Mapping]] = ..., duplicates: _Optional[_Iterable[_Union[_resources_pb2.Item, _Mapping]]] = ..., duplicate_count: _Optional[int] = ...) -> None: ...

class ListDuplicateGroupsResponse(_message.Message):
    __slots__ = ("groups", "next_page_token")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[DuplicateGroup]
    next_page_token: str
    def __init__(self, groups: _Optional[_Iterable[_Union[DuplicateGroup, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SplitDuplicateGroupRequest(_message.Message):
    __slots__ = ("pool_id", "representative_id", "annotator", "request_id")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    REPRESENTATIVE_ID_FIELD_NUMBER: _ClassVar[int]
    ANNOTATOR_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    representative_id: str
    annotator: str
    request_id: str
    def __init__(self, pool_id: _Optional[str] = ..., representative_id: _Optional[str] = ..., annotator: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SplitDuplicateGroupResponse(_message.Message):
    __slots__ = ("restored",)
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    restored: int
    def __init__(self, restored: _Optional[int] = ...) -> None: ...

class CheckContentRequest(_message.Message):
    __slots__ = ("pool_id", "content")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    content: _resources_pb2.Content
    def __init__(self, pool_id: _Optional[str] = ..., content: _Optional[_Union[_resources_pb2.Content, _Mapping]] = ...) -> None: ...

class ContentMatch(_message.Message):
    __slots__ = ("item_id", "kind", "evidence", "representative_id")
    ITEM_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    REPRESENTATIVE_ID_FIELD_NUMBER: _ClassVar[int]
    item_id: str
    kind: _duplicates_pb2.DuplicateKind
    evidence: _duplicates_pb2.DuplicateEvidence
    representative_id: str
    def __init__(self, item_id: _Optional[str] = ..., kind: _Optional[_Union[_duplicates_pb2.DuplicateKind, str]] = ..., evidence: _Optional[_Union[_duplicates_pb2.DuplicateEvidence, _Mapping]] = ..., representative_id: _Optional[str] = ...) -> None: ...

class CheckContentResponse(_message.Message):
    __slots__ = ("matches",)
    MATCHES_FIELD_NUMBER: _ClassVar[int]
    matches: _containers.RepeatedCompositeFieldContainer[ContentMatch]
    def __init__(self, matches: _Optional[_Iterable[_Union[ContentMatch, _Mapping]]] = ...) -> None: ...
