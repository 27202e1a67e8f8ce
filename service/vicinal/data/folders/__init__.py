"""Folders: their files, their classes and splits, and what is known of each image."""
