"""Fields of requests about what active choice leaves out."""

from vicinal.core.ports import PoolConfig
from vicinal.sampling.filter_results import FilterReason
from vicinal.server.checks import Checks
from vicinal.server.enums import FILTER_REASONS
from vicinal.v1 import filters_pb2 as filters
from vicinal.v1 import resources_pb2 as resources
from vicinal.v1 import sampler_service_pb2 as service


def confidence_filter(checks: Checks, config: resources.PoolConfig) -> float | None:
    """From which share on items of the pool are known; None is the strategy's own."""
    if not config.HasField("confidence_filter"):
        return PoolConfig.confidence_filter
    field = "config.confidence_filter"
    return checks.fraction(config.confidence_filter, field, least_is_allowed=True, most_is_allowed=True)


def outlier_filter(checks: Checks, config: resources.PoolConfig) -> float | None:
    """How far apart isolated items of the pool lie; None is the strategy's own."""
    if not config.HasField("outlier_filter"):
        return PoolConfig.outlier_filter
    return checks.multiple(config.outlier_filter, "config.isolation")


def filtered(request: service.ListItemsRequest) -> list[FilterReason]:
    """Why the items to list are filtered; none lists all items, whether they are or not."""
    checks = Checks()
    reasons = {number: reason for reason, number in FILTER_REASONS.items()}
    for row, value in enumerate(request.filtered):
        if value not in reasons:
            known = ", ".join(filters.FilterReason.Name(number) for number in reasons)
            checks.wrong(f"filtered[{row}]", f"is {value}; give {known}, or none for all")
    checks.raise_if_any()
    return [reasons[value] for value in request.filtered]
