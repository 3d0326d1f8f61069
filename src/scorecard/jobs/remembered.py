"""Development without its rows: what the scorecard and the counts beside it still know, once the table is gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from scorecard import model
from scorecard.jobs import evidence
from scorecard.jobs.subject import Subject
from scorecard.model import Scorecard
from scorecard.scale import assign
from scorecard.settings import Pipeline
from scorecard.validation import Evidence, Scored
from scorecard.validation.evidence import DEVELOPMENT


def gather(subject: Subject, pipeline: Pipeline, tables: Mapping[str, pa.Table]) -> Evidence:
    """Return the evidence of samples beside development as counts: without its rows, so that tests of rows say so.

    Parameters
    ----------
    subject : Subject
        With the ladder of its development.
    pipeline : Pipeline
        Limits and cut-off.
    tables : mapping of sample to pyarrow.Table
    """
    card = subject.card
    samples = {DEVELOPMENT: _scored(card, subject.ladder or {})}
    samples |= {name: evidence.scored(card, table, pipeline.exposure, {}) for name, table in tables.items()}
    attributes = model.attributes(card, tables)
    counts = [each.count for term in card.terms for each in term.characteristic.bins]
    attributes.insert(len(attributes.columns) - len(tables), DEVELOPMENT, counts)
    return Evidence(samples, card.grade_names(), attributes, pipeline.thresholds)


def _scored(card: Scorecard, known: Mapping[str, Any]) -> Scored:
    goods, bads = (np.asarray(known[name], dtype=np.int64) for name in ("goods", "bads"))
    score = np.asarray(known["score"], dtype=np.float64)
    repeated = np.concatenate([np.repeat(score, goods), np.repeat(score, bads)])
    bad = np.repeat([0, 1], [goods.sum(), bads.sum()])
    return Scored(bad, repeated, card.pds(repeated)[2], assign(repeated, card.grades))
