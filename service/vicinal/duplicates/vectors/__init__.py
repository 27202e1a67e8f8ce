"""Copies among plain vectors, by their distances alone."""
