"""Duplicates and augmented duplicates among images or texts, found without labels, votes or a server."""

from vicinal.core.duplicates import OnProgress
from vicinal.duplicates.grouping import Duplicate, Findings, Group, Keep, UncomparedItem
from vicinal.duplicates.images.finder import ImageDuplicateFinder
from vicinal.duplicates.images.search import compare_images
from vicinal.duplicates.images.search import find_duplicates as find_image_duplicates
from vicinal.duplicates.texts.finder import TextDuplicateFinder
from vicinal.duplicates.texts.search import find_duplicates as find_text_duplicates
from vicinal.duplicates.texts.verification import verify as compare_texts
from vicinal.duplicates.vectors.finder import VectorDuplicateFinder
from vicinal.duplicates.vectors.search import find_duplicates as find_vector_duplicates
from vicinal.records.duplicates import DuplicateEvidence, DuplicateTransform

__all__ = [
    "Duplicate",
    "DuplicateEvidence",
    "DuplicateTransform",
    "Findings",
    "Group",
    "ImageDuplicateFinder",
    "Keep",
    "OnProgress",
    "TextDuplicateFinder",
    "UncomparedItem",
    "VectorDuplicateFinder",
    "compare_images",
    "compare_texts",
    "find_image_duplicates",
    "find_text_duplicates",
    "find_vector_duplicates",
]
