"""Learning curves: what a number of labels brings."""
