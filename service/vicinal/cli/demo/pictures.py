"""The pictures of the demo, with the answers that stand in for annotators."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from vicinal.cli.failures import Failure, extra_needed
from vicinal.cli.inputs.images import find_images
from vicinal.cli.inputs.rows import read_rows

MANIFEST = "manifest.csv"
SHARED_PICTURES = Path("../shared/data/fruits")
SHARED_MODEL = Path("../shared/models/mobilenet_v2_100_224_feature_vector")
DIGIT_PIXELS = 64


@dataclass(frozen=True)
class Picture:
    """A picture whose class is known.

    Attributes:
        name: path within the data, for messages.
        answer: its class.
        group: pictures made from one photo share it.
        read: gives the file's bytes.
    """

    name: str
    answer: str
    group: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Dataset:
    """Pictures under one name."""

    name: str
    pictures: list[Picture]

    @property
    def classes(self) -> list[str]:
        """The answers there are, sorted."""
        return sorted({picture.answer for picture in self.pictures})


def choose_dataset(folder: Path | None) -> Dataset:
    """The pictures of the folder; without one, those of the shared data if there, else digits."""
    if folder is not None:
        return folder_of_classes(folder)
    if SHARED_PICTURES.is_dir() and SHARED_MODEL.is_dir():
        return folder_of_classes(SHARED_PICTURES)
    return digits()


def folder_of_classes(folder: Path) -> Dataset:
    """The pictures of a folder that has one folder for each class.

    A `manifest.csv` in it with the columns file and original_stem tells which pictures were made from
    one photo (the same stem in the same class); a picture that it does not name is its own photo.

    Raises:
        Failure: there is no such folder, or there are not two classes in it.
    """
    if not folder.is_dir():
        raise Failure(f"there is no folder {str(folder)!r}")
    stems = _stems(folder / MANIFEST)
    pictures = []
    for path in find_images(folder):
        relative = path.relative_to(folder)
        if len(relative.parts) < 2:
            continue
        name, answer = relative.as_posix(), relative.parts[0]
        pictures.append(Picture(name, answer, f"{answer}/{stems.get(name, name)}", path.read_bytes))
    dataset = Dataset(folder.resolve().name, pictures)
    if len(dataset.classes) < 2:
        raise Failure(f"{folder}: give a folder with one folder of pictures for each class, at least two")
    return dataset


def _stems(manifest: Path) -> Mapping[str, str]:
    """Name of the original photo by file, as far as the manifest tells."""
    if not manifest.is_file():
        return {}
    rows = (row for _, row in read_rows(manifest))
    return {row["file"]: row["original_stem"] for row in rows if row.get("file") and row.get("original_stem")}


def digits() -> Dataset:
    """Scikit-learn's 1,797 handwritten digits, enlarged to pictures.

    Raises:
        Failure: scikit-learn is not installed.
    """
    with extra_needed("evaluation"):
        from sklearn.datasets import load_digits  # noqa: PLC0415 - only needed without pictures of one's own
    held = load_digits()
    rows = zip(held.images, held.target, strict=True)
    pictures = [
        Picture(f"{answer}/{number:04d}.png", str(answer), str(number), partial(_png, pixels))
        for number, (pixels, answer) in enumerate(rows)
    ]
    return Dataset("digits", pictures)


def _png(pixels: "object") -> bytes:
    """An 8 x 8 digit with values 0 to 16 as a PNG, dark on light."""
    import numpy as np  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    grey = 255 - np.clip(np.asarray(pixels, dtype=float) * 255 / 16, 0, 255)
    picture = Image.fromarray(grey.astype(np.uint8)).resize(
        (DIGIT_PIXELS, DIGIT_PIXELS), Image.Resampling.BICUBIC
    )
    file = io.BytesIO()
    picture.save(file, format="PNG")
    return file.getvalue()
