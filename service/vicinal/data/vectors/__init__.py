"""Vectors: files of numpy arrays and of Parquet."""
