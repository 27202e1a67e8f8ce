"""The call that the running code works for, also in the threads that work for it."""

import json
import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from vicinal.pools.clock import Deadline
from vicinal.server.security.access import current_caller


@dataclass
class Call:
    """A call under way, with what the log, metrics and traces record of it.

    Attributes:
        code: name of its status code.
        reason: of the error; empty without one.
        deadline: how long its caller waits.
        admitted: the executors of workers that have begun something for it.
    """

    method: str
    request_id: str
    code: str = "OK"
    reason: str = ""
    pool_id: str = ""
    deadline: Deadline = field(default_factory=Deadline)
    admitted: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.perf_counter() - self.began

    def facts(self) -> dict[str, str | float]:
        """What may be logged of it: no content, label or item id."""
        facts = {"method": self.method, "code": self.code, "reason": self.reason, "pool_id": self.pool_id}
        facts["key_id"] = current_caller().key_id
        logged: dict[str, str | float] = {key: value for key, value in facts.items() if value}
        logged["milliseconds"] = round(self.seconds * 1000, 3)
        return logged

    def line(self) -> str:
        """The facts and the request id as one line of JSON."""
        return json.dumps({**self.facts(), "request_id": self.request_id})


current_call: ContextVar[Call | None] = ContextVar("vicinal_call", default=None)
