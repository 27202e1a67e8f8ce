"""Durable pools: items, the label log, leases and vectors."""

from vicinal.storage.memory import MemoryStore

__all__ = ["MemoryStore"]
