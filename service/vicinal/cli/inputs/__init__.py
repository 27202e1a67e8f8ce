"""What people have on disk, read as items: folders of images, files of texts, arrays of vectors."""

from vicinal.cli.inputs.contents import Contents, open_contents
from vicinal.cli.inputs.images import FileContents
from vicinal.cli.inputs.labelled import LabelledItems, groups_of
from vicinal.cli.inputs.opening import open_labelled, open_source
from vicinal.cli.inputs.source import ContentSubset, DataKind, Source, chunks
from vicinal.cli.inputs.texts import RowItem
from vicinal.data.left_out import LeftOut, LeftOutCount, Reason, Unreadable, describe

__all__ = [
    "ContentSubset",
    "Contents",
    "DataKind",
    "FileContents",
    "LabelledItems",
    "LeftOut",
    "LeftOutCount",
    "Reason",
    "RowItem",
    "Source",
    "Unreadable",
    "chunks",
    "describe",
    "groups_of",
    "open_contents",
    "open_labelled",
    "open_source",
]
