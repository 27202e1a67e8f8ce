import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Copies(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COPIES_UNSPECIFIED: _ClassVar[Copies]
    COPIES_KEEP: _ClassVar[Copies]
    COPIES_EXACT: _ClassVar[Copies]
    COPIES_NEAR: _ClassVar[Copies]

class CopyKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COPY_KIND_UNSPECIFIED: _ClassVar[CopyKind]
    COPY_KIND_DUPLICATE: _ClassVar[CopyKind]
    COPY_KIND_AUGMENTATION: _ClassVar[CopyKind]
COPIES_UNSPECIFIED: Copies
COPIES_KEEP: Copies
COPIES_EXACT: Copies
COPIES_NEAR: Copies
COPY_KIND_UNSPECIFIED: CopyKind
COPY_KIND_DUPLICATE: CopyKind
COPY_KIND_AUGMENTATION: CopyKind

class CopyTransform(_message.Message):
    __slots__ = ("mirrored", "rotation_degrees", "scale", "squeeze", "shift_x", "shift_y", "kept", "filled")
    MIRRORED_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEGREES_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    SQUEEZE_FIELD_NUMBER: _ClassVar[int]
    SHIFT_X_FIELD_NUMBER: _ClassVar[int]
    SHIFT_Y_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    FILLED_FIELD_NUMBER: _ClassVar[int]
    mirrored: bool
    rotation_degrees: float
    scale: float
    squeeze: float
    shift_x: float
    shift_y: float
    kept: float
    filled: float
    def __init__(self, mirrored: bool = ..., rotation_degrees: _Optional[float] = ..., scale: _Optional[float] = ..., squeeze: _Optional[float] = ..., shift_x: _Optional[float] = ..., shift_y: _Optional[float] = ..., kept: _Optional[float] = ..., filled: _Optional[float] = ...) -> None: ...

class CopyEvidence(_message.Message):
    __slots__ = ("similarity", "inliers", "transform", "kinds")
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    INLIERS_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    similarity: float
    inliers: int
    transform: CopyTransform
    kinds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, similarity: _Optional[float] = ..., inliers: _Optional[int] = ..., transform: _Optional[_Union[CopyTransform, _Mapping]] = ..., kinds: _Optional[_Iterable[str]] = ...) -> None: ...

class ItemCopy(_message.Message):
    __slots__ = ("kept_id", "kind", "evidence", "restored", "compared_with", "find_time")
    KEPT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    COMPARED_WITH_FIELD_NUMBER: _ClassVar[int]
    FIND_TIME_FIELD_NUMBER: _ClassVar[int]
    kept_id: str
    kind: CopyKind
    evidence: CopyEvidence
    restored: bool
    compared_with: str
    find_time: _timestamp_pb2.Timestamp
    def __init__(self, kept_id: _Optional[str] = ..., kind: _Optional[_Union[CopyKind, str]] = ..., evidence: _Optional[_Union[CopyEvidence, _Mapping]] = ..., restored: bool = ..., compared_with: _Optional[str] = ..., find_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CopyCounts(_message.Message):
    __slots__ = ("groups", "copies", "restored")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    COPIES_FIELD_NUMBER: _ClassVar[int]
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    groups: int
    copies: int
    restored: int
    def __init__(self, groups: _Optional[int] = ..., copies: _Optional[int] = ..., restored: _Optional[int] = ...) -> None: ...
