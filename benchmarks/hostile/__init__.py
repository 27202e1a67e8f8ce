"""Input that no honest caller would send."""
