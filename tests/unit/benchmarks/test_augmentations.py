import numpy as np
import pytest

pytest.importorskip("cv2")

from benchmarks.augmentations import recalls, true_pairs
from benchmarks.dedupe_data import KnownDuplicates


def test_pairs_of_families_but_for_those_put_aside(tmp_path):
    families = {"a1": "a", "a2": "a", "b1": "b", "b2": "b", "v1": "v", "v2": "v"}
    known = KnownDuplicates(tmp_path, families, aside=frozenset({"v1", "v2"}))
    assert true_pairs(known) == {("a1", "a2"), ("b1", "b2")}


def test_a_pair_meets_by_a_view_that_one_of_them_has(monkeypatch):
    monkeypatch.setattr("benchmarks.augmentations.COUNTS", (1, 3))
    plain = np.eye(4, dtype=np.float32) + np.float32(0.1) * np.eye(4, k=1, dtype=np.float32)
    ids, true = list("abcd"), {("a", "d"), ("a", "b")}
    assert recalls(ids, plain[:, None], true) == {"recall_at_1": 0.5, "recall_at_3": 1.0}
    augmentations = np.stack([plain, plain[[3, 1, 2, 3]]], axis=1)
    assert recalls(ids, augmentations, true) == {"recall_at_1": 1.0, "recall_at_3": 1.0}
