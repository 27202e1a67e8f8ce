"""Turns the pictures into vectors, once, through the service."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from vicinal.cli.demo.pictures import DemoPicture
from vicinal.cli.failures import Failure
from vicinal.cli.inputs import Unreadable, chunks
from vicinal.cli.left_out import reason_of, say_left_out
from vicinal.cli.output import progress
from vicinal.client import Client, FailedPreconditionError, Fingerprint, ItemError

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
