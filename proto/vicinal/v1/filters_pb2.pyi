from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FilterReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FILTER_REASON_UNSPECIFIED: _ClassVar[FilterReason]
    FILTER_REASON_CONFIDENT: _ClassVar[FilterReason]
    FILTER_REASON_OUTLIER: _ClassVar[FilterReason]
FILTER_REASON_UNSPECIFIED: FilterReason
FILTER_REASON_CONFIDENT: FilterReason
FILTER_REASON_OUTLIER: FilterReason

class FilterCounts(_message.Message):
    __slots__ = ("confident", "outliers")
    CONFIDENT_FIELD_NUMBER: _ClassVar[int]
    OUTLIERS_FIELD_NUMBER: _ClassVar[int]
    confident: int
    outliers: int
    def __init__(self, confident: _Optional[int] = ..., outliers: _Optional[int] = ...) -> None: ...

class FilterDecision(_message.Message):
    __slots__ = ("filtered", "probability", "confidence_filter", "evidence", "min_evidence", "agreement", "density", "least_density", "message")
    FILTERED_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FILTER_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    MIN_EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    DENSITY_FIELD_NUMBER: _ClassVar[int]
    LEAST_DENSITY_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    filtered: FilterReason
    probability: float
    confidence_filter: float
    evidence: float
    min_evidence: float
    agreement: float
    density: float
    least_density: float
    message: str
    def __init__(self, filtered: _Optional[_Union[FilterReason, str]] = ..., probability: _Optional[float] = ..., confidence_filter: _Optional[float] = ..., evidence: _Optional[float] = ..., min_evidence: _Optional[float] = ..., agreement: _Optional[float] = ..., density: _Optional[float] = ..., least_density: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...
