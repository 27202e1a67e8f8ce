"""Duplicates among pictures: local features for candidates, geometry and looks for proof."""
