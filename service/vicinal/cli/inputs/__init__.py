"""What people have on disk, read as items: folders of images, files of texts, arrays of vectors."""

from vicinal.cli.inputs.opening import open_source
from vicinal.cli.inputs.source import Source, Unreadable, chunks

__all__ = ["Source", "Unreadable", "chunks", "open_source"]
