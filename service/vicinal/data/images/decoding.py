"""The one decoder of images: featurizers and the search for duplicates both read by it, in bounded memory."""

import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from vicinal.core.errors import ContentUnreadable
from vicinal.core.records import RawContent
from vicinal.data.folders.walking import AVIF_BRANDS, HEIC_BRANDS
from vicinal.data.images.structure import Structure, TruncatedFile, check_whole

Made = TypeVar("Made")

MAX_PIXELS = 64_000_000
"""Largest picture that is decoded where nothing else is said, as width times height."""
MAX_SIDE = 65_535
"""Longest side of a picture that is decoded, in pixels, as of JPEG. Each row costs a decoder something."""
BYTES_PER_PIXEL = 20
"""What a decoder may hold for each pixel that is allowed; JPEG 2000 takes the most, nearly all of it."""

# Named, because Pillow would else try every format it knows, and hand PostScript to a program outside.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF", "HEIF")
_LEAST_TOTAL_BYTES = 64 * 1024 * 1024

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_ROWS_BYTES = 1 << 20
_Levels = NDArray[np.float32]

_JPEG = ("JPEG", "MPO")
# The byte after name, version and profile has a flag for 10 and 12 bits (AV1 in ISOBMFF, section 2.3.3).
_AVIF_FLAGS = re.compile(b"av1C..(.)", re.DOTALL)
# What decoders hold for each pixel, the decoded picture included, as measured on pictures of 36 megapixels.
_WEBP_BYTES, _AVIF_BYTES, _HEIF_BYTES, _FRAMES_BYTES = 17, 16, 16, 17
_PIXEL_BYTES = {"1": 1, "L": 1, "P": 1}

# What a picture is painted with before it is decoded, the first time and the second.
_GROUNDS = (90, 165)

# What libjpeg takes for missing pixels: the middle of the levels, inverted or not.
_FILLED = frozenset({127, 128})
# Bytes that no picture needs, as many as the decoder reads ahead, for each ground.
_PADDING = (16 * b"\0", 16 * b"\xaa")


class DecodingMemory:
    """Bytes that decoders share. Those that find too few wait, in the order in which they came.

    Calls may come from any thread. A thread that holds some must not ask for more.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._held = 0

    @property
    def held_bytes(self) -> int:
        """What the decoders at work hold together."""
        with self._changed:
            return self._held

    @property
    def waiting(self) -> int:
        """How many decoders wait for bytes."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def take(self, needed_bytes: int, total_bytes: int) -> Iterator[None]:
        """Holds some bytes as long as the block runs; waits until they are free.

        Args:
            needed_bytes: of one image. One that needs more than all waits until nobody else holds any.
            total_bytes: what all may hold together.
        """
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(
                    lambda: (
                        self._waiting[0] is ticket
                        and (not self._held or self._held + needed_bytes <= total_bytes)
                    )
                )
                self._held += needed_bytes
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._held -= needed_bytes
                self._changed.notify_all()


# What all decoders of the process share.
DECODING_MEMORY = DecodingMemory()


@dataclass(frozen=True)
class ImageLimits:
    """What one image, and all that are decoded at the same time, may take.

    Attributes:
        max_pixels: largest picture, as width times height.
        max_side: longest side, in pixels.
    """

    max_pixels: int = MAX_PIXELS
    max_side: int = MAX_SIDE

    @property
    def max_bytes(self) -> int:
        """Of memory, for one image and for all at the same time; at least 64 MiB."""
        return max(_LEAST_TOTAL_BYTES, BYTES_PER_PIXEL * self.max_pixels)


DEFAULT_LIMITS = ImageLimits()


@dataclass(frozen=True, eq=False)
class OpenImage:
    """An image whose first picture is decoded; it is closed when what is made of it is there.

    Attributes:
        image: as its format has it: not turned, of its own mode and depth. A JPEG may be decoded at a part
            of its size, where that was asked for.
        width: of the whole picture, in pixels, not turned.
        height: likewise.
        structure: what the file's own numbers say.
        keeps_everything: whether the decoder gives all that the file has of the first picture: it drops the
            lower half of 16-bit colours, and further channels.
    """

    image: ImageFile.ImageFile
    width: int
    height: int
    structure: Structure
    keeps_everything: bool


