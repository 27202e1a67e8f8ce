"""What readers of data on disk raise, for those who may not import core: errors of the one tree."""

from vicinal.core.errors import InvalidInput, VicinalError

__all__ = ["InvalidInput", "VicinalError"]
