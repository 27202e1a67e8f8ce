"""Durable pools: items, the label log, leases and vectors."""

from vicinal.storage.directory import is_data_directory
from vicinal.storage.memory import MemoryStore
from vicinal.storage.sqlite.store import SqlStore

__all__ = ["MemoryStore", "SqlStore", "is_data_directory"]
