"""Vote models: what the labels so far say of every item."""

from vicinal.core.votes.blended import BlendedVotes
from vicinal.core.votes.diffused import DiffusedVotes
from vicinal.core.votes.direct import DirectVotes
from vicinal.core.votes.protocol import Example, Vote, VoteModel, Votes, Weighting

__all__ = [
    "BlendedVotes",
    "DiffusedVotes",
    "DirectVotes",
    "Example",
    "Vote",
    "VoteModel",
    "Votes",
    "Weighting",
]
