"""Durable pools: items, the label log, leases and vectors."""
