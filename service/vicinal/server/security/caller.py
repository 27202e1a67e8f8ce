"""Who is calling, for as long as a call is under way."""

from contextvars import ContextVar
from dataclasses import dataclass

from vicinal.server.security.roles import Role


@dataclass(frozen=True)
class Caller:
    """Whose call it is.

    Attributes:
        key_id: of the key; empty where none was asked for.
        role: what the caller may do.
        pools: ids of the only pools there are for the caller; None sees all.
        annotator: the only one in whose name it may label; empty is any.
    """

    key_id: str = ""
    role: Role = Role.ADMIN
    pools: frozenset[str] | None = None
    annotator: str = ""

    def sees(self, pool_id: str) -> bool:
        """Whether there is such a pool for the caller, if there is one at all."""
        return self.pools is None or pool_id in self.pools

    @property
    def sees_gold(self) -> bool:
        """Whether it may know which items annotators are checked by, and their true labels."""
        return self.role is Role.ADMIN


# Without keys, any caller that reaches the server may do everything.
ANYBODY = Caller()
_caller: ContextVar[Caller] = ContextVar("caller", default=ANYBODY)


def current_caller() -> Caller:
    """The caller of the call that this code runs for; the threads of the workers do not know it."""
    return _caller.get()


def call_is_of(caller: Caller) -> None:
    """Notes whose the call under way is."""
    _caller.set(caller)
