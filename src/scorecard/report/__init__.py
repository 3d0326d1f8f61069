"""Documents for people, each rendered from plain values: the model card, the comparison and the monitoring page, and tables in notebooks."""

from scorecard.report.card import card as model_card
from scorecard.report.card import render as render_card
from scorecard.report.comparison import render_comparison
from scorecard.report.facts import CardFacts
from scorecard.report.monitoring import render_monitoring
from scorecard.report.tables import show

__all__ = ["CardFacts", "model_card", "render_card", "render_comparison", "render_monitoring", "show"]
