"""Readers for the data that people have on disk: tables, images, vectors and labels."""
