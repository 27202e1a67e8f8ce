"""A pool's state in memory, always in step with its store."""
