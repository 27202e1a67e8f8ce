"""The pictures of the demo with the answers that stand in for annotators, turned into vectors once."""

import io
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from vicinal.cli.failures import Failure, extra_needed, reading
from vicinal.cli.inputs import LeftOut, Reason, Unreadable, chunks
from vicinal.cli.output import progress, reason_of, say_left_out
from vicinal.client import Client, FailedPreconditionError, Fingerprint, ItemError
from vicinal.data.folders.images import read_image_folder
from vicinal.data.tables.values import one_line

STEM_COLUMN = "original_stem"
SHARED_PICTURES = Path("../shared/data/fruits")
SHARED_MODEL = Path("../shared/models/mobilenet_v2_100_224_feature_vector")
DIGIT_PIXELS = 64


@dataclass(frozen=True)
class DemoPicture:
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
    """Pictures under one name.

    Attributes:
        left_out: what else was there, counted.
        notes: what was found of classes and tables, a sentence each.
    """

    name: str
    pictures: list[DemoPicture]
    left_out: LeftOut = field(default_factory=LeftOut)
    notes: Sequence[str] = ()

    @property
    def classes(self) -> list[str]:
        """The answers there are, sorted."""
        return sorted({picture.answer for picture in self.pictures})


def choose_dataset(folder: Path | None, class_from: str = "") -> Dataset:
    """The pictures of the folder; without one, those of the shared data if there, else digits."""
    if folder is not None:
        return folder_of_classes(folder, class_from)
    if SHARED_PICTURES.is_dir() and SHARED_MODEL.is_dir():
        return folder_of_classes(SHARED_PICTURES)
    return digits()


def folder_of_classes(folder: Path, class_from: str = "") -> Dataset:
    """The pictures of a folder that has one folder for each class, or tables that name classes.

    A table in it with the columns file and original_stem, such as a `manifest.csv`, tells which pictures were
    made from one photo (the same stem in the same class); a picture that it does not name is its own photo.

    Args:
        folder: of the pictures.
        class_from: which folders are classes, as in `choose_classes`.

    Raises:
        Failure: there is no such folder, there are not two classes in it, or it is not clear which.
    """
    if not folder.is_dir():
        raise Failure(f"there is no folder {str(folder)!r}")
    with reading():
        read = read_image_folder(folder, class_from)
        read.check_classes()
    pictures = [
        DemoPicture(
            image.item_id,
            image.label,
            f"{image.label}/{image.columns.get(STEM_COLUMN) or image.item_id}",
            image.path.read_bytes,
        )
        for image in read.images
        if image.label
    ]
    for image in read.images:
        if not image.label:
            read.left_out.pass_over(Reason.UNLABELLED, one_line(image.item_id))
    notes = [*read.notes, *read.left_out.notes]
    dataset = Dataset(folder.resolve().name, pictures, read.left_out, notes)
    if len(dataset.classes) < 2:
        found = f"; {read.notes[0]}" if read.notes else ""
        raise Failure(
            f"{folder}: give a folder with one folder of pictures for each class, at least two{found}"
        )
    return dataset


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
        DemoPicture(f"{answer}/{number:04d}.png", str(answer), str(number), partial(_png, pixels))
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


# Best first; the last one needs no weights and can always be had.
FEATURIZERS = ("mobilenet-v2", "image-statistics")
CHUNK = 64


@dataclass(frozen=True, eq=False)
class EmbeddedPictures:
    """Pictures and their vectors.

    Attributes:
        pictures: those that could be read.
        vectors: (n, dimension) float32, row i of `pictures[i]`.
        fingerprint: what they were made with.
        seconds: that it took, the loading of the model apart.
        left_out: those that could not be read.
    """

    pictures: list[DemoPicture]
    vectors: NDArray[np.float32]
    fingerprint: Fingerprint
    seconds: float
    left_out: list[Unreadable] = field(default_factory=list)


def best_featurizer(client: Client, console: Console) -> str:
    """The first featurizer that can be had here; says why it is not a better one.

    Raises:
        Failure: not even the last one.
    """
    for name in FEATURIZERS:
        try:
            load_featurizer(client, name)
        except FailedPreconditionError as error:
            console.print(f"{name} cannot be had: {error}", markup=False, soft_wrap=True)
        else:
            return name
    raise Failure(f"none of the featurizers can be had: {', '.join(FEATURIZERS)}")


def load_featurizer(client: Client, name: str) -> None:
    """Lets the server load the model, by a content that is no image.

    Raises:
        NotFoundError: no such featurizer.
        FailedPreconditionError: it cannot be had; the message says what to do.
    """
    client.embed(name, [b""])


def embed_pictures(client: Client, featurizer: str, pictures: Sequence[DemoPicture]) -> EmbeddedPictures:
    """Embeds the pictures under a progress bar; those that cannot be read are named and left out.

    Raises:
        Failure: none of the pictures can be read.
    """
    kept: list[DemoPicture] = []
    rows: list[NDArray[np.float32]] = []
    left_out: list[Unreadable] = []
    fingerprint: Fingerprint | None = None
    started = time.perf_counter()
    with progress() as bar:
        task = bar.add_task(f"embedding with {featurizer}", total=len(pictures))
        for chunk in chunks(pictures, CHUNK):
            contents = list(_readable(chunk, left_out))
            if contents:
                answer = client.embed(featurizer, [content for _, content in contents])
                good = _without_failures([picture for picture, _ in contents], answer.errors, left_out)
                kept += good.values()
                rows.append(answer.vectors[list(good)])
                fingerprint = answer.fingerprint
            bar.update(task, advance=len(chunk))
    say_left_out(left_out)
    if not kept or fingerprint is None:
        raise Failure("none of the pictures can be read")
    seconds = time.perf_counter() - started
    return EmbeddedPictures(kept, np.concatenate(rows), fingerprint, seconds, left_out)


def _readable(
    pictures: Sequence[DemoPicture], left_out: list[Unreadable]
) -> Iterator[tuple[DemoPicture, bytes]]:
    for picture in pictures:
        try:
            yield picture, picture.read()
        except OSError as error:
            left_out.append(Unreadable(picture.name, error.strerror or str(error)))


def _without_failures(
    pictures: Sequence[DemoPicture], errors: Sequence[ItemError], left_out: list[Unreadable]
) -> dict[int, DemoPicture]:
    """The pictures that were embedded, by their place among all of them."""
    good = dict(enumerate(pictures))
    for error in errors:
        name = good.pop(error.index).name
        left_out.append(Unreadable(name, error.message, reason=reason_of(error.reason)))
    return good
