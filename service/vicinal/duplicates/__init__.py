"""Duplicates and augmented copies among images or texts, found without labels, votes or a server."""

from vicinal.core.copies import Evidence, Transform
from vicinal.duplicates.findings import Copy, Findings, Group, LeftOut
from vicinal.duplicates.keeping import Keep
from vicinal.duplicates.pictures.finder import ImageCopyFinder
from vicinal.duplicates.pictures.search import compare_images
from vicinal.duplicates.pictures.search import find_copies as find_image_copies
from vicinal.duplicates.progress import OnProgress
from vicinal.duplicates.texts.finder import TextCopyFinder
from vicinal.duplicates.texts.search import find_copies as find_text_copies
from vicinal.duplicates.texts.verification import verify as compare_texts
from vicinal.duplicates.vectors.finder import VectorCopyFinder
from vicinal.duplicates.vectors.search import find_copies as find_vector_copies

__all__ = [
    "Copy",
    "Evidence",
    "Findings",
    "Group",
    "ImageCopyFinder",
    "Keep",
    "LeftOut",
    "OnProgress",
    "TextCopyFinder",
    "Transform",
    "VectorCopyFinder",
    "compare_images",
    "compare_texts",
    "find_image_copies",
    "find_text_copies",
    "find_vector_copies",
]
