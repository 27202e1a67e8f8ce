import contextlib
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageFile

from benchmarks.hostile import images as hostile
from vicinal.core.errors import ContentUnreadable
from vicinal.data.images import decoding
from vicinal.data.images.decoding import ImageLimits, apply_orientation, convert_to_8_bits, decode_image

WHOLE = hostile.whole_files()
BOMBS = hostile.bombs()


def decoded(content, limits=decoding.DEFAULT_LIMITS):
    return decode_image(
        content, lambda opened: np.array(convert_to_8_bits(apply_orientation(opened.image))), limits
    )


def encoded(image, kind="PNG", **options):
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def peak_bytes(work):
    """What the process holds at most while it works, beyond what it held before."""
    gc.collect()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = _highest()
    work()
    return _highest() - before


def _highest():
    with open("/proc/self/status") as file:
        return 1024 * int(next(line for line in file if line.startswith("VmHWM")).split()[1])


def can_measure():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return False
    return True


measured = pytest.mark.skipif(not can_measure(), reason="this system does not tell a process's peak memory")


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_read(name):
    assert decoded(WHOLE[name]).shape[:2] == (40, 48)


# Of plain PPM and of a fax the last bytes may be padding; all other places are missed by somebody.
@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_off_anywhere_is_refused(name):
    whole = WHOLE[name]
    for place in sorted(
        {*range(1, len(whole), max(1, len(whole) // 150)), *range(len(whole) - 12, len(whole))}
    ):
        if is_padding(name, whole, place):
            continue
        with pytest.raises(ContentUnreadable, match="cannot be read"):
            decoded(whole[:place])


def is_padding(name, whole, place):
    """A TIFF page ends on a multiple of 16 bytes, and what fills it up is no part of it."""
    return name.startswith("TIFF of three") and not any(whole[place:]) and len(whole) - place < 16


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_jpeg_with_its_end_mark_and_without_its_last_pixels_is_refused(mode, options, share):
    noise = np.random.default_rng(0).integers(0, 256, (200, 304, 3), dtype=np.uint8)
    whole = encoded(Image.fromarray(noise).convert(mode), "JPEG", **options)
    with pytest.raises(ContentUnreadable, match="end before the picture"):
        decoded(whole[: int(share * len(whole))] + b"\xff\xd9")


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("size", [(8, 8), (403, 301), (16, 2000)])
def test_a_grey_jpeg_is_whole(mode, size):
    colour = {"RGB": (128, 128, 128), "L": 128, "CMYK": (127, 127, 127, 127)}[mode]
    for options in ({}, {"progressive": True}, {"subsampling": 0}):
        assert decoded(encoded(Image.new(mode, size, colour), "JPEG", **options)).shape[:2] == size[::-1]


@pytest.mark.parametrize("level", [90, 165, 0, 255])
def test_pictures_of_the_colours_that_missing_pixels_are_looked_for_with(level):
    grey = Image.new("L", (40, 30), level)
    for image in (grey, grey.convert("RGB"), grey.convert("1"), grey.convert("RGBA"), grey.convert("LA")):
        assert decoded(encoded(image)).shape[:2] == (30, 40)
    palette = Image.new("P", (40, 30), level)
    palette.putpalette([each for each in range(256) for _ in range(3)])
    for kind in ("PNG", "GIF"):
        assert (decoded(encoded(palette, kind)) == level).all()


def test_a_png_whose_pixels_end_early_is_refused():
    rows = b"".join(b"\0" + bytes([7] * 30) for _ in range(9))
    with pytest.raises(ContentUnreadable, match="end before the picture"):
        decoded(hostile.png(10, 10, hostile.zlib.compress(rows)))
    assert decoded(hostile.png(10, 9, hostile.zlib.compress(rows))).max() == 7


def test_a_png_with_a_wrong_checksum_is_refused():
    whole = bytearray(WHOLE["PNG of noise"])
    whole[whole.index(b"IDAT") + 40] ^= 1
    with pytest.raises(ContentUnreadable, match="checksum"):
        decoded(bytes(whole))


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_gif_whose_pixels_end_early_is_refused(interlaced):
    flags = 0x40 if interlaced else 0
    whole = hostile.gif(1, 1, 1)
    larger = bytearray(whole)
    larger[6:10] = hostile.struct.pack("<HH", 50, 50)
    place = larger.index(b"\x2c")
    larger[place + 5 : place + 10] = hostile.struct.pack("<HHB", 50, 50, flags)
    with pytest.raises(ContentUnreadable, match=r"end before the picture|truncated"):
        decoded(bytes(larger))
    decoded(whole)


def test_truncated_images_are_never_let_pass():
    decoded(WHOLE["PNG of noise"])
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@pytest.mark.slow
@measured
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_no_more_than_is_allowed(name):
    limits, bomb = ImageLimits(1_000_000), BOMBS[name]()

    def work():
        with contextlib.suppress(ContentUnreadable):
            decoded(bomb, limits)

    work()
    assert peak_bytes(work) < limits.max_bytes


@pytest.mark.slow
@measured
@pytest.mark.parametrize(("width", "height"), [(976, 1024)])
def test_a_picture_as_large_as_allowed_takes_no_more_than_is_allowed(width, height):
    limits = ImageLimits(width * height)
    noise = Image.effect_noise((width, height), 90)
    for mode in ("L", "RGB", "RGBA", "CMYK", "I;16"):
        image = noise.convert("L").convert(mode) if mode == "I;16" else noise.convert(mode)
        for kind in ("PNG", "TIFF", "JPEG", "WEBP", "JPEG2000", "AVIF"):
            try:
                content = encoded(image, kind, **({"speed": 10} if kind == "AVIF" else {}))
            except (OSError, KeyError, ValueError):
                continue  # not every format has every mode and size
            assert peak_bytes(lambda content=content: decoded(content, limits)) < limits.max_bytes + len(
                content
            )


def test_a_side_that_is_too_long_is_refused_undecoded(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("it was decoded"))
    for name in ("png of one column", "png of one row", "tiff of one column", "ppm of one column"):
        with pytest.raises(ContentUnreadable, match="a side of more than 65,535"):
            decoded(BOMBS[name]())


@pytest.mark.slow
def test_many_pictures_at_once_share_the_memory(monkeypatch):
    """No more bytes are taken at the same time than all may hold, however many threads decode."""
    limits = ImageLimits(3_000_000)
    content = encoded(Image.new("RGB", (1500, 1500), "red"))
    held, load = [], ImageFile.ImageFile.load

    def watched(image):
        held.append(decoding.DECODING_MEMORY.held_bytes)
        return load(image)

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", watched)
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda _: decoded(content, limits), range(24)))
    assert 1 < max(held) <= limits.max_bytes
    assert decoding.DECODING_MEMORY.held_bytes == 0


def test_what_fails_gives_its_memory_back():
    def fail(opened):
        raise RuntimeError("something else")

    for _ in range(3):
        with pytest.raises(ContentUnreadable):
            decoded(WHOLE["JPEG of noise"][:400])
        with pytest.raises(ContentUnreadable, match="something else"):
            decode_image(WHOLE["PNG of noise"], fail)
    assert decoding.DECODING_MEMORY.held_bytes == 0
    assert threading.active_count() < 100


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"])
def test_the_format_follows_from_the_bytes(kind):
    def make(opened):
        return opened.image.format, opened.width, opened.height

    assert decode_image(encoded(Image.new("RGB", (9, 7)), kind), make) == (kind, 9, 7)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPEG", "TIFF", "WEBP"])
def test_nothing_of_a_picture_is_kept(kind):
    """Neither by what knows itself, nor by an error that was kept, which remembers where it came from."""
    kept = []

    def make(opened):
        kept.append(weakref.ref(opened.image))
        kept.append(weakref.ref(big := np.zeros(1_000_000)))
        if len(kept) > 2:
            raise RuntimeError(f"{big.size}")

    content = encoded(Image.new("RGB", (90, 70)), kind)
    gc.disable()
    try:
        decode_image(content, make)
        with pytest.raises(ContentUnreadable) as failed:
            decode_image(content, make)
        assert failed.value.__context__ is None
        assert [each() for each in kept] == [None] * 4
    finally:
        gc.enable()


def test_heic_is_read_with_its_extra():
    pillow_heif = pytest.importorskip("pillow_heif", reason="HEIC needs the extra heic")
    pillow_heif.register_heif_opener()
    ramp = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (48, 1))).convert("RGB")
    content = encoded(ramp, "HEIF", quality=95)
    assert abs(decoded(content).astype(int) - np.asarray(ramp)).max() < 12
    for place in (60, len(content) // 2, len(content) - 1):
        with pytest.raises(ContentUnreadable, match="cannot be read"):
            decoded(content[:place])


def test_heic_without_its_extra_names_it(monkeypatch):
    monkeypatch.setattr(decoding, "_register_heif", lambda: None)
    for name in ("HEIF",):
        monkeypatch.delitem(Image.OPEN, name, raising=False)
    with pytest.raises(ContentUnreadable, match=r"pip install 'vicinal\[heic\]'"):
        decoded(b"\0\0\0\x18ftypheic" + bytes(40))


def test_avif_on_an_old_pillow_names_the_version(monkeypatch):
    content = encoded(Image.new("RGB", (9, 7)), "AVIF")
    monkeypatch.delitem(Image.OPEN, "AVIF")
    with pytest.raises(ContentUnreadable, match=r"Pillow 11\.3"):
        decoded(content)
