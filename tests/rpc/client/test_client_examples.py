"""Examples through both clients and the real service."""

import asyncio

import numpy as np
import pytest

from tests.support.clouds import picture, two_clouds
from vicinal.client import (
    AsyncClient,
    Example,
    ExamplesAdded,
    FailedPreconditionError,
    InvalidArgumentError,
    NewExample,
    NotFoundError,
)


@pytest.fixture
def filled(client, pool_id) -> str:
    client.create_pool(pool_id, dimension=8, classes=["even", "odd"])
    client.add_vectors(pool_id, [f"i{n}" for n in range(60)], two_clouds())
    return pool_id


def example(row: int, label: str, example_id: str = "") -> NewExample:
    return NewExample(example_id or f"ex-{row:03d}", two_clouds()[row], label)


def test_they_vote_and_are_named(client, filled):
    done = client.add_examples(filled, [example(0, "even"), example(1, "odd")], annotator="ana")
    assert done == ExamplesAdded(added=2, relabelled=0, existing=0, errors=[])
    prediction = client.classify(filled, two_clouds()[2:3], with_neighbours=True).predictions[0]
    assert prediction.label == "even"
    assert (prediction.neighbours[0].item_id, prediction.neighbours[0].example_id) == ("", "ex-000")
    assert client.get_item(filled, "i3").voters[0].example_id == "ex-001"
    assert client.get_pool(filled).examples == 2
    first, second = client.list_examples(filled)
    assert first == Example("ex-000", "even", "ana", first.created_at)
    assert first.created_at.year > 2000
    assert second.label == "odd"
    assert client.remove_examples(filled, ["ex-000", "ex-001"]) == 2
    assert list(client.list_examples(filled)) == []
    with pytest.raises(FailedPreconditionError, match="no labels"):
        client.classify(filled, two_clouds()[2:3])


def test_errors_are_found_at_their_place_among_all(client, filled):
    """Also beyond the first request: 256 go into one."""
    many = [example(row % 60, ["even", "odd"][row % 2], f"ex-{row:03d}") for row in range(300)]
    many[280] = example(2, "neither", "wrong")
    done = client.add_examples(filled, iter(many))
    assert (done.added, [(error.index, error.example_id) for error in done.errors]) == (299, [(280, "wrong")])
    again = client.add_examples(filled, [example(0, "odd"), example(1, "odd")])
    assert (again.added, again.existing) == (0, 1)
    assert [error.reason for error in again.errors] == ["EXAMPLE_EXISTS"]
    assert client.add_examples(filled, [example(0, "odd")], relabel=True).relabelled == 1
    assert len(list(client.list_examples(filled))) == 299


def test_pictures_and_foreign_vectors(client, pool_id):
    client.create_pool(pool_id, featurizer="image-statistics")
    given = [NewExample("dark", picture(10), "dark"), NewExample("broken", b"no picture", "dark")]
    done = client.add_examples(pool_id, given)
    assert (done.added, [error.reason for error in done.errors]) == (1, ["CONTENT_UNREADABLE"])
    embedded = client.embed("image-statistics", [picture(200)])
    bright = NewExample("bright", embedded.vectors[0], "bright")
    with pytest.raises(FailedPreconditionError, match="fingerprint_digest"):
        client.add_examples(pool_id, [bright])
    digest = embedded.fingerprint.digest
    assert client.add_examples(pool_id, [bright], fingerprint_digest=digest).added == 1
    # The pool has no item yet: examples alone tell.
    guesses = client.classify(pool_id, [picture(15), picture(190)]).predictions
    assert [guess.label for guess in guesses] == ["dark", "bright"]


def test_wrong_arguments(client, filled):
    with pytest.raises(InvalidArgumentError, match="list of ids"):
        client.remove_examples(filled, "ex-000")
    with pytest.raises(InvalidArgumentError, match=r"examples\[0\].content"):
        client.add_examples(filled, [NewExample("x", 7, "even")])
    with pytest.raises(NotFoundError, match="'nobody'"):
        client.remove_examples(filled, ["nobody"])
    with pytest.raises(NotFoundError, match="absent"):
        list(client.list_examples("absent"))


def test_the_asyncio_client_does_the_same(server, filled):
    async def go() -> tuple[int, list[str], int]:
        async with AsyncClient(server.target) as client:
            done = await client.add_examples(filled, [example(0, "even")])
            listed = [each.example_id async for each in client.list_examples(filled)]
            return done.added, listed, await client.remove_examples(filled, ["ex-000"])

    assert asyncio.run(go()) == (1, ["ex-000"], 1)


def test_a_pool_that_grows_keeps_its_examples_votes(client, filled):
    client.add_examples(filled, [example(0, "even"), example(1, "odd")])
    client.add_vectors(filled, [f"new{n}" for n in range(60)], two_clouds() + 0.01)
    labels = [each.label for each in client.classify_items(filled, ["new4", "new5"]).predictions]
    assert labels == ["even", "odd"]
    assert np.isclose(sum(client.get_item(filled, "new4").probabilities.values()), 1)
