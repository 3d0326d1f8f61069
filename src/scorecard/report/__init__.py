"""Documents for people, each rendered from plain values: the model card, the comparison and the monitoring page, and tables in notebooks."""

from scorecard.report.card import card as model_card
from scorecard.report.card import render as render_card
from scorecard.report.comparison import render_comparison
from scorecard.report.facts import CardFacts
from scorecard.report.monitoring import render_monitoring
from scorecard.report.rerun import render_rerun
from scorecard.report.tables import show
from scorecard.report.validation import (
    Pictures,
    ReplicationFacts,
    ValidationFacts,
    render_validation,
    validation_report,
    word_validation,
)

__all__ = [
    "CardFacts",
    "Pictures",
    "ReplicationFacts",
    "ValidationFacts",
    "model_card",
    "render_card",
    "render_comparison",
    "render_monitoring",
    "render_rerun",
    "render_validation",
    "show",
    "validation_report",
    "word_validation",
]
