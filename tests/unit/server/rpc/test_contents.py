"""Contents of requests: read one by one, hashed, embedded in chunks."""

import asyncio
import hashlib

import numpy as np
import pytest

from vicinal.core.errors import ContentUnreadable, FingerprintMismatch, InvalidInput
from vicinal.core.pool_config import PoolConfig
from vicinal.core.records import Embedded
from vicinal.records.pools import Fingerprint, Medium
from vicinal.server.rpc.contents import (
    EMBEDDING_CHUNK,
    AcceptedContents,
    ParsedContents,
    check_fingerprint,
    content_hash,
    embed_contents,
    read_content,
    read_contents,
)
from vicinal.server.runtime.workers import Workers
from vicinal.v1.resources_pb2 import Content

EVERYTHING = AcceptedContents(2, raw=True, max_text_characters=10, max_image_bytes=20)
PRINT = Fingerprint("lengths", "1", "none", 2, Medium.TEXT)


class Lengths:
    """Embeds a text as its length; cannot read blanks."""

    fingerprint = PRINT

    def __init__(self):
        self.chunks = []

    def embed(self, contents):
        self.chunks.append(len(contents))
        vectors = np.array([[len(text), 1] for text in contents], dtype=np.float32)
        failures = {row: ContentUnreadable("blank") for row, text in enumerate(contents) if not text.strip()}
        return Embedded(vectors, failures)


@pytest.fixture
def workers():
    made = Workers()
    yield made
    made.close()


def test_vectors_are_little_endian_float32():
    content = Content(vector=np.array([1.5, -2], dtype="<f4").tobytes())
    value = read_content(content, EVERYTHING)
    assert value.dtype == np.float32
    assert value.tolist() == [1.5, -2]


def test_images_and_texts_come_as_they_are():
    assert read_content(Content(image=b"\xff\xd8"), EVERYTHING) == b"\xff\xd8"
    assert read_content(Content(text="ä"), EVERYTHING) == "ä"
    assert read_content(Content(text=""), EVERYTHING) == ""


@pytest.mark.parametrize(
    ("content", "accepted", "field"),
    [
        (Content(), EVERYTHING, "content"),
        (Content(vector=b"1234567"), EVERYTHING, "content.vector"),
        (Content(vector=b""), EVERYTHING, "content.vector"),
        (
            Content(vector=bytes(8)),
            AcceptedContents(None, raw=True, max_text_characters=10, max_image_bytes=20),
            "content.vector",
        ),
        (Content(text="x" * 11), EVERYTHING, "content.text"),
        (
            Content(image=b"x"),
            AcceptedContents(2, raw=False, max_text_characters=10, max_image_bytes=20),
            "content",
        ),
        (
            Content(text="x"),
            AcceptedContents(2, raw=False, max_text_characters=10, max_image_bytes=20),
            "content",
        ),
    ],
)
def test_wrong_contents_are_refused(content, accepted, field):
    with pytest.raises(InvalidInput) as caught:
        read_content(content, accepted)
    assert caught.value.violations[0].field == field


def test_contents_are_sorted_by_what_they_are():
    given = [Content(text="a"), Content(), Content(vector=bytes(8)), Content(image=b"b")]
    read = read_contents(enumerate(given), EVERYTHING)
    assert read.raw == {0: "a", 3: b"b"}
    assert (list(read.vectors), list(read.failures)) == ([2], [1])


@pytest.mark.parametrize(
    ("content", "raw"),
    [
        (Content(vector=b"1234"), b"1234"),
        (Content(image=b"1234"), b"1234"),
        (Content(text="ä"), "ä".encode()),
        (Content(), b""),
    ],
)
def test_the_hash_is_of_the_raw_content(content, raw):
    assert content_hash(content) == hashlib.sha256(raw).hexdigest()


def test_rows_keep_to_their_index(workers):
    model = Lengths()
    texts = {index: "x" * index for index in range(200) if index % 3}
    texts[150] = " "
    contents = ParsedContents(
        vectors={0: np.array([7, 7], dtype=np.float32)}, raw=texts, failures={3: InvalidInput.at("a", "b")}
    )
    made = asyncio.run(embed_contents(contents, 2, "letters", lambda: model, workers))
    assert made.indexes == sorted(set(texts) - {150} | {0})
    assert made.vectors[0].tolist() == [7, 7]
    assert [row[0] for row in made.vectors[1:]] == made.indexes[1:]
    assert {index: type(error) for index, error in made.failures.items()} == {
        3: InvalidInput,
        150: ContentUnreadable,
    }
    assert max(model.chunks) == EMBEDDING_CHUNK


def test_without_images_or_texts_no_model_is_asked_for(workers):
    def no_model():
        raise AssertionError("asked for a model")

    made = asyncio.run(embed_contents(ParsedContents(), 5, "letters", no_model, workers))
    assert made.vectors.shape == (0, 5)


@pytest.mark.parametrize(
    ("digest", "brings_vectors", "fits"),
    [("", False, True), ("", True, False), (PRINT.digest, True, True), ("0" * 32, False, False)],
)
def test_fingerprints_of_a_pool_with_a_featurizer(digest, brings_vectors, fits):
    config = PoolConfig("a", 2, featurizer="lengths", fingerprint=PRINT)
    if fits:
        check_fingerprint(config, digest, brings_vectors=brings_vectors)
    else:
        with pytest.raises(FingerprintMismatch, match=PRINT.digest):
            check_fingerprint(config, digest, brings_vectors=brings_vectors)


def test_a_pool_of_plain_vectors_has_no_fingerprint():
    check_fingerprint(PoolConfig("a", 2), "", brings_vectors=True)
    with pytest.raises(FingerprintMismatch, match="leave fingerprint_digest unset"):
        check_fingerprint(PoolConfig("a", 2), PRINT.digest, brings_vectors=True)
