"""Engines by their names."""

from vicinal.jobs.engines.local import LocalEngine
from vicinal.jobs.engines.protocol import Engine, EngineName


def open_engine(name: EngineName, workers: int, ray_address: str) -> Engine:
    """An engine, to be closed by who asked for it.

    Args:
        name: which.
        workers: processes or actors.
        ray_address: of a Ray cluster; empty is one on this machine.

    Raises:
        InvalidInput: Ray cannot be had.
    """
    if name is EngineName.LOCAL:
        return LocalEngine(workers)
    from vicinal.jobs.engines.ray_data import RayEngine  # noqa: PLC0415 - heavy, and of an extra

    return RayEngine(workers, ray_address)
