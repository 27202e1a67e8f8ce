"""Published methods of choosing what to label, to compare ours with in simulations.

Each stands in a file of its own with its source, and with what differs where labels come one at a time. Those
that need scikit-learn, of the extra `evaluation`, import it when they are used.
"""

from collections.abc import Mapping
from types import MappingProxyType

from vicinal.evaluation.baselines.committee import Committee
from vicinal.evaluation.baselines.logistic_margin import LogisticMargin
from vicinal.evaluation.baselines.maxherding import MaxHerding
from vicinal.evaluation.baselines.probcover import ProbCover
from vicinal.evaluation.baselines.protocol import Baseline, BaselineMaker, Classifier
from vicinal.evaluation.baselines.typiclust import TypiClust
from vicinal.evaluation.baselines.uherding import UncertaintyHerding

__all__ = ["BASELINES", "Baseline", "BaselineMaker", "Classifier"]

BASELINES: Mapping[str, BaselineMaker] = MappingProxyType(
    {
        "typiclust": TypiClust,
        "probcover": ProbCover,
        "maxherding": MaxHerding,
        "uherding": UncertaintyHerding,
        "committee": Committee,
        "logistic_margin": LogisticMargin,
    }
)
