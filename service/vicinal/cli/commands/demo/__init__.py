"""`vicinal demo`: what suggestions are worth, shown on real pictures through a real server."""
