"""Results of several requests, joined into one."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from vicinal.client.errors import wrong_argument
from vicinal.client.resources import ItemError
from vicinal.client.results import Added, Classified, Embeddings


def added(parts: Iterable[Added], unsent: Sequence[ItemError]) -> Added:
    """The outcome of adding items.

    Args:
        parts: of the requests, with indexes that count through all items.
        unsent: errors found before sending.
    """
    whole = list(parts)
    return Added(
        added=sum(part.added for part in whole),
        existing=sum(part.existing for part in whole),
        errors=sorted(chain(unsent, *(part.errors for part in whole)), key=lambda error: error.index),
        error_count=len(unsent) + sum(part.error_count for part in whole),
        copies=sum(part.copies for part in whole),
    )


def imported(answer: Added, unsent: Sequence[ItemError]) -> Added:
    """The outcome of an import whose answer counts only the items that were sent."""
    skipped = [error.index for error in unsent]
    errors = [replace(error, index=_place_among_all(error.index, skipped)) for error in answer.errors]
    return added([replace(answer, errors=errors)], unsent)


def _place_among_all(place: int, skipped: Sequence[int]) -> int:
    """Place of the `place`-th item that was sent, among all items.

    >>> [_place_among_all(sent, skipped=[1, 2, 4]) for sent in range(3)]
    [0, 3, 5]
    """
    for index in sorted(skipped):
        if index <= place:
            place += 1
    return place


def classified(parts: Iterable[Classified]) -> Classified:
    """Predictions and errors, one part after the other."""
    whole = list(parts)
    return Classified(
        list(chain.from_iterable(part.predictions for part in whole)),
        list(chain.from_iterable(part.errors for part in whole)),
    )


def embeddings(parts: Sequence[Embeddings]) -> Embeddings:
    """Vectors and errors, one part after the other.

    Raises:
        InvalidArgumentError: there is no part, so that not even the dimension is known.
    """
    if not parts:
        raise wrong_argument("contents", "must hold at least one content")
    return Embeddings(
        np.concatenate([part.vectors for part in parts]),
        parts[0].fingerprint,
        list(chain.from_iterable(part.errors for part in parts)),
    )
