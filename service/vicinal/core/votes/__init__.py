"""Vote models: what the labels so far say of every item."""

from vicinal.core.votes.direct import DirectVotes
from vicinal.core.votes.protocol import Vote, Votes, Weighting

__all__ = ["DirectVotes", "Vote", "Votes", "Weighting"]
