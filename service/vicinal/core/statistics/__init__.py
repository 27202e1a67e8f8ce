"""What is measured of a pool: accuracy, learning curves, when to stop, what annotators agree on."""
