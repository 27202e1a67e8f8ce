"""Duplicates and augmented copies among images or texts, found without labels, votes or a server."""

from vicinal.duplicates.evidence import Evidence, Transform
from vicinal.duplicates.findings import Copy, Findings, Group, LeftOut
from vicinal.duplicates.pictures.search import find_copies as find_image_copies

__all__ = ["Copy", "Evidence", "Findings", "Group", "LeftOut", "Transform", "find_image_copies"]
