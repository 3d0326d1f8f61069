"""The scorecard as scikit-learn estimators: `encoder` the WoE of columns, `classifier` a whole scorecard, `rows` what both are given."""

from scorecard.estimator.classifier import ScorecardClassifier
from scorecard.estimator.encoder import WoeEncoder

__all__ = ["ScorecardClassifier", "WoeEncoder"]
