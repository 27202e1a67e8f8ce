"""What labels have brought so far: curves, comparison with random sampling, advice."""
