"""Which items are suggested next, and to whom."""
