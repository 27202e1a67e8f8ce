"""Pools on their way out of a data directory and into one."""
