import threading

import numpy as np
import pytest

from vicinal.core.errors import ContentUnreadable
from vicinal.featurizers.batches import BatchedFeaturizer
from vicinal.records.pools import Fingerprint, Medium

FINGERPRINT = Fingerprint("lengths", "1", "none", 2, Medium.TEXT)


class Model:
    """Gives (length, 1) of each text and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def __call__(self, texts):
        self.batches.append(list(texts))
        return np.array([[len(text), 1] for text in texts], np.float32)


def read(content):
    if content == "bad":
        raise ContentUnreadable("bad")
    return content


def featurizer(model, reader=read, reading_threads=2):
    return BatchedFeaturizer(FINGERPRINT, reader, model, batch_size=3, reading_threads=reading_threads)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6, 7, 10])
def test_rows_come_in_the_order_of_the_contents(count):
    model = Model()
    embedded = featurizer(model).embed(["x" * length for length in range(count)])
    assert embedded.vectors.dtype == np.float32
    assert embedded.vectors.tolist() == [[length, 1] for length in range(count)]
    assert not embedded.failures
    assert max(map(len, model.batches)) <= 3
    assert len(model.batches) == -(-count // 3)


def test_failures_are_zero_rows_and_told_by_row():
    model = Model()
    embedded = featurizer(model).embed(["a", "bad", "ccc", "bad", "bad", "bad", "g"])
    assert embedded.vectors.tolist() == [[1, 1], [0, 0], [3, 1], [0, 0], [0, 0], [0, 0], [1, 1]]
    assert sorted(embedded.failures) == [1, 3, 4, 5]
    assert model.batches == [["a", "ccc"], ["g"]]  # the model never runs on nothing


def test_no_content_gives_no_row():
    assert featurizer(Model()).embed([]).vectors.shape == (0, 2)


def test_the_next_batch_is_read_while_the_model_runs():
    second_batch_read = threading.Event()

    def reader(content):
        if content == "second":
            second_batch_read.set()
        return content

    def model(texts):
        assert second_batch_read.wait(60), "the next batch waited for the model"
        return np.ones((len(texts), 2), np.float32)

    featurizer(model, reader).embed(["first"] * 3 + ["second"])


def test_no_more_than_two_batches_are_held():
    lock = threading.Lock()
    started, finished, most = 0, 0, 0

    def reader(content):
        nonlocal started, most
        with lock:
            started += 1
            most = max(most, started - finished)
        return content

    def model(texts):
        nonlocal finished
        with lock:
            finished += len(texts)
        return np.ones((len(texts), 2), np.float32)

    featurizer(model, reader).embed(["x"] * 30)
    assert most <= 6


def test_what_goes_wrong_in_the_model_is_not_blamed_on_a_content():
    def model(texts):
        raise MemoryError

    with pytest.raises(MemoryError):
        featurizer(model).embed(["a", "b", "c", "d"])
