"""What can be compared: ways of choosing, each with the votes that classify."""

from dataclasses import dataclass

from vicinal.core.errors import InvalidInput
from vicinal.core.strategies import STRATEGIES
from vicinal.core.votes import VoteModel
from vicinal.evaluation.baselines import BASELINES


@dataclass(frozen=True)
class Method:
    """A way of choosing and of classifying.

    Attributes:
        name: as it was written.
        strategy: of the session.
        vote_model: of the session; None is the strategy's own.
        baseline: that chooses in place of the session; empty is none.
    """

    name: str
    strategy: str
    vote_model: VoteModel | None = None
    baseline: str = ""


def method_named(text: str) -> Method:
    """Reads NAME or NAME/VOTES: a strategy of the service or a baseline, and what votes.

    A baseline has direct votes unless others are named.

    Raises:
        InvalidInput: at `strategy`; lists the names there are.

    >>> method_named("random/blended")
    Method(name='random/blended', strategy='random', vote_model=<VoteModel.BLENDED: 'blended'>, baseline='')
    """
    name, _, votes = text.partition("/")
    if name not in STRATEGIES and name not in BASELINES:
        known = ", ".join([*STRATEGIES, *BASELINES])
        raise InvalidInput.at("strategy", f"{name!r} is not known; use one of {known}")
    if "/" in text and votes not in set(VoteModel):
        known = ", ".join(VoteModel)
        raise InvalidInput.at(
            "strategy", f"{text!r}: there are no votes {votes!r}; after / use one of {known}"
        )
    model = VoteModel(votes) if votes else None
    if name in STRATEGIES:
        return Method(text, name, model)
    return Method(text, "random", model or VoteModel.DIRECT, name)
