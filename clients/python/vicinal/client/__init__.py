"""Client of the Vicinal service."""
