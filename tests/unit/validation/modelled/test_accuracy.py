from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from scorecard.results import Verdict
from scorecard.settings import Thresholds
from scorecard.validation.stability import Precision, accuracy_test, each_accuracy

LIMITS = Thresholds()


def woe_rows(evidence, name):
    terms = evidence.modelled.card.segments[0].terms
    table = evidence.modelled.tables[name]
    return np.column_stack([term.characteristic.woe[term.characteristic.assign(table.column(term.name))] for term in terms])


def test_index_is_that_of_the_covariance_of_statsmodels(sound):
    """Mean of z' V z over the rows of the test sample over that of development, V from statsmodels' Logit."""
    start, now = (sm.add_constant(woe_rows(sound, name)) for name in ("development", "test"))
    covariance = sm.Logit(sound.development.bad, start).fit(disp=0).cov_params()
    expected = np.einsum("ij,jk,ik->i", now, covariance, now).mean() / np.einsum("ij,jk,ik->i", start, covariance, start).mean()
    result = each_accuracy(sound)[0]
    assert result.statistic == pytest.approx(expected, rel=1e-6)
    assert (result.code, result.scope, result.verdict) == ("STA-05", "test", Verdict.GREEN)


def test_customers_who_move_to_rare_bins_raise_the_index(make):
    def older(name, drawn, random):
        if name != "out_of_time":
            drawn.columns["debt"] = np.minimum(
                drawn.columns["debt"], random.choice([0.89, 5.0], drawn.logit.size, p=[0.97, 0.03])
            )
        else:
            drawn.columns["debt"] = np.full(drawn.logit.size, 3.0)

    found = {result.scope: result for result in each_accuracy(make(spoil=older))}
    assert found["out_of_time"].verdict is Verdict.RED
    assert found["test"].verdict is Verdict.GREEN


@pytest.mark.parametrize(
    ("counts", "verdict", "key"),
    [
        ([500, 500], Verdict.GREEN, "reading.accuracy_held"),
        ([4400, 5600], Verdict.GREEN, "reading.accuracy_small"),
        ([200, 800], Verdict.AMBER, "reading.accuracy_failed"),
        ([0, 1000], Verdict.AMBER, "reading.accuracy_failed"),
        ([10, 30], Verdict.INSUFFICIENT_DATA, "reading.few_rows"),
        ([0, 0], Verdict.NOT_COMPUTABLE, "reading.no_rows"),
    ],
)
def test_verdict_on_an_index(counts, verdict, key):
    before, now = (Precision(np.array([0.5, 1.5]), np.array(each)) for each in ([5000, 5000], counts))
    result = accuracy_test(before, now, "test", LIMITS)
    assert (result.verdict, result.reading.key) == (verdict, key)


def test_an_index_above_the_limit_may_be_chance():
    before, now = (Precision(np.array([0.1, 9.9]), np.array(each)) for each in ([990, 10], [196, 4]))
    result = accuracy_test(before, now, "test", Thresholds(accuracy_red=3.0))
    assert (result.verdict, result.reading.key) == (Verdict.GREEN, "reading.accuracy_chance")
    assert result.statistic > LIMITS.accuracy_amber
    blind = accuracy_test(before, now, "test", LIMITS)
    assert (blind.verdict, blind.reading.values["finding"]) == (Verdict.INSUFFICIENT_DATA, result.reading)


def test_a_sample_of_segments_that_development_lacks_cannot_be_computed(segments):
    """Development holds clerks and managers only, the test sample only the others."""
    kept = {name: rows_of(segments, name, office=name == "development") for name in ("development", "test")}
    samples = {name: segments.samples[name].part(rows) for name, rows in kept.items()}
    tables = {name: segments.modelled.tables[name].filter(pa.array(rows)) for name, rows in kept.items()}
    found = each_accuracy(replace(segments, samples=samples, model=replace(segments.modelled, tables=tables)))
    assert [(result.verdict, result.reading.key) for result in found] == [(Verdict.NOT_COMPUTABLE, "reading.no_rows")]


def rows_of(evidence, sample, *, office):
    """Rows of the segment of clerks and managers, or of the other."""
    return np.isin(evidence.modelled.tables[sample].column("job").to_numpy(), ["clerk", "manager"]) == office


def test_an_imported_card_has_no_covariance(sound):
    (segment,) = sound.modelled.card.segments
    bare = replace(segment, intercept=None, terms=tuple(replace(term, coefficient=None) for term in segment.terms))
    card = replace(sound.modelled.card, segments=(bare,))
    found = each_accuracy(replace(sound, model=replace(sound.modelled, card=card)))
    assert [(result.verdict, result.reading.key) for result in found] == [(Verdict.NOT_COMPUTABLE, "reading.no_coefficients")]
