import numpy as np
import pytest

pytest.importorskip("cv2")

from vicinal.duplicates.images.retrieval import GrowingIndex

PICTURES, SPOTS = 90, 40


def made():
    """Spots that look like nothing else; every tenth picture has none."""
    random = np.random.default_rng(0)
    return [
        random.integers(0, 256, (0 if each % 10 == 0 else SPOTS, 128), dtype=np.uint8)
        for each in range(PICTURES)
    ]


def read_from(pictures, read=None):
    def earlier(positions):
        if read is not None:
            read.extend(positions)
        return [pictures[each] for each in positions]

    return earlier


def grown(pictures, step, read=None):
    index = GrowingIndex(0)
    for start in range(0, len(pictures), step):
        index = index.grown(pictures[start : start + step], read_from(pictures[:start], read))
        yield index


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 7, 60, PICTURES])
def test_every_picture_is_found_however_they_came(step):
    pictures = made()
    for index in grown(pictures, step):
        for position in range(len(index)) if len(index) % 9 == 0 or step > 9 else [len(index) // 3]:
            others, votes = index.like(pictures[position])
            assert np.all(np.diff(others) > 0)
            if len(pictures[position]):
                assert others[np.argmax(votes)] == position
            else:
                assert not len(others)
    assert len(index) == PICTURES


@pytest.mark.slow
def test_words_are_learnt_as_the_pool_doubles_and_all_pictures_move_to_them():
    learnt = {index.learnt_on for index in grown(made(), 1)}
    assert len(learnt - {0}) == 7
    *_, last = grown(made(), 1)
    assert last.before is None or last.moved < last.until
    assert last.newest.vocabulary.size >= 16


@pytest.mark.slow
def test_a_picture_costs_the_same_however_many_there_are():
    """Pictures that are read again, by the number that came: for words, and to be moved to them."""
    read = []
    for _ in grown(made(), 1, read):
        pass
    assert len(read) < 6 * PICTURES


def test_an_index_that_grew_can_be_read_on():
    pictures = made()
    index = next(grown(pictures[:50], 50))
    before = index.like(pictures[7])
    for start in range(50, PICTURES, 10):
        index.grown(pictures[start : start + 10], read_from(pictures))
    np.testing.assert_array_equal(index.like(pictures[7]), before)


def test_nothing_to_look_among():
    empty = GrowingIndex(0)
    none = np.empty((0, 128), dtype=np.uint8)
    assert not len(empty.like(made()[1])[0])
    assert not len(empty.grown([none, none], read_from([])).like(made()[1])[0])
