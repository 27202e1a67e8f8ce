"""The column of true labels is for checking annotators, who see the metadata of items."""

from vicinal.cli.commands.add import prepare_items
from vicinal.cli.inputs import Reason
from vicinal.client import NewItem


def prepared(item, *, holdout, gold_column):
    unlabelled = []
    return list(prepare_items([item], holdout, gold_column, unlabelled)), unlabelled


def test_the_true_label_is_in_no_metadata():
    item = NewItem("a", "text", {"class": "cat", "source": "web"})
    (made,), unlabelled = prepared(item, holdout=False, gold_column="class")
    assert (made.gold_label, dict(made.metadata), unlabelled) == ("cat", {"source": "web"}, [])


def test_without_gold_the_metadata_stay():
    item = NewItem("a", "text", {"class": "cat"})
    (made,), _ = prepared(item, holdout=True, gold_column="")
    assert made.metadata == {"class": "cat"}


def test_an_item_without_a_true_label_is_left_out_by_name():
    made, (left_out,) = prepared(NewItem("a", "text", {}), holdout=False, gold_column="class")
    assert (made, left_out.name, left_out.reason) == ([], "a", Reason.UNLABELLED)
    assert "no true label in column 'class'" in left_out.message
