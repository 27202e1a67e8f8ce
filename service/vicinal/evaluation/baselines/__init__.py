"""Published ways of choosing what to label next, to hold the service's own against."""

from collections.abc import Mapping

from vicinal.evaluation.baselines.protocol import Baseline, BaselineMaker, Classifier

__all__ = ["BASELINES", "Baseline", "BaselineMaker", "Classifier"]

BASELINES: Mapping[str, BaselineMaker] = {}
