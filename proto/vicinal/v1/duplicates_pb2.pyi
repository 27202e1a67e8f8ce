import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Duplicates(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DUPLICATES_UNSPECIFIED: _ClassVar[Duplicates]
    DUPLICATES_OFF: _ClassVar[Duplicates]
    DUPLICATES_EXACT: _ClassVar[Duplicates]
    DUPLICATES_NEAR: _ClassVar[Duplicates]

class DuplicateKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DUPLICATE_KIND_UNSPECIFIED: _ClassVar[DuplicateKind]
    DUPLICATE_KIND_DUPLICATE: _ClassVar[DuplicateKind]
    DUPLICATE_KIND_AUGMENTATION: _ClassVar[DuplicateKind]
DUPLICATES_UNSPECIFIED: Duplicates
DUPLICATES_OFF: Duplicates
DUPLICATES_EXACT: Duplicates
DUPLICATES_NEAR: Duplicates
DUPLICATE_KIND_UNSPECIFIED: DuplicateKind
DUPLICATE_KIND_DUPLICATE: DuplicateKind
DUPLICATE_KIND_AUGMENTATION: DuplicateKind

class DuplicateTransform(_message.Message):
    __slots__ = ("mirrored", "rotation_degrees", "scale", "squeeze", "shift_x", "shift_y", "kept_share", "filled_share")
    MIRRORED_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEGREES_FIELD_NUMBER: _ClassVar[int]
    SCALE_FIELD_NUMBER: _ClassVar[int]
    SQUEEZE_FIELD_NUMBER: _ClassVar[int]
    SHIFT_X_FIELD_NUMBER: _ClassVar[int]
    SHIFT_Y_FIELD_NUMBER: _ClassVar[int]
    KEPT_SHARE_FIELD_NUMBER: _ClassVar[int]
    FILLED_SHARE_FIELD_NUMBER: _ClassVar[int]
    mirrored: bool
    rotation_degrees: float
    scale: float
    squeeze: float
    shift_x: float
    shift_y: float
    kept_share: float
    filled_share: float
    def __init__(self, mirrored: bool = ..., rotation_degrees: _Optional[float] = ..., scale: _Optional[float] = ..., squeeze: _Optional[float] = ..., shift_x: _Optional[float] = ..., shift_y: _Optional[float] = ..., kept_share: _Optional[float] = ..., filled_share: _Optional[float] = ...) -> None: ...

class DuplicateEvidence(_message.Message):
    __slots__ = ("similarity", "inliers", "transform", "kinds")
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    INLIERS_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    KINDS_FIELD_NUMBER: _ClassVar[int]
    similarity: float
    inliers: int
    transform: DuplicateTransform
    kinds: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, similarity: _Optional[float] = ..., inliers: _Optional[int] = ..., transform: _Optional[_Union[DuplicateTransform, _Mapping]] = ..., kinds: _Optional[_Iterable[str]] = ...) -> None: ...

class DuplicateOf(_message.Message):
    __slots__ = ("representative_id", "kind", "evidence", "restored", "compared_with", "find_time")
    REPRESENTATIVE_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    COMPARED_WITH_FIELD_NUMBER: _ClassVar[int]
    FIND_TIME_FIELD_NUMBER: _ClassVar[int]
    representative_id: str
    kind: DuplicateKind
    evidence: DuplicateEvidence
    restored: bool
    compared_with: str
    find_time: _timestamp_pb2.Timestamp
    def __init__(self, representative_id: _Optional[str] = ..., kind: _Optional[_Union[DuplicateKind, str]] = ..., evidence: _Optional[_Union[DuplicateEvidence, _Mapping]] = ..., restored: bool = ..., compared_with: _Optional[str] = ..., find_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class DuplicateCounts(_message.Message):
    __slots__ = ("groups", "duplicates", "restored")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    RESTORED_FIELD_NUMBER: _ClassVar[int]
    groups: int
    duplicates: int
    restored: int
    def __init__(self, groups: _Optional[int] = ..., duplicates: _Optional[int] = ..., restored: _Optional[int] = ...) -> None: ...
