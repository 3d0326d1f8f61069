"""Logistic regression on WoE: `fitting` the fit, `inference` what it says of each characteristic, `design` the rows behind both."""

from scorecard.regression.fitting import Fit, fit
from scorecard.regression.inference import Inference, infer

__all__ = ["Fit", "Inference", "fit", "infer"]
