"""Duplicates among plain vectors, by their distances alone."""