def decode_image(
    content: RawContent,
    make: Callable[[OpenImage], Made],
    limits: ImageLimits = DEFAULT_LIMITS,
    *,
    enough_side: int = 0,
) -> Made:
    """What is made of the first picture of an image file; waits while others hold the memory that it needs.

    Args:
        content: a file in JPEG, PNG, WebP, GIF, BMP, TIFF, PPM, JPEG 2000, AVIF (Pillow 11.3) or HEIC format
            (the extra `heic`). The format follows from the bytes.
        make: takes what is needed of the picture, which is closed afterwards.
        limits: of what it may take.
        enough_side: a JPEG may be decoded at 1/2, 1/4 or 1/8 of its size, never below this many pixels by as
            many; 0 decodes all of it.

    Raises:
        ContentUnreadable: text, empty, no image, broken, cut off, beyond the limits; or if `make` fails.
    """
    if isinstance(content, str):
        raise ContentUnreadable("text was sent where an image is needed; send the bytes of an image file")
    if not content:
        raise ContentUnreadable("the image cannot be read: it is empty (0 bytes); send a whole image file")
    try:
        return _decode(content, make, limits, enough_side)
    except ContentUnreadable as error:
        message = error.message
    except UnidentifiedImageError:
        message = _unidentified(content)
    except Exception as error:  # decoders of hostile bytes raise nearly anything
        reason = str(error) or type(error).__name__
        message = f"the image cannot be read ({reason}); send a whole image file"
    # Raised out here, since an error that remembers another one keeps what that one's frames hold: pictures.
    raise ContentUnreadable(message)


def _decode(content: bytes, make: Callable[[OpenImage], Made], limits: ImageLimits, enough_side: int) -> Made:
    structure = check_whole(content)
    with closing(_identified(content)) as image:
        refuse_large(image, limits)
        width, height = image.size
        if enough_side and image.format in _JPEG:
            image.draft(None, (enough_side, enough_side))
        needed = _needed_bytes(image, width * height, structure, limits)
        if needed > limits.max_bytes:
            raise ContentUnreadable(
                f"the image would take {needed:,} bytes of memory to decode, more than "
                f"{limits.max_bytes:,}; send a smaller one"
            )
        keeps_everything = is_decoding_lossless(image, structure, content)
        with DECODING_MEMORY.take(needed, limits.max_bytes), closing(image):
            _load_whole(image, content, structure)
            return make(OpenImage(image, width, height, structure, keeps_everything))


def refuse_large(image: Image.Image, limits: ImageLimits) -> None:
    """Refuses a picture by the size in its header: a few bytes can stand for gigabytes of pixels.

    Raises:
        ContentUnreadable: it is beyond the limits.
    """
    width, height = image.size
    if width * height > limits.max_pixels:
        raise ContentUnreadable(
            f"the image has {width} x {height} pixels, more than {limits.max_pixels:,}; send a smaller one"
        )
    if max(width, height) > limits.max_side:
        raise ContentUnreadable(
            f"the image has {width} x {height} pixels, and a side of more than {limits.max_side:,}; "
            "send a smaller one, or cut it"
        )


def apply_orientation(image: Image.Image) -> Image.Image:
    """Rotates or mirrors a picture as its EXIF orientation says; returns it unchanged where none is due."""
    try:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken EXIF must not cost a picture whose pixels are sound
        return image
    return image if turn is None else image.transpose(turn)


def convert_to_8_bits(image: Image.Image) -> Image.Image:
    """The picture in mode "RGB", or "RGBA" where some of it may be transparent.

    16-bit grey is scaled to 8 bits, float grey from its own least and largest finite value. CMYK and
    palettes become RGB. Colour profiles are not applied.

    Raises:
        ContentUnreadable: float grey without any finite value.
    """
    if is_deep_grey(image):
        return _by_rows(image, lambda levels: np.clip(levels / np.float32(257.0), 0.0, 255.0))
    if image.mode == "F":
        low, high = _finite_range(image)
        return _by_rows(image, lambda levels: 255.0 * _stretched(levels, low, high))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)


def is_deep_grey(image: Image.Image) -> bool:
    """Whether a picture is of whole numbers of 16 or 32 bits."""
    return image.mode == "I" or image.mode.startswith("I;16")


def flatten_on_white(image: Image.Image) -> Image.Image:
    """A picture of mode "RGB" or "RGBA" in mode "RGB", its transparency laid on white."""
    if image.mode == "RGB":
        return image
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def iterate_strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """A picture in strips, each with its first row: what is made of one takes little memory next to it."""
    width, height = image.size
    rows = max(1, _ROWS_BYTES // (4 * width))
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(top + rows, height)))


