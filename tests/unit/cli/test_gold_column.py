"""The column of true labels is for checking annotators, who see the metadata of items."""

import pytest

from vicinal.cli.add import _prepared
from vicinal.cli.failures import Failure
from vicinal.client import NewItem


def test_the_true_label_is_in_no_metadata():
    item = NewItem("a", "text", {"class": "cat", "source": "web"})
    made = _prepared(item, holdout=False, gold_column="class")
    assert (made.gold_label, dict(made.metadata)) == ("cat", {"source": "web"})


def test_without_gold_the_metadata_stay():
    item = NewItem("a", "text", {"class": "cat"})
    assert _prepared(item, holdout=True, gold_column="").metadata == {"class": "cat"}


def test_a_true_label_that_is_missing_is_told_of():
    with pytest.raises(Failure, match="no true label in column 'class'"):
        _prepared(NewItem("a", "text", {}), holdout=False, gold_column="class")
