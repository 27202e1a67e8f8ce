from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Arm(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARM_UNSPECIFIED: _ClassVar[Arm]
    ARM_ACTIVE: _ClassVar[Arm]
    ARM_CONTROL: _ClassVar[Arm]
    ARM_HOLDOUT: _ClassVar[Arm]
    ARM_REVIEW: _ClassVar[Arm]

class ActiveBenefit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTIVE_BENEFIT_UNSPECIFIED: _ClassVar[ActiveBenefit]
    ACTIVE_BENEFIT_HELPING: _ClassVar[ActiveBenefit]
    ACTIVE_BENEFIT_NOT_HELPING: _ClassVar[ActiveBenefit]
    ACTIVE_BENEFIT_UNKNOWN: _ClassVar[ActiveBenefit]

class StopReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STOP_REASON_UNSPECIFIED: _ClassVar[StopReason]
    STOP_REASON_BUDGET_SPENT: _ClassVar[StopReason]
    STOP_REASON_TARGET_REACHED: _ClassVar[StopReason]
    STOP_REASON_PLATEAU: _ClassVar[StopReason]
    STOP_REASON_PREDICTIONS_STABLE: _ClassVar[StopReason]
    STOP_REASON_NOTHING_UNCERTAIN: _ClassVar[StopReason]
ARM_UNSPECIFIED: Arm
ARM_ACTIVE: Arm
ARM_CONTROL: Arm
ARM_HOLDOUT: Arm
ARM_REVIEW: Arm
ACTIVE_BENEFIT_UNSPECIFIED: ActiveBenefit
ACTIVE_BENEFIT_HELPING: ActiveBenefit
ACTIVE_BENEFIT_NOT_HELPING: ActiveBenefit
ACTIVE_BENEFIT_UNKNOWN: ActiveBenefit
STOP_REASON_UNSPECIFIED: StopReason
STOP_REASON_BUDGET_SPENT: StopReason
STOP_REASON_TARGET_REACHED: StopReason
STOP_REASON_PLATEAU: StopReason
STOP_REASON_PREDICTIONS_STABLE: StopReason
STOP_REASON_NOTHING_UNCERTAIN: StopReason

class HoldoutCounts(_message.Message):
    __slots__ = ("items", "labelled")
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    LABELLED_FIELD_NUMBER: _ClassVar[int]
    items: int
    labelled: int
    def __init__(self, items: _Optional[int] = ..., labelled: _Optional[int] = ...) -> None: ...

class SuggestionCounts(_message.Message):
    __slots__ = ("active", "control")
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    CONTROL_FIELD_NUMBER: _ClassVar[int]
    active: int
    control: int
    def __init__(self, active: _Optional[int] = ..., control: _Optional[int] = ...) -> None: ...

class Accuracy(_message.Message):
    __slots__ = ("label_count", "value", "low", "high", "items")
    LABEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    label_count: int
    value: float
    low: float
    high: float
    items: int
    def __init__(self, label_count: _Optional[int] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., items: _Optional[int] = ...) -> None: ...

class ActiveAgainstRandom(_message.Message):
    __slots__ = ("benefit", "difference", "low", "high", "labels_each", "items", "message")
    BENEFIT_FIELD_NUMBER: _ClassVar[int]
    DIFFERENCE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    LABELS_EACH_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    benefit: ActiveBenefit
    difference: float
    low: float
    high: float
    labels_each: int
    items: int
    message: str
    def __init__(self, benefit: _Optional[_Union[ActiveBenefit, str]] = ..., difference: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ..., labels_each: _Optional[int] = ..., items: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class RandomLabels(_message.Message):
    __slots__ = ("label_count", "is_lower_bound", "message")
    LABEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    IS_LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    label_count: float
    is_lower_bound: bool
    message: str
    def __init__(self, label_count: _Optional[float] = ..., is_lower_bound: bool = ..., message: _Optional[str] = ...) -> None: ...

class GetLearningCurveRequest(_message.Message):
    __slots__ = ("pool_id",)
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    def __init__(self, pool_id: _Optional[str] = ...) -> None: ...

class GetLearningCurveResponse(_message.Message):
    __slots__ = ("source", "points", "now", "random", "active_against_random", "notes")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    POINTS_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    RANDOM_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_AGAINST_RANDOM_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    source: Arm
    points: _containers.RepeatedCompositeFieldContainer[Accuracy]
    now: Accuracy
    random: RandomLabels
    active_against_random: ActiveAgainstRandom
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, source: _Optional[_Union[Arm, str]] = ..., points: _Optional[_Iterable[_Union[Accuracy, _Mapping]]] = ..., now: _Optional[_Union[Accuracy, _Mapping]] = ..., random: _Optional[_Union[RandomLabels, _Mapping]] = ..., active_against_random: _Optional[_Union[ActiveAgainstRandom, _Mapping]] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class GetAdviceRequest(_message.Message):
    __slots__ = ("pool_id", "budget", "target_accuracy", "plateau_gain", "changed_share", "sure_uncertainty")
    POOL_ID_FIELD_NUMBER: _ClassVar[int]
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    TARGET_ACCURACY_FIELD_NUMBER: _ClassVar[int]
    PLATEAU_GAIN_FIELD_NUMBER: _ClassVar[int]
    CHANGED_SHARE_FIELD_NUMBER: _ClassVar[int]
    SURE_UNCERTAINTY_FIELD_NUMBER: _ClassVar[int]
    pool_id: str
    budget: int
    target_accuracy: float
    plateau_gain: float
    changed_share: float
    sure_uncertainty: float
    def __init__(self, pool_id: _Optional[str] = ..., budget: _Optional[int] = ..., target_accuracy: _Optional[float] = ..., plateau_gain: _Optional[float] = ..., changed_share: _Optional[float] = ..., sure_uncertainty: _Optional[float] = ...) -> None: ...

class StopSign(_message.Message):
    __slots__ = ("reason", "figure", "threshold", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    FIGURE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: StopReason
    figure: float
    threshold: float
    message: str
    def __init__(self, reason: _Optional[_Union[StopReason, str]] = ..., figure: _Optional[float] = ..., threshold: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...

class GetAdviceResponse(_message.Message):
    __slots__ = ("stop", "reasons", "against", "label_count", "source", "now", "active_against_random")
    STOP_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    LABEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_AGAINST_RANDOM_FIELD_NUMBER: _ClassVar[int]
    stop: bool
    reasons: _containers.RepeatedCompositeFieldContainer[StopSign]
    against: _containers.RepeatedCompositeFieldContainer[StopSign]
    label_count: int
    source: Arm
    now: Accuracy
    active_against_random: ActiveAgainstRandom
    def __init__(self, stop: bool = ..., reasons: _Optional[_Iterable[_Union[StopSign, _Mapping]]] = ..., against: _Optional[_Iterable[_Union[StopSign, _Mapping]]] = ..., label_count: _Optional[int] = ..., source: _Optional[_Union[Arm, str]] = ..., now: _Optional[_Union[Accuracy, _Mapping]] = ..., active_against_random: _Optional[_Union[ActiveAgainstRandom, _Mapping]] = ...) -> None: ...
