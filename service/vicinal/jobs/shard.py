"""What is known of a file of vectors once it is opened."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shard:
    """A file of vectors.

    Attributes:
        path: of the file.
        rows: vectors in it.
        dimension: of each of them.
        fingerprint_digest: what they were made with; empty where the file does not tell.
        vector_name: of the column or array of vectors.
        id_name: of that of ids; empty where there is none: ids are then row numbers from 1.
        sha256: of the file, by the manifest that names it; empty without one.
        exported: whether its ids are in the file of items beside it, as `vicinal export --all` writes them.
    """

    path: Path
    rows: int
    dimension: int
    fingerprint_digest: str
    vector_name: str
    id_name: str
    sha256: str = ""
    exported: bool = False

    @property
    def has_ids(self) -> bool:
        """Whether the file names its rows."""
        return bool(self.id_name) or self.exported
