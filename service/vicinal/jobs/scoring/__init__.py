"""Scores of every item of a pool on disk, and the batch to label next, without a service."""
