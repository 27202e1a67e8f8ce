"""Vote models: what the labels so far say of every item."""

from vicinal.core.votes.base import Example, Vote, VoteModel, Votes, Weighting
from vicinal.core.votes.blended import BlendedVotes
from vicinal.core.votes.knn import DirectVotes
from vicinal.core.votes.propagation import DiffusedVotes

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