def _by_rows(image: Image.Image, levels_of: Callable[[_Levels], _Levels]) -> Image.Image:
    """Mode "RGB", of grey levels from 0 to 255 that are worked out strip by strip."""
    grey = np.empty(image.size[::-1], dtype=np.uint8)
    for top, strip in iterate_strips(image):
        levels = np.asarray(strip, dtype=np.float32)
        grey[top : top + len(levels)] = np.rint(levels_of(levels)).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _finite_range(image: Image.Image) -> tuple[float, float]:
    low, high = np.inf, -np.inf
    for _, strip in iterate_strips(image):
        levels = np.asarray(strip, dtype=np.float32)
        known = levels[np.isfinite(levels)]
        if known.size:
            low, high = min(low, float(known.min())), max(high, float(known.max()))
    if low > high:
        raise ContentUnreadable("the image holds no finite value; send one that does")
    return low, high


def _stretched(levels: _Levels, low: float, high: float) -> _Levels:
    finite = np.nan_to_num(levels, nan=low, posinf=high, neginf=low)
    stretched: _Levels = (finite - low) / ((high - low) or 1.0)
    return stretched


def is_decoding_lossless(image: ImageFile.ImageFile, structure: Structure, content: bytes) -> bool:
    """Whether the decoder will give all that a file has of the picture that is to be decoded next.

    Pillow has no colours of more than 8 bits: it drops the rest, and channels that it has no name for.

    Args:
        image: not decoded yet.
        structure: of the file.
        content: the file.
    """
    match image.format:
        case "JPEG2000":
            return structure.bits <= (16 if is_deep_grey(image) else 8)
        case "AVIF":
            return not any(flags[1][0] & 0x40 for flags in _AVIF_FLAGS.finditer(content))
        case "HEIF":
            return int(image.info.get("bit_depth", 8)) <= 8
        case "PPM":
            numbers = [each for tile in image.tile for each in tile[3] or () if isinstance(each, int)]
            return max(numbers, default=0) <= 255 or image.mode in ("I", "F") or is_deep_grey(image)
    raw_modes = [str(tile[3] if isinstance(tile[3], str) else (tile[3] or "?")[0]) for tile in image.tile]
    if any(";16" in raw for raw in raw_modes) and not is_deep_grey(image):
        return False
    return image.format != "TIFF" or not any("X" in raw or raw.startswith("RGBa") for raw in raw_modes)


def _needed_bytes(
    image: ImageFile.ImageFile, whole_pixels: int, structure: Structure, limits: ImageLimits
) -> int:
    """What decoding a picture and what is made of it will hold at most, without the file itself.

    Args:
        image: not decoded yet.
        whole_pixels: of the picture, where a JPEG is decoded at a part of its size.
        structure: of the file.
        limits: pages beyond them are not decoded.
    """
    pixels = image.width * image.height
    own = 2 if image.mode.startswith("I;16") else _PIXEL_BYTES.get(image.mode, 4)
    if structure.frames > 1:
        own, pixels = 4, max(pixels, min(structure.page_pixels, limits.max_pixels))
    match image.format:
        case "JPEG" | "MPO":
            coefficients = 2 * len(image.getbands()) * whole_pixels if structure.is_buffered else 0
            held = pixels * own + coefficients
        case "WEBP":
            held = pixels * _WEBP_BYTES
        case "AVIF":
            held = pixels * _AVIF_BYTES
        case "HEIF":
            held = pixels * _HEIF_BYTES
        case "PNG" | "GIF":
            held = pixels * (2 * own if structure.frames <= 1 else _FRAMES_BYTES)
        case _:
            held = pixels * own + structure.block_bytes
    return max(held, pixels * max(2 * own, own + 5))


def _load_whole(image: ImageFile.ImageFile, content: bytes, structure: Structure) -> None:
    """Decodes a picture.

    Raises:
        TruncatedFile: pixels are missing.
    """
    if image.format in ("PNG", "GIF") and image.tile:
        _load_whole_rows(image, content)
        return
    image.load()
    if image.format in _JPEG and not structure.is_buffered:
        _refuse_filled_up(image, content[: structure.end])


