from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HeldBack(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HELD_BACK_UNSPECIFIED: _ClassVar[HeldBack]
    HELD_BACK_KNOWN: _ClassVar[HeldBack]
    HELD_BACK_ISOLATED: _ClassVar[HeldBack]
HELD_BACK_UNSPECIFIED: HeldBack
HELD_BACK_KNOWN: HeldBack
HELD_BACK_ISOLATED: HeldBack

class HeldBackCounts(_message.Message):
    __slots__ = ("known", "isolated")
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    ISOLATED_FIELD_NUMBER: _ClassVar[int]
    known: int
    isolated: int
    def __init__(self, known: _Optional[int] = ..., isolated: _Optional[int] = ...) -> None: ...

class Holding(_message.Message):
    __slots__ = ("held_back", "share", "known_share", "evidence", "least_evidence", "agreement", "density", "least_density", "message")
    HELD_BACK_FIELD_NUMBER: _ClassVar[int]
    SHARE_FIELD_NUMBER: _ClassVar[int]
    KNOWN_SHARE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    LEAST_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    LEAST_DENSITY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    held_back: HeldBack
    share: float
    known_share: float
    evidence: float
    least_evidence: float
    agreement: float
    density: float
    least_density: float
    message: str
    def __init__(self, held_back: _Optional[_Union[HeldBack, str]] = ..., share: _Optional[float] = ..., known_share: _Optional[float] = ..., evidence: _Optional[float] = ..., least_evidence: _Optional[float] = ..., agreement: _Optional[float] = ..., density: _Optional[float] = ..., least_density: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...
