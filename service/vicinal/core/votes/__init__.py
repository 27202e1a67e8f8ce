"""Vote models: what the labels so far say of every item."""

from vicinal.core.votes.base import LabelledVector, Vote, Votes
from vicinal.core.votes.blended import BlendedVotes
from vicinal.core.votes.knn import DirectVotes
from vicinal.core.votes.propagation import DiffusedVotes

__all__ = [
    "BlendedVotes",
    "DiffusedVotes",
    "DirectVotes",
    "LabelledVector",
    "Vote",
    "Votes",
]
