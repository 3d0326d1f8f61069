"""Documents for people, each rendered from plain values: the model card and the monitoring page."""

from scorecard.report.card import card as model_card
from scorecard.report.card import render as render_card
from scorecard.report.facts import CardFacts
from scorecard.report.monitoring import render_monitoring

__all__ = ["CardFacts", "model_card", "render_card", "render_monitoring"]
