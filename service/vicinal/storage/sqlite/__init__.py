"""Pools in SQLite."""
