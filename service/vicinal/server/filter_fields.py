"""Fields of requests about what active choice leaves out."""

from vicinal.core.ports import PoolConfig
from vicinal.sampling.held_results import HeldBack
from vicinal.server.checks import Checks
from vicinal.server.enums import HELD_BACK
from vicinal.v1 import filters_pb2 as filters
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service


def known_share(checks: Checks, config: resources.PoolConfig) -> float | None:
    """From which share on items of the pool are known; None is the strategy's own."""
    if not config.HasField("known_share"):
        return PoolConfig.known_share
    field = "config.known_share"
    return checks.fraction(config.known_share, field, least_is_allowed=True, most_is_allowed=True)


def isolation(checks: Checks, config: resources.PoolConfig) -> float | None:
    """How far apart isolated items of the pool lie; None is the strategy's own."""
    if not config.HasField("isolation"):
        return PoolConfig.isolation
    return checks.multiple(config.isolation, "config.isolation")


def held_back(request: service.ListItemsRequest) -> list[HeldBack]:
    """Why the items to list are held back; none lists all items, whether they are or not."""
    checks = Checks()
    reasons = {number: reason for reason, number in HELD_BACK.items()}
    for row, value in enumerate(request.held_back):
        if value not in reasons:
            known = ", ".join(filters.HeldBack.Name(number) for number in reasons)
            checks.wrong(f"held_back[{row}]", f"is {value}; give {known}, or none for all")
    checks.raise_if_any()
    return [reasons[value] for value in request.held_back]
