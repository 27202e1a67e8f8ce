"""The score of an item: uncertainty x density x diversity by rank; filters; the choice of the next items."""
