import numpy as np
import pytest
from PIL import ImageOps

pytest.importorskip("cv2")

from tests.support.scenes import noisy, picture, scene
from vicinal.duplicates.images.features import LocalFeatures, learn_vocabulary, nearest_centres
from vicinal.duplicates.images.picture import Picture
from vicinal.duplicates.images.retrieval import GrowingIndex, candidate_pairs


def indexed(descriptors, seed=0):
    return GrowingIndex(seed).grown(descriptors, lambda positions: [descriptors[each] for each in positions])


def candidates(pictures, seed=0, eligible=None):
    done = []
    index = indexed([each.features.descriptors for each in pictures], seed)
    chosen = np.ones(len(pictures), dtype=bool) if eligible is None else eligible
    pairs = candidate_pairs(index, enumerate(pictures), chosen, done.append)
    assert done == list(range(1, len(pictures) + 1))
    return pairs


@pytest.fixture(scope="module")
def pictures():
    """12 scenes, each followed by a turned, a mirrored and a noisy copy."""
    return [
        picture(image)
        for seed in range(12)
        for image in (
            scene(seed),
            scene(seed).rotate(-40),
            ImageOps.mirror(scene(seed)),
            noisy(scene(seed), 15),
        )
    ]


@pytest.mark.slow
def test_every_duplicate_is_a_candidate_and_few_others_are(pictures):
    pairs = candidates(pictures)
    true = {(a, b) for b in range(48) for a in range(b) if a // 4 == b // 4}
    assert true <= set(pairs)
    assert len(pairs) == len(set(pairs))
    assert all(low < high for low, high in pairs)
    assert true == set(pairs[: len(true)])


def test_the_same_seed_gives_the_same_pairs(pictures):
    assert candidates(pictures[:12], seed=3) == candidates(pictures[:12], seed=3)


def test_pictures_without_features_are_passed_over(pictures):
    nothing = LocalFeatures(*(values[:0] for values in vars(pictures[0].features).values()))
    none = Picture(nothing, pictures[0].thumbnail, 256, 192, 1.0)
    assert candidates([none, pictures[0], none, pictures[1]]) == [(1, 3)]
    assert candidates([none, none]) == []
    assert candidates([]) == []


@pytest.mark.slow
def test_only_eligible_pictures_are_named(pictures):
    pairs = candidates(pictures[:12], eligible=np.arange(12) % 4 != 1)
    assert (0, 1) in pairs, "it looks for others itself"
    assert not any(first in (1, 5, 9) and second in (1, 5, 9) for first, second in pairs)
    assert candidates(pictures[:12], eligible=np.zeros(12, dtype=bool)) == []


def test_a_look_up_finds_the_picture_itself_first(pictures):
    index = indexed([each.features.descriptors for each in pictures])
    for position in (0, 17, 47):
        others, votes = index.like(pictures[position].features.descriptors)
        assert others[np.argmax(votes)] == position
        assert np.all(np.diff(others) > 0)


@pytest.mark.slow
def test_a_look_up_costs_the_same_in_a_larger_pool():
    """Places met by one look-up, in pools of 2,000 and 32,000 spots that look like nothing else."""
    random = np.random.default_rng(0)
    met = []
    for pool in (10, 160):
        spots = random.integers(0, 256, (pool, 200, 128), dtype=np.uint8)
        index = indexed(list(spots)).newest
        words, _ = index.vocabulary.look_up(random.integers(0, 256, (500, 128), dtype=np.uint8), 1)
        met.append(index.postings.counts(words[:, 0].astype(np.uint64)).mean())
    assert met[1] < 3 * met[0]


def test_words_are_the_nearest_of_their_branch():
    random = np.random.default_rng(1)
    sample = random.integers(0, 256, (4000, 128), dtype=np.uint8)
    vocabulary = learn_vocabulary(sample, len(sample), seed=0)
    words, signatures = vocabulary.look_up(sample[:50], 2)
    branches = len(vocabulary.branches)
    for row, descriptor in enumerate(sample[:50].astype(np.float64)):
        branch = np.linalg.norm(vocabulary.branches - descriptor, axis=1).argmin()
        order = np.linalg.norm(vocabulary.leaves[branch] - descriptor, axis=1).argsort()
        assert words[row].tolist() == (branch * branches + order[:2]).tolist()
    assert signatures.shape == (50, 2)
    assert words.max() < vocabulary.size


def test_the_signature_of_a_noisy_descriptor_differs_in_few_bits():
    random = np.random.default_rng(2)
    sample = random.integers(20, 236, (2000, 128), dtype=np.uint8)
    noise = random.integers(-10, 11, sample.shape)
    vocabulary = learn_vocabulary(sample, len(sample), seed=0)
    words, signatures = vocabulary.look_up(sample, 1)
    moved_words, moved = vocabulary.look_up((sample + noise).astype(np.uint8), 1)
    same = words == moved_words
    bits = np.bitwise_count(signatures ^ moved)[same]
    assert same.mean() > 0.8
    assert bits.mean() < 8
    others = np.bitwise_count(signatures ^ np.roll(signatures, 1, axis=0))
    assert others.mean() > 24


def test_the_nearest_centre_of_equal_ones_is_the_first():
    centres = np.array([[0.0, 0], [1, 0], [0, 0]], dtype=np.float32)
    assert nearest_centres(np.array([[0.1, 0], [0.9, 0]], dtype=np.float32), centres).tolist() == [0, 1]