def _load_whole_rows(image: ImageFile.ImageFile, content: bytes) -> None:
    """Decodes a PNG or GIF.

    Their decoders take a stream that ends early for a whole one, and leave the rest of the picture as it
    was. So it is painted before, and where the last rows look painted, decoded once more on another ground.
    """
    arguments = image.tile[0][3] or ("",)
    is_interlaced = arguments[1] if image.format == "GIF" else image.info.get("interlace")
    box = image.tile[0][1] or (0, 0, *image.size)
    colour = _load_on_ground(image, _GROUNDS[0])
    rows = _last_rows(image, box)
    if is_interlaced or Image.new(image.mode, (box[2] - box[0], 1), colour).tobytes() in rows:
        with closing(_identified(content)) as again:
            _load_on_ground(again, _GROUNDS[1])
            if _last_rows(again, box) != rows:
                raise TruncatedFile("its pixels end before the picture does")


def _last_rows(image: Image.Image, box: tuple[int, int, int, int]) -> list[bytes]:
    """The last two rows of a box: an interlaced picture ends in one or the other."""
    left, top, right, bottom = box
    return [image.crop((left, row, right, row + 1)).tobytes() for row in range(max(top, bottom - 2), bottom)]


def _refuse_filled_up(image: ImageFile.ImageFile, scan: bytes) -> None:
    """Refuses a JPEG with its end mark and without its last pixels.

    libjpeg fills them up where it meets the mark. So where the last pixel looks like that, the file is
    decoded twice more with other bytes in the place of the mark: a whole picture needs none of them.
    Otherwise they show, or the decoder waits for more and leaves the picture as it was painted.

    Args:
        image: decoded.
        scan: the file up to its end mark.
    """
    last = image.getpixel((image.width - 1, image.height - 1))
    if not _FILLED.issuperset(last if isinstance(last, tuple) else (last,)):
        return
    corners = []
    for ground, padding in zip(_GROUNDS, _PADDING, strict=True):
        with closing(_identified(scan + padding)) as again:
            again.draft(None, image.size)
            with suppress(OSError):
                _load_on_ground(again, ground)
            corners.append(again.im.getpixel((again.width - 1, again.height - 1)))
    if corners[0] != corners[1]:
        raise TruncatedFile("its pixels end before the picture does")


def _load_on_ground(image: ImageFile.ImageFile, ground: int) -> int | tuple[int, ...]:
    """Decodes a picture on a ground of one colour, in the box that it fills.

    Args:
        image: not decoded yet.
        ground: level of all its channels.

    Returns:
        The colour.
    """
    box, prepare = image.tile[0][1] or (0, 0, *image.size), image.load_prepare
    colours: list[int | tuple[int, ...]] = []

    def prepare_on_ground() -> None:
        prepare()
        bands = Image.getmodebands(image.im.mode)
        # One bit has two levels.
        level = 255 * (ground > 127) if image.im.mode == "1" else ground
        colours.append(level if bands == 1 else (level,) * bands)
        image.im.paste(colours[0], box)

    setattr(image, "load_prepare", prepare_on_ground)  # noqa: B010 - mypy takes no method for a name
    try:
        image.load()
    finally:
        # It knows the image that knows it: the pixels would stay until such pairs are looked for.
        delattr(image, "load_prepare")
    return colours[0]


def _identified(content: bytes) -> ImageFile.ImageFile:
    _register_heif()
    Image.init()
    return Image.open(BytesIO(content), formats=[name for name in _FORMATS if name in Image.OPEN])


@cache
def _register_heif() -> None:
    with suppress(ImportError):
        import pillow_heif  # noqa: PLC0415 - an extra

        # What else is in such a file is not asked for, a thumbnail in the place of the picture least of all.
        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _unidentified(content: bytes) -> str:
    """Why no decoder takes a file; says what to install where one could."""
    brand = content[8:12] if content[4:8] == b"ftyp" else b""
    if brand in AVIF_BRANDS and "AVIF" not in Image.OPEN:
        return "the image is AVIF, which needs Pillow 11.3 or newer; update Pillow, or send another format"
    if brand in HEIC_BRANDS and "HEIF" not in Image.OPEN:
        return (
            "the image is HEIC, which needs the extra heic; install it where images are decoded "
            "(pip install 'vicinal[heic]'), or send another format"
        )
    return f"the image cannot be read (not one of {', '.join(_FORMATS)}); send a whole image file"
