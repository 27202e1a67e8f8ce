"""Turns the pictures into vectors, once, through the service."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from vicinal.cli.demo.pictures import Picture
from vicinal.cli.failures import Failure
from vicinal.cli.inputs import chunks
from vicinal.cli.output import complain, progress
from vicinal.client import Client, FailedPreconditionError, Fingerprint

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
    """

    pictures: list[Picture]
    vectors: NDArray[np.float32]
    fingerprint: Fingerprint
    seconds: float


def best_featurizer(client: Client, example: Picture, console: Console) -> str:
    """The first featurizer that can be had here; says which, and why not a better one.

    Raises:
        Failure: not even the last one.
    """
    for name in FEATURIZERS:
        try:
            client.embed(name, [example.read()])
        except FailedPreconditionError as error:
            console.print(f"{name} cannot be had: {error}", markup=False)
        else:
            return name
    raise Failure(f"none of the featurizers can be had: {', '.join(FEATURIZERS)}")


def embed_pictures(client: Client, featurizer: str, pictures: Sequence[Picture]) -> EmbeddedPictures:
    """Embeds the pictures under a progress bar; those that cannot be read are named and left out.

    Raises:
        Failure: none of the pictures can be read.
    """
    client.embed(featurizer, [pictures[0].read()])
    kept: list[Picture] = []
    rows: list[NDArray[np.float32]] = []
    started = time.perf_counter()
    with progress() as bar:
        task = bar.add_task(f"embedding with {featurizer}", total=len(pictures))
        for chunk in chunks(pictures, CHUNK):
            answer = client.embed(featurizer, [picture.read() for picture in chunk])
            failed = {error.index for error in answer.errors}
            for error in answer.errors:
                complain(f"left out {chunk[error.index].name}: {error.message}")
            good = [number for number in range(len(chunk)) if number not in failed]
            kept += [chunk[number] for number in good]
            rows.append(answer.vectors[good])
            bar.update(task, advance=len(chunk))
    if not kept:
        raise Failure("none of the pictures can be read")
    return EmbeddedPictures(kept, np.concatenate(rows), answer.fingerprint, time.perf_counter() - started)
