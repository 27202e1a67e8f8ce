"""What jobs raise, for those who may not import core: errors of the one tree."""

from vicinal.core.errors import JobUnfinished, VicinalError

__all__ = ["JobUnfinished", "VicinalError"]
