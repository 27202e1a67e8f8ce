import numpy as np
import pytest

from vicinal.core.errors import InvalidInput
from vicinal.evaluation.labelled import classes_with_one_group, labelled_vectors

GOOD = {
    "ids": ["a", "b"],
    "classes": ["x", "y"],
    "groups": ["1", "2"],
    "vectors": np.eye(2, dtype=np.float32),
}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"groups": ["1"]}, "2 ids, 2 classes, 1 groups, 2 vectors"),
        ({"ids": ["a", "a"]}, "ids: 1 item .'a'. more than once"),
        ({"classes": ["x", ""]}, "classes: 1 item .'b'. without a label"),
        ({"classes": ["x", "x"]}, "only the class 'x'"),
        ({"vectors": np.array([[1, np.nan], [1, 0]])}, "that of 'a'.* NaN"),
        ({"vectors": np.array([[1, np.inf], [0, 0]])}, "'a' .and 1 more."),
        ({"vectors": np.array([[1, 0], [0, 0]])}, "'b'.* zeros"),
        ({"vectors": np.ones(2)}, "shape"),
        ({"ids": [], "classes": [], "groups": [], "vectors": np.ones((0, 2))}, "no labelled item"),
    ],
)
def test_what_cannot_be_simulated_is_refused(change, complaint):
    assert labelled_vectors("good", **GOOD).ids == ["a", "b"]
    with pytest.raises(InvalidInput, match=complaint):
        labelled_vectors("bad", **(GOOD | change))


def test_a_group_belongs_to_the_class_of_its_first_row():
    assert classes_with_one_group(["a", "b", "b", "a"], ["1", "1", "2", "3"]) == ["b"]
    assert classes_with_one_group(["a", "a", "b", "b"], ["1", "2", "3", "4"]) == []
