"""Measurements: run each as `python -m benchmarks.<name>`."""
