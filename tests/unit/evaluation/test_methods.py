import pytest

from vicinal.core.errors import InvalidInput
from vicinal.core.scoring.strategies import STRATEGIES
from vicinal.evaluation import methods
from vicinal.evaluation.methods import Method, parse_method


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies_of_the_service_have_their_own_votes(name):
    assert parse_method(name) == Method(name, name, None)


def test_other_votes_are_named_after_a_slash():
    assert parse_method("default/direct").vote_model == "direct"


def test_a_baseline_has_direct_votes_unless_others_are_named(monkeypatch):
    monkeypatch.setattr(methods, "BASELINES", {"mine": None})
    assert parse_method("mine") == Method("mine", "random", "direct", "mine")
    assert parse_method("mine/diffused").vote_model == "diffused"


@pytest.mark.parametrize("text", ["nonesuch", "", "nonesuch/direct", "/direct"])
def test_an_unknown_name_is_refused_with_those_there_are(text):
    with pytest.raises(InvalidInput, match=r"strategy: .* use one of default, classic, random"):
        parse_method(text)


@pytest.mark.parametrize("text", ["default/nonesuch", "default/", "default/direct/x"])
def test_unknown_votes_are_refused_with_those_there_are(text):
    with pytest.raises(InvalidInput, match="one of direct, diffused, blended"):
        parse_method(text)
