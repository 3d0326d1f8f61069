"""Weighted rows: a hundred bads of which five weigh nearly all are worth about five."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scorecard.results import Verdict
from scorecard.validation.evidence import shortage
from scorecard.validation.fairness.search import observed
from scorecard.validation.robustness import each_leak, each_shift, each_split


def heavy(evidence, name):
    """The evidence with five bads of a sample that weigh a thousand times as much as anybody else."""
    part = evidence.samples[name]
    weight = np.ones(part.n)
    weight[np.flatnonzero(part.bad == 1)[:5]] = 1000.0
    return replace(evidence, samples={**evidence.samples, name: replace(part, weight=weight)})


@pytest.mark.parametrize("run", [each_shift, each_leak, each_split])
def test_a_few_heavy_bads_are_too_few_behind_the_scores(run, sound):
    found = [result for result in run(heavy(sound, "test")) if result.scope.split(":")[0] in ("test", "splits")]
    assert {(result.verdict, result.reading.key) for result in found} == {(Verdict.INSUFFICIENT_DATA, "reading.too_few")}
    assert found[0].reading.values == shortage(heavy(sound, "test").samples["test"].ladder, sound.thresholds).values


def test_a_development_of_a_few_heavy_bads_shows_no_leak(sound):
    assert {result.reading.key for result in each_leak(heavy(sound, "development"))} == {"reading.too_few"}


def test_a_few_heavy_bads_are_no_bench_for_alternatives(sound):
    assert list(observed(heavy(sound, "test"))) == ["out_of_time"]
