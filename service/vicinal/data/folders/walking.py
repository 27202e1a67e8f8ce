"""Files in folders and all below them, in a stable order; what is left out is counted and named.

Folders that are links are followed. Each real folder is read once, so that links cannot lead in circles:
one that lies in the tree is read where it lies, one elsewhere under the first name that leads to it.
"""

import glob
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vicinal.core.errors import InvalidInput
from vicinal.core.field_rules import CONTROL_CHARACTER, MAX_ITEM_ID_CHARACTERS
from vicinal.data.left_out import LeftOut, Reason, describe
from vicinal.data.tables.values import one_line

IMAGE_SUFFIXES = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".png", ".apng", ".gif", ".bmp", ".dib", ".webp"),
        *(
            ".tif",
            ".tiff",
            ".ppm",
            ".pgm",
            ".pbm",
            ".pnm",
            ".pfm",
            ".jp2",
            ".j2k",
            ".j2c",
            ".jpc",
            ".jpf",
            ".jpx",
        ),
        *(".avif", ".avifs"),
    }
)
HEIC_SUFFIXES = frozenset({".heic", ".heif", ".heics", ".heifs", ".hif"})
HEIC_PACKAGE, HEIC_EXTRA = "pillow_heif", "heic"
TEXT_FILE_SUFFIXES = frozenset({".txt", ".text"})

DESCRIPTIONS = ("manifest.csv", "metadata.csv", "metadata.jsonl", "labels.csv")
"""Tables in a folder of images that say more of each; they are no items themselves."""

