"""What people have on disk, read as items: folders of images, files of texts, arrays of vectors."""

from vicinal.cli.inputs.chosen import Chosen
from vicinal.cli.inputs.contents import Contents, open_contents
from vicinal.cli.inputs.images import FileContents
from vicinal.cli.inputs.labelled import Labelled, groups_of
from vicinal.cli.inputs.opening import open_labelled, open_source
from vicinal.cli.inputs.source import Holds, Source, Unreadable, chunks
from vicinal.cli.inputs.texts import RowItem

__all__ = [
    "Chosen",
    "Contents",
    "FileContents",
    "Holds",
    "Labelled",
    "RowItem",
    "Source",
    "Unreadable",
    "chunks",
    "groups_of",
    "open_contents",
    "open_labelled",
    "open_source",
]
