"""Duplicates among texts: shared pieces for candidates, edit similarity for proof."""