# What systems put into folders next to people's files.
_SYSTEM_NAMES = frozenset(
    {
        *("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir", "$recycle.bin"),
        *("system volume information", "lost+found"),
    }
)
_TABLES = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx", ".xls"})
_VECTORS = frozenset({".npy", ".npz"})
_ARCHIVES = frozenset({".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar"})
_DOCUMENTS = frozenset({".pdf", ".ps", ".eps", ".djvu", ".doc", ".docx", ".ppt", ".pptx"})
_VIDEOS = frozenset({".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".3gp"})
# Of cameras: many begin as TIFF files do, and hold little more than a preview of that.
_RAW = frozenset({".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"})
_OTHERS = frozenset(
    {
        *(".md", ".rst", ".log", ".xml", ".html", ".htm", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".tex"),
        *(".py", ".ipynb", ".js", ".ts", ".c", ".h", ".cpp", ".java", ".sh", ".m", ".r", ".mat", ".pkl"),
        *(".svg", ".wav", ".mp3", ".flac", ".ogg", ".m4a", ".db", ".sqlite", ".h5", ".pt", ".pth", ".lock"),
    }
)
_NO_IMAGES = TEXT_FILE_SUFFIXES | _TABLES | _VECTORS | _ARCHIVES | _DOCUMENTS | _VIDEOS | _RAW | _OTHERS
# What to do about files whose contents cannot be had as they are.
_HINTS = (
    (_ARCHIVES, "is an archive: unpack it, and name the folder that it becomes"),
    (_DOCUMENTS, "is a document: save its pages as images, or its text in a table"),
    (_VIDEOS, "is a video: save frames of it as images"),
    (_RAW, "is a camera's raw file: save it as JPEG or TIFF"),
)
_OTHER_INPUTS = (
    (_TABLES, "is a table: did you mean to name it itself?"),
    (_VECTORS, "holds vectors: did you mean to name it itself?"),
    (TEXT_FILE_SUFFIXES, "is a text: put texts into a CSV or JSONL with a column 'text'"),
)
_NEEDS_HEIC = f"is a HEIC image; install Vicinal with its {HEIC_EXTRA!r} extra, or save it as JPEG"
_HEAD_BYTES = 32
# Kinds of what begins as MP4 files do.
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
_BITMAP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


@dataclass(frozen=True)
class FoundFile:
    """A file in a folder.

    Attributes:
        item_id: its path in the folder, with `/` between the parts.
        path: to open it by.
        size_bytes: of the file.
    """

    item_id: str
    path: Path
    size_bytes: int


class ImageFiles:
    """The images in a folder and all below it, found whenever they are iterated over.

    Attributes:
        left_out: of the last time; grows while they are found.
        descriptions: the tables among the files that say more of the images; likewise.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left_out = LeftOut()
        self.descriptions: list[FoundFile] = []

    def __iter__(self) -> Iterator[FoundFile]:
        """The images, sorted by the parts of their paths."""
        self.left_out, self.descriptions = LeftOut(), []
        for found in _Walk(self.folder, self.left_out).files():
            if found.path.name.lower() in DESCRIPTIONS:
                self.descriptions.append(found)
            elif _wanted_image(found, self.left_out):
                yield found

    def refuse(self) -> InvalidInput:
        """The error for a folder in which no image was found: what there is instead, and what to do."""
        named = {_suffix(each.item_id): each.item_id for each in self.descriptions}
        reasons = explain(self.folder, self.left_out, named) or "; it is empty"
        return InvalidInput.at(one_line(str(self.folder)), f"there is no image in it{reasons}")


class TextFiles:
    """The text files (.txt) in a folder and all below it, as `ImageFiles` has images."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.left_out = LeftOut()

    def __iter__(self) -> Iterator[FoundFile]:
        """The files, sorted by the parts of their paths."""
        self.left_out = LeftOut()
        for found in _Walk(self.folder, self.left_out).files():
            suffix = _suffix(found.path.name)
            if suffix not in TEXT_FILE_SUFFIXES:
                self.left_out.pass_over(Reason.NO_TEXT, one_line(found.item_id), suffix)
            elif _well_named(found, self.left_out):
                yield found


def has_only_text_files(folder: Path) -> bool:
    """Whether the folder holds text files (.txt), and neither images, tables, vectors nor archives."""
    others = IMAGE_SUFFIXES | HEIC_SUFFIXES | _TABLES | _VECTORS | _ARCHIVES | _DOCUMENTS | _VIDEOS | _RAW
    texts = False
    for found in _Walk(folder, LeftOut()).files():
        suffix = _suffix(found.path.name)
        if suffix in others or (suffix not in _NO_IMAGES and not _is_no_image(found.path)):
            return False
        texts = texts or suffix in TEXT_FILE_SUFFIXES
    return texts


def find_files(
    source: str | Path, is_wanted: Callable[[Path], bool], companions: Collection[str] = ()
) -> tuple[list[Path], LeftOut]:
    """The wanted files that a folder itself, a glob or a single name stands for, sorted.

    Args:
        source: a folder, of which those below are not looked into; a glob; or a file.
        is_wanted: by its name.
        companions: names that belong to wanted files, and are not counted as left out.
    """
    path, left_out = Path(source), LeftOut()
    if os.path.isdir(path):
        try:
            found = sorted(path.iterdir())
        except OSError as error:
            left_out.fail(one_line(str(path)), error.strerror or str(error))
            return [], left_out
    elif os.path.lexists(path):
        found = [path]
    else:
        found = [Path(name) for name in sorted(glob.glob(str(source), recursive=True))]
    within = path if os.path.isdir(path) else find_glob_base(path)
    files = []
    for each in found:
        shown = one_line(each.relative_to(within).as_posix() if each.is_relative_to(within) else str(each))
        if each.name in companions:
            continue
        if os.path.isdir(path) and is_hidden(each.name):
            left_out.pass_over(Reason.HIDDEN, shown)
        elif each.is_dir():
            left_out.pass_over(Reason.IN_FOLDER, shown)
        elif not is_wanted(each):
            left_out.pass_over(Reason.OTHER_KIND, shown, _suffix(each.name))
        elif not each.exists():
            left_out.fail(shown, _dead_link(each))
        elif not each.is_file():
            left_out.pass_over(Reason.NO_FILE, shown)
        else:
            files.append(each)
    return files, left_out


def select_images(files: Iterable[Path], folder: Path, left_out: LeftOut) -> Iterator[FoundFile]:
    """Those of some regular files that are images which can be taken; ids are paths within the folder."""
    for path in files:
        found = FoundFile(path.relative_to(folder).as_posix(), path, path.stat().st_size)
        if _wanted_image(found, left_out):
            yield found


def explain(folder: Path, left_out: LeftOut, also: Mapping[str, str] | None = None) -> str:
    """What there is in place of what was looked for, and what to do; to be put behind an error's message.

    Args:
        folder: that was looked into.
        left_out: what was found there.
        also: a name by suffix of what was found and is not among those.
    """
    counts = left_out.counts()
    parts = [f"there: {describe(counts).partition(': ')[2]}"] if counts else []
    parts += [f"{each.name}: {each.message}" for each in left_out.failures[:1]]
    parts += left_out.notes
    first = dict(also or {}) | left_out.first_of_suffix
    for suffixes, hint in _OTHER_INPUTS:
        name = next((first[suffix] for suffix in first if suffix in suffixes), None)
        parts += [] if name is None else [f"{(folder / name).as_posix()} {hint}"]
    return "".join(f"; {part}" for part in parts)


def find_glob_base(pattern: Path) -> Path:
    """Finds the folder that a glob starts in: the path before its first wildcard.

    >>> find_glob_base(Path("photos/*/2024/*.jpg")).as_posix()
    'photos'
    """
    fixed = []
    for part in pattern.parent.parts:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return Path(*fixed)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is out of sight, or what a system keeps next to people's files.

    >>> is_hidden(".git"), is_hidden("Thumbs.db"), is_hidden("a.jpg")
    (True, True, False)
    """
    return name.startswith(".") or name.lower() in _SYSTEM_NAMES


def is_image(path: Path) -> bool:
    """Whether a file is an image that is read: by its suffix, where that says nothing by its first bytes.

    Raises:
        InvalidInput: it is a HEIC image, and the package that reads those is not here; or it cannot be read.
    """
    suffix = _suffix(path.name)
    if suffix in IMAGE_SUFFIXES or suffix in _NO_IMAGES:
        return suffix in IMAGE_SUFFIXES
    try:
        kind = "heic" if suffix in HEIC_SUFFIXES else detect_image_kind(path)
    except OSError as error:
        raise InvalidInput.at(one_line(str(path)), error.strerror or str(error)) from error
    if kind == "heic" and not can_read_heic():
        raise InvalidInput.at(one_line(str(path)), _NEEDS_HEIC)
    return kind is not None


def detect_image_kind(path: Path) -> str | None:
    """What kind of image a file holds, by its first bytes: "heic", "image" for what is read, or None.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return detect_image_kind_in_bytes(file.read(_HEAD_BYTES))


def detect_image_kind_in_bytes(head: bytes) -> str | None:
    """As `detect_image_kind`, for the first 32 bytes of a file.

    >>> detect_image_kind_in_bytes(bytes.fromhex("ffd8ffe0")), detect_image_kind_in_bytes(b"BMW and Audi")
    ('image', None)
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return "image" if brand in AVIF_BRANDS else "heic" if brand in HEIC_BRANDS else None
    marks = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
    jpeg_2000 = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    is_bitmap = head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS
    is_netpbm = re.match(rb"P[1-6]\s+(#|\d)", head) is not None
    return "image" if head.startswith((*marks, *jpeg_2000)) or is_webp or is_bitmap or is_netpbm else None


def refuse_kind(path: Path, known: Collection[str]) -> InvalidInput:
    """The error for a file that is not read: what to do where that is known, and which suffixes are."""
    suffix = _suffix(path.name)
    text = (
        TEXT_FILE_SUFFIXES,
        "is a text: name the folder of such files, or put the text into a CSV or JSONL",
    )
    why = next((hint for suffixes, hint in (*_HINTS, text) if suffix in suffixes), None)
    why = why or "neither its name nor its first bytes say what is in it"
    return InvalidInput.at(one_line(str(path)), f"{why}; give a folder or one of {', '.join(sorted(known))}")


def check_file(path: Path) -> None:
    """Sees to it that a path names a file that can be read without waiting.

    Raises:
        InvalidInput: there is none, or it is a pipe, a socket or a device.
    """
    if not os.path.lexists(path):
        globbed = glob.has_magic(str(path))
        more = "; name the folder itself, or let the shell expand the pattern" if globbed else ""
        raise InvalidInput(f"there is no file or folder {one_line(str(path))!r}{more}")
    if not path.exists():
        raise InvalidInput.at(one_line(str(path)), _dead_link(path))
    if not path.is_file():
        raise InvalidInput.at(
            one_line(str(path)), "is neither a file nor a folder; save what comes from it as a file"
        )


def can_read_heic() -> bool:
    """Whether the package that reads HEIC files is installed here."""
    return find_spec(HEIC_PACKAGE) is not None


class _Walk:
    """One walk through a folder; each real folder is read once."""

    def __init__(self, folder: Path, left_out: LeftOut) -> None:
        self._folder = folder
        self._root = Path(os.path.realpath(folder))
        self._left_out = left_out
        self._seen: dict[tuple[int, int], str] = {}

    def files(self) -> Iterator[FoundFile]:
        """All regular files that are in sight, sorted by the parts of their paths."""
        # A stack of our own: folders may lie deeper in one another than functions may.
        stack = [self._opened(self._folder, "", self._folder.stat())]
        while stack:
            entry, above = next(stack[-1], (None, ""))
            if entry is None:
                stack.pop()
                continue
            name = above + entry.name
            if is_hidden(entry.name):
                self._left_out.pass_over(Reason.HIDDEN, one_line(name))
                continue
            about = self._stat(entry, name)
            if about is None:
                continue
            if stat.S_ISDIR(about.st_mode):
                if not (entry.is_symlink() and self._lies_in_tree(entry, name)):
                    stack.append(self._opened(Path(entry.path), f"{name}/", about))
            elif stat.S_ISREG(about.st_mode):
                yield FoundFile(name, Path(entry.path), about.st_size)
            else:
                self._left_out.pass_over(Reason.NO_FILE, one_line(name))

    def _opened(
        self, folder: Path, above: str, about: os.stat_result
    ) -> Iterator[tuple["os.DirEntry[str]", str]]:
        """Entries of a folder, each with what its name begins with; none where it was read already."""
        name, key = above.removesuffix("/"), (about.st_dev, about.st_ino)
        if key in self._seen:
            first = one_line(self._seen[key]) or "the folder itself"
            self._left_out.pass_over(Reason.SAME_FOLDER, f"{one_line(name)} (the same as {first})")
            return iter(())
        self._seen[key] = name
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda each: each.name)
        except OSError as error:
            self._left_out.fail(one_line(name) or str(folder), error.strerror or str(error))
            return iter(())
        self._note_same_files(above, [entry.name for entry in entries])
        return ((entry, above) for entry in entries)

    def _stat(self, entry: "os.DirEntry[str]", name: str) -> os.stat_result | None:
        try:
            return entry.stat()
        except OSError as error:
            suffix = _suffix(entry.name)
            if suffix in _NO_IMAGES:
                self._left_out.pass_over(Reason.NO_IMAGE, one_line(name), suffix)
            else:
                dead = _dead_link(Path(entry.path)) if entry.is_symlink() else ""
                self._left_out.fail(one_line(name), dead or error.strerror or str(error))
            return None

    def _lies_in_tree(self, entry: "os.DirEntry[str]", name: str) -> bool:
        """Whether a link leads to a folder that is read where it lies, or that holds the whole tree."""
        real = Path(os.path.realpath(entry.path))
        if real in (self._root, *self._root.parents):
            what = "a folder that holds it"
        elif real.is_relative_to(self._root) and not any(map(is_hidden, real.relative_to(self._root).parts)):
            what = real.relative_to(self._root).as_posix()
        else:
            return False
        self._left_out.pass_over(Reason.SAME_FOLDER, f"{one_line(name)} (the same as {one_line(what)})")
        return True

    def _note_same_files(self, above: str, names: list[str]) -> None:
        """Says which names in a folder look the same and are not: accents can be written in two ways."""
        first: dict[str, str] = {}
        for name in names:
            if not name.isascii() and first.setdefault(unicodedata.normalize("NFC", name), name) != name:
                self._left_out.note(
                    f"{one_line(above + name)} is there twice: the names look the same, but their accents "
                    "are stored in two ways (NFC and NFD); both are taken"
                )


def _wanted_image(found: FoundFile, left_out: LeftOut) -> bool:
    """Whether a file is an image that can be taken; says why not."""
    suffix, shown = _suffix(found.path.name), one_line(found.item_id)
    kind: str | None = "heic" if suffix in HEIC_SUFFIXES else "image"
    if suffix in _NO_IMAGES:
        kind = None
    elif suffix not in IMAGE_SUFFIXES | HEIC_SUFFIXES:
        try:
            kind = detect_image_kind(found.path)
        except OSError as error:
            left_out.fail(shown, error.strerror or str(error))
            return False
    if kind is None:
        left_out.pass_over(Reason.NO_IMAGE, shown, suffix)
        for suffixes, hint in _HINTS:
            if suffix in suffixes:
                _note_once(left_out, shown, hint)
        return False
    if kind == "heic" and not can_read_heic():
        left_out.fail(shown, _NEEDS_HEIC, Reason.NEEDS_PACKAGE)
        return False
    return _well_named(found, left_out)


def _is_no_image(path: Path) -> bool:
    try:
        return detect_image_kind(path) is None
    except OSError:
        return False


def _well_named(found: FoundFile, left_out: LeftOut) -> bool:
    """Whether a file's path can be the id of an item; says why not."""
    why = _why_no_id(found.item_id)
    if why:
        left_out.fail(one_line(found.item_id), why, Reason.BAD_NAME)
    return not why


def _why_no_id(item_id: str) -> str:
    try:
        item_id.encode()
    except UnicodeEncodeError:
        return "its name is not UTF-8; rename the file"
    if CONTROL_CHARACTER.search(item_id):
        return "its name has a control character in it, such as a line break; rename the file"
    if len(item_id) > MAX_ITEM_ID_CHARACTERS:
        return (
            f"its path in the folder has {len(item_id)} characters, and an id at most "
            f"{MAX_ITEM_ID_CHARACTERS}; name a folder further in"
        )
    return "" if item_id.strip() else "its name is blank; rename the file"


def _note_once(left_out: LeftOut, name: str, hint: str) -> None:
    if not any(note.endswith(hint) for note in left_out.notes):
        left_out.note(f"{name} {hint}")


def _dead_link(path: Path) -> str:
    try:
        return f"No such file or directory: it is a link to {one_line(os.readlink(path))!r}"
    except OSError:
        return "No such file or directory"


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()
