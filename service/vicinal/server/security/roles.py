"""Roles, and the one that each call of the service needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a key allows. Each role may do what those before it may."""

    READ = "read"
    LABEL = "label"
    ADMIN = "admin"

    def covers(self, other: "Role") -> bool:
        """Whether this role may do what the other may.

        >>> Role.LABEL.covers(Role.READ), Role.LABEL.covers(Role.ADMIN)
        (True, False)
        """
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class Rule:
    """What a call needs of its caller.

    Attributes:
        role: the least role that is allowed.
        pool: path of the request's field that names the pool; empty where it names none.
        makes_pool: whether the call creates the pool.
        spans_pools: whether it is about all pools where it names none.
    """

    role: Role
    pool: str = "pool_id"
    makes_pool: bool = False
    spans_pools: bool = False


_READ, _LABEL, _ADMIN = Rule(Role.READ), Rule(Role.LABEL), Rule(Role.ADMIN)

RULES: Mapping[str, Rule] = {
    "GetPool": _READ,
    "ListPools": Rule(Role.READ, pool=""),
    "GetItem": _READ,
    "ListItems": _READ,
    "ListExamples": _READ,
    "Classify": _READ,
    "ScorePool": _READ,
    "Embed": Rule(Role.READ, pool=""),
    "ExportLabels": _READ,
    "GetLearningCurve": _READ,
    "GetAdvice": _READ,
    "ListAnnotators": _READ,
    "ListDisputedItems": _READ,
    "ListDuplicateGroups": _READ,
    "CheckContent": _READ,
    "LeaseBatch": _LABEL,
    "SubmitLabels": _LABEL,
    "RenewLeases": _LABEL,
    "ReleaseLeases": _LABEL,
    "SkipItems": _LABEL,
    "ExcludeItems": _LABEL,
    "RestoreItems": _LABEL,
    "RemoveLabels": _LABEL,
    "SplitDuplicateGroup": _LABEL,
    "ResolveItems": _LABEL,
    "SettleLabels": _ADMIN,
    "CreatePool": Rule(Role.ADMIN, pool="config.pool_id", makes_pool=True),
    "DeletePool": _ADMIN,
    "AddItems": _ADMIN,
    "ImportItems": Rule(Role.ADMIN, pool="header.pool_id"),
    "AddExamples": _ADMIN,
    "RemoveExamples": _ADMIN,
    "FindDuplicates": _ADMIN,
    "CreateSnapshot": Rule(Role.ADMIN, spans_pools=True),
    "RestoreSnapshot": Rule(Role.ADMIN, pool="header.new_pool_id", makes_pool=True, spans_pools=True),
}
"""Every call of the service. One that is missing is refused to all keys, and a test fails."""
