"""Calibrations are held to statsmodels, scikit-learn, a bounded optimiser, and to what can be counted by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import StratifiedKFold

from scorecard import calibration, metrics
from scorecard.calibration import Anchor, Calibration, Step
from scorecard.errors import DataError, EvidenceError, SettingsError
from scorecard.points import Scaling

SCALING = Scaling()
METHODS = ("none", "intercept", "linear", "isotonic", "beta")
GRID = np.arange(300.0, 901.0)
STEPS = (Step(None, 0.4), Step(450.0, 0.2), Step(520.0, 0.05))
ANY = {
    "none": Calibration(),
    "intercept": Calibration("intercept", intercept=-0.4),
    "linear": Calibration("linear", intercept=0.3, slope=0.8),
    "isotonic": Calibration("isotonic", steps=STEPS),
    "beta": Calibration("beta", intercept=0.2, slope=0.7, complement=1.6),
}
finite = st.floats(-3, 3)
slopes = st.floats(0.1, 3)


def drawn(rows, intercept=0.4, slope=0.7, seed=1):
    """Scores, and outcomes whose logit is intercept + slope * z."""
    random = np.random.default_rng(seed)
    score = np.rint(random.normal(540, 45, rows))
    chance = expit(intercept + slope * (SCALING.offset - score) / SCALING.factor)
    return score, (random.random(rows) < chance).astype(np.int64)


def z_of(score):
    return logit(SCALING.pd(score))


def regressed(columns, bad, weight=None, offset=None):
    """Coefficients of statsmodels' logistic regression, the intercept first."""
    design = np.ones((len(bad), 1)) if columns is None else sm.add_constant(columns)
    made = sm.GLM(bad, design, family=sm.families.Binomial(), freq_weights=weight, offset=offset)
    return made.fit(tol=1e-12, maxiter=200).params


@pytest.fixture(scope="module")
def sample():
    return drawn(4_000)


@pytest.fixture(scope="module")
def weight():
    return np.random.default_rng(2).integers(1, 4, 4_000).astype(float)


@pytest.fixture(scope="module")
def table():
    return calibration.compare(*drawn(3_000), SCALING, folds=5, seed=7).set_index("method")


class TestFormula:
    def test_no_calibration_gives_the_pd_of_the_points_to_the_last_bit(self):
        assert Calibration().final(GRID, SCALING).tobytes() == SCALING.pd(GRID).tobytes()
        assert Calibration().calibrated(GRID, SCALING).tobytes() == SCALING.pd(GRID).tobytes()

    def test_each_formula_is_as_it_is_written(self):
        """1 / (1 + exp(-logit)) by hand at one score."""
        p = float(SCALING.pd(550.0))
        z = (SCALING.offset - 550) / SCALING.factor
        found = {name: float(each.calibrated(np.array([550.0]), SCALING)[0]) for name, each in ANY.items()}
        assert found == {
            "none": p,
            "intercept": pytest.approx(1 / (1 + np.exp(0.4 - z)), abs=1e-15),
            "linear": pytest.approx(1 / (1 + np.exp(-0.3 - 0.8 * z)), abs=1e-15),
            "isotonic": 0.05,
            "beta": pytest.approx(1 / (1 + np.exp(-0.2 - 0.7 * np.log(p) + 1.6 * np.log(1 - p))), abs=1e-15),
        }

    def test_beta_of_equal_slopes_is_the_line(self):
        line, beta = Calibration("linear", 0.3, 0.8), Calibration("beta", 0.3, 0.8, 0.8)
        assert beta.calibrated(GRID, SCALING) == pytest.approx(line.calibrated(GRID, SCALING), rel=1e-13)

    def test_a_step_begins_at_its_score(self):
        found = ANY["isotonic"].calibrated(np.array([-1e9, 449.0, 450.0, 519.0, 520.0, 1e9]), SCALING)
        assert found.tolist() == [0.4, 0.4, 0.2, 0.2, 0.05, 0.05]

    def test_a_missing_score_has_no_pd(self):
        assert all(np.isnan(each.final(np.array([np.nan]), SCALING)).all() for each in ANY.values())

    @pytest.mark.parametrize("method", METHODS)
    def test_the_shift_is_added_to_the_log_odds(self, method):
        shifted = Calibration(**{**vars(ANY[method]), "shift": -0.9})
        expected = logit(ANY[method].calibrated(GRID, SCALING)) - 0.9
        assert logit(shifted.final(GRID, SCALING)) == pytest.approx(expected, abs=1e-9)
        assert shifted.calibrated(GRID, SCALING).tolist() == ANY[method].calibrated(GRID, SCALING).tolist()

    @pytest.mark.parametrize("method", METHODS)
    def test_the_floor_comes_after_the_shift(self, method):
        floored = Calibration(**{**vars(ANY[method]), "shift": -0.9, "floor": 0.03})
        free = Calibration(**{**vars(ANY[method]), "shift": -0.9})
        assert floored.final(GRID, SCALING).tolist() == [max(each, 0.03) for each in free.final(GRID, SCALING)]

    @given(st.sampled_from(METHODS), finite, slopes, slopes, finite, st.floats(0, 0.1))
    def test_no_calibration_reverses_two_scores(self, method, intercept, slope, complement, shift, floor):
        made = Calibration(method, intercept, slope, complement, STEPS if method == "isotonic" else (), shift, floor=floor)
        found = made.final(np.arange(200.0, 1001.0), SCALING)
        assert ((found > 0) & (found < 1)).all()
        assert (np.diff(found) <= 0).all()

    @given(st.sampled_from(METHODS), finite, slopes, finite, st.floats(0, 0.5), st.floats(1e-6, 1, exclude_max=True))
    def test_a_calibration_survives_its_file(self, method, intercept, slope, shift, floor, rate):
        steps = STEPS if method == "isotonic" else ()
        made = Calibration(method, intercept, slope, 1.5, steps, shift, Anchor("prior shift", 0.2, rate), floor, "test", 90, 30)
        assert Calibration.from_dict(json.loads(json.dumps(made.to_dict()))) == made

    @pytest.mark.parametrize(
        "content",
        [
            {"method": "platt"},
            {"floor": 1.0},
            {"floor": -0.1},
            {"intercept": float("nan")},
            {"method": "isotonic"},
            {"method": "isotonic", "steps": (Step(400.0, 0.2),)},
            {"method": "isotonic", "steps": (Step(None, 0.2), Step(None, 0.1))},
            {"method": "isotonic", "steps": (Step(None, 0.2), Step(400.0, 0.2))},
            {"method": "isotonic", "steps": (Step(None, 0.2), Step(500.0, 0.1), Step(400.0, 0.05))},
            {"method": "isotonic", "steps": (Step(None, 0.2), Step(400.0, 0.0))},
            {"method": "isotonic", "steps": (Step(None, 1.0), Step(400.0, 0.1))},
        ],
    )
    def test_a_calibration_that_makes_no_sense_is_refused(self, content):
        with pytest.raises(SettingsError, match="expected"):
            Calibration(**content)


class TestFit:
    def test_the_line_undoes_a_known_one(self):
        """Cox (1958): of logit p2 = -0.3 + 0.7 logit p, p fitted to the data, the line back is 3/7 + 10/7 logit p2.

        aSAH: Turck et al. (2010), Intensive Care Medicine 36, as shipped with the R package pROC.
        """
        asah = np.genfromtxt(Path(__file__).with_name("asah.csv"), delimiter=",", names=True, skip_header=1)
        columns = np.column_stack([asah["s100b"], asah["ndka"]])
        fitted = expit(sm.add_constant(columns) @ regressed(columns, asah["bad"]))
        found = calibration.fit("linear", SCALING.score(expit(-0.3 + 0.7 * logit(fitted))), asah["bad"].astype(int), SCALING)
        assert (found.slope, found.intercept) == (pytest.approx(10 / 7, abs=1e-6), pytest.approx(3 / 7, abs=1e-6))

    def test_the_line_is_that_of_statsmodels(self, sample):
        score, bad = sample
        found = calibration.fit("linear", score, bad, SCALING)
        assert [found.intercept, found.slope] == pytest.approx(
            sm.Logit(bad, sm.add_constant(z_of(score))).fit(disp=0).params, abs=1e-7
        )

    def test_the_line_is_that_of_the_calibration_tests(self, sample):
        score, bad = sample
        found, line = calibration.fit("linear", score, bad, SCALING), metrics.calibration_line(bad, SCALING.pd(score))
        assert (found.intercept, found.slope) == (pytest.approx(line.intercept, abs=1e-8), pytest.approx(line.slope, abs=1e-8))

    def test_the_weighted_line_is_that_of_statsmodels(self, sample, weight):
        score, bad = sample
        found = calibration.fit("linear", score, bad, SCALING, weight)
        assert [found.intercept, found.slope] == pytest.approx(regressed(z_of(score), bad, weight), abs=1e-7)

    def test_the_intercept_is_that_of_statsmodels_with_an_offset(self, sample, weight):
        score, bad = sample
        found = calibration.fit("intercept", score, bad, SCALING, weight)
        assert found.intercept == pytest.approx(regressed(None, bad, weight, z_of(score))[0], abs=1e-9)
        assert found.slope == 1.0

    @pytest.mark.parametrize("method", ["intercept", "linear", "isotonic", "beta"])
    def test_a_fitted_calibration_expects_as_many_bads_as_there_are(self, sample, method):
        score, bad = sample
        found = calibration.fit(method, score, bad, SCALING)
        assert found.calibrated(score, SCALING).sum() == pytest.approx(bad.sum(), abs=1e-6)

    def test_beta_is_the_logistic_regression_on_both_logarithms(self, sample, weight):
        """Kull, Silva Filho & Flach (2017): ln p and -ln(1 - p) as columns; statsmodels."""
        score, bad = sample
        p = SCALING.pd(score)
        found = calibration.fit("beta", score, bad, SCALING, weight)
        expected = regressed(np.column_stack([np.log(p), -np.log(1 - p)]), bad, weight)
        assert min(expected[1:]) > 0
        assert [found.intercept, found.slope, found.complement] == pytest.approx(expected, abs=1e-6)

    @pytest.mark.parametrize(("side", "true"), [("slope", (-1.0, -0.3, 2.0)), ("complement", (0.5, 1.5, -0.5))])
    def test_beta_leaves_out_the_side_that_would_reverse(self, side, true):
        """The best fit with both slopes at least 0, by a bounded optimiser that knows neither regression nor rule."""
        random = np.random.default_rng(5)
        score = np.rint(random.normal(490, 60, 6_000))
        p = SCALING.pd(score)
        columns = np.column_stack([np.ones(p.size), np.log(p), -np.log(1 - p)])
        bad = (random.random(6_000) < expit(columns @ true)).astype(np.int64)

        def loss(beta):
            eta = columns @ beta
            return np.logaddexp(0, eta).sum() - bad @ eta, columns.T @ (expit(eta) - bad)

        bounds = [(None, None), (0, None), (0, None)]
        best = optimize.minimize(
            loss, [0, 1, 1], jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-8}
        )
        found = calibration.fit("beta", score, bad, SCALING)
        assert getattr(found, side) == 0.0
        assert [found.intercept, found.slope, found.complement] == pytest.approx(best.x, abs=1e-3)
        assert loss(np.array([found.intercept, found.slope, found.complement]))[0] <= best.fun + 1e-6

    def test_isotonic_steps_are_those_of_scikit_learn(self, sample, weight):
        """Where its rates are neither 0 nor 1."""
        score, bad = sample
        found = calibration.fit("isotonic", score, bad, SCALING, weight)
        expected = IsotonicRegression(increasing=False).fit(score, bad, sample_weight=weight).predict(score)
        inner = (expected < expected[expected < expected.max()].max()) & (expected > expected[expected > expected.min()].min())
        assert inner.mean() > 0.5
        assert found.calibrated(score, SCALING)[inner] == pytest.approx(expected[inner], abs=1e-12)

    def test_the_best_step_without_bads_joins_the_next(self):
        """By hand: 30 of 60, 10 of 40 and 0 of 50 become 30 of 60 and 10 of 90."""
        score = np.repeat([400.0, 500.0, 600.0], [60, 40, 50])
        bad = np.concatenate([np.arange(60) < 30, np.arange(40) < 10, np.zeros(50, bool)]).astype(np.int64)
        assert calibration.fit("isotonic", score, bad, SCALING).steps == (Step(None, 0.5), Step(500.0, 10 / 90))

    def test_the_worst_step_without_goods_joins_the_next(self):
        """By hand: 50 of 50, 20 of 40 and 10 of 60 become 70 of 90 and 10 of 60."""
        score = np.repeat([400.0, 500.0, 600.0], [50, 40, 60])
        bad = np.concatenate([np.ones(50, bool), np.arange(40) < 20, np.arange(60) < 10]).astype(np.int64)
        assert calibration.fit("isotonic", score, bad, SCALING).steps == (Step(None, 70 / 90), Step(600.0, 1 / 6))

    def test_a_score_between_two_steps_takes_the_higher_pd(self):
        score = np.repeat([400.0, 500.0], [60, 60])
        bad = np.concatenate([np.arange(60) < 30, np.arange(60) < 6]).astype(np.int64)
        found = calibration.fit("isotonic", score, bad, SCALING)
        assert found.calibrated(np.array([399.0, 499.0, 500.0]), SCALING).tolist() == [0.5, 0.5, 0.1]

    @given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=12))
    @settings(deadline=None)
    def test_isotonic_steps_fall_and_are_never_certain(self, cells):
        goods, bads = np.array(cells).T
        score = np.repeat(np.tile(np.arange(len(cells)), 2), np.concatenate([goods, bads])).astype(float)
        bad = np.repeat([0, 1], [goods.sum(), bads.sum()])
        try:
            steps = calibration.fit("isotonic", score, bad, SCALING).steps
        except EvidenceError:
            return
        pds = [each.pd for each in steps]
        assert 0 < pds[-1] < pds[0] < 1
        assert pds == sorted(pds, reverse=True)

    @pytest.mark.parametrize("method", METHODS)
    def test_weights_act_as_repeated_accounts(self, sample, weight, method):
        score, bad = sample
        times = weight.astype(int)
        once = calibration.fit(method, score, bad, SCALING, weight).calibrated(GRID, SCALING)
        repeated = calibration.fit(method, np.repeat(score, times), np.repeat(bad, times), SCALING).calibrated(GRID, SCALING)
        assert once == pytest.approx(repeated, abs=1e-9)

    @pytest.mark.parametrize("method", METHODS)
    def test_the_sample_is_on_record(self, sample, method):
        score, bad = sample
        found = calibration.fit(method, score, bad, SCALING, sample="out_of_time")
        assert (found.sample, found.rows, found.bads) == ("out_of_time", 4_000, int(bad.sum()))

    def test_accounts_without_weight_count_for_nothing(self, sample):
        score, bad = sample
        found = calibration.fit("isotonic", score, bad, SCALING, (score > 500).astype(float))
        assert found == calibration.fit("isotonic", score[score > 500], bad[score > 500], SCALING)

    @pytest.mark.parametrize("bads", [19, 181])
    def test_too_few_bads_or_goods_are_refused(self, bads):
        with pytest.raises(EvidenceError, match="needs 20 of each"):
            calibration.fit("linear", np.arange(200.0), (np.arange(200) < bads).astype(np.int64), SCALING)

    @pytest.mark.parametrize("method", ["linear", "isotonic", "beta"])
    def test_a_calibration_that_would_reverse_the_order_is_refused(self, sample, method):
        score, bad = sample
        with pytest.raises(EvidenceError, match="would not be safer"):
            calibration.fit(method, -score + 1_000, bad, SCALING)

    @pytest.mark.parametrize("method", ["linear", "beta"])
    def test_scores_that_separate_goods_and_bads_are_refused(self, method):
        score = np.concatenate([np.arange(400.0, 450.0), np.arange(500.0, 550.0)])
        with pytest.raises(EvidenceError, match="separate goods and bads"):
            calibration.fit(method, score, (score < 480).astype(np.int64), SCALING)

    def test_beta_on_two_scores_is_refused(self):
        score, bad = np.repeat([450.0, 550.0], 100), (np.arange(200) % 100 < np.repeat([50, 25], 100)).astype(np.int64)
        with pytest.raises(EvidenceError, match="too few values"):
            calibration.fit("beta", score, bad, SCALING)

    @pytest.mark.parametrize(
        ("score", "bad", "weight"),
        [
            ([1.0, 2.0], [1], None),
            ([1.0, np.nan], [1, 0], None),
            ([1.0, 2.0], [1, 2], None),
            ([1.0, 2.0], [1, 0], [1.0, -1.0]),
            ([1.0, 2.0], [1, 0], [1.0, np.inf]),
        ],
    )
    def test_rows_that_are_not_fit_are_refused(self, score, bad, weight):
        with pytest.raises(DataError, match="expected"):
            calibration.fit("linear", np.array(score), np.array(bad), SCALING, None if weight is None else np.array(weight))

    def test_an_unknown_method_is_refused(self, sample):
        with pytest.raises(SettingsError, match="'platt'; expected none, intercept"):
            calibration.fit("platt", *sample, SCALING)


class TestAnchor:
    def test_prior_shift_of_a_fifth(self):
        """By hand: odds 1/4 from even odds of a bad to 1/19 are 1/76."""
        assert float(calibration.prior_shift(0.2, 0.5, 0.05)) == pytest.approx(1 / 77, abs=1e-15)

    @given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(2, 9))
    def test_prior_shift_is_what_taking_out_bads_does_to_every_rate(self, bads, goods, other_bads, other_goods, out_of):
        """Counted: of two cells every `out_of`-th bad stays."""
        total = bads + other_bads, goods + other_goods
        old, new = total[0] / sum(total), (total[0] / out_of) / (total[0] / out_of + total[1])
        found = calibration.prior_shift(bads / (bads + goods), old, new)
        assert float(found) == pytest.approx((bads / out_of) / (bads / out_of + goods), abs=1e-12)

    def test_certainty_is_not_shifted(self):
        assert calibration.prior_shift([0.0, 1.0], 0.2, 0.01).tolist() == [0.0, 1.0]

    @pytest.mark.parametrize("method", METHODS)
    def test_a_calibration_anchored_by_prior_shift_has_the_shifted_pds(self, method):
        found = calibration.anchored(ANY[method], SCALING, 0.02, "prior shift", from_rate=0.1)
        expected = calibration.prior_shift(ANY[method].calibrated(GRID, SCALING), 0.1, 0.02)
        assert found.final(GRID, SCALING) == pytest.approx(expected, rel=1e-12)
        assert found.anchor == Anchor("prior shift", 0.1, 0.02)

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("rate", [1e-4, 0.03, 0.9])
    def test_the_central_tendency_is_the_mean_pd_of_the_accounts(self, sample, weight, method, rate):
        score, _ = sample
        found = calibration.anchored(ANY[method], SCALING, rate, "central tendency", score=score, weight=weight)
        assert np.average(found.final(score, SCALING), weights=weight) == pytest.approx(rate, rel=1e-10)
        mean = np.average(ANY[method].calibrated(score, SCALING), weights=weight)
        assert found.anchor == Anchor("central tendency", pytest.approx(mean), rate)

    def test_the_central_tendency_holds_before_the_floor(self, sample):
        score, _ = sample
        floored = calibration.anchored(Calibration(floor=0.05), SCALING, 0.02, "central tendency", score=score)
        free = calibration.anchored(Calibration(), SCALING, 0.02, "central tendency", score=score)
        assert floored.shift == free.shift
        assert floored.final(score, SCALING).min() == 0.05

    def test_a_second_anchor_replaces_the_first(self, sample):
        first = calibration.anchored(Calibration(), SCALING, 0.5, "prior shift", from_rate=0.1)
        again = calibration.anchored(first, SCALING, 0.02, "central tendency", score=sample[0])
        assert again == calibration.anchored(Calibration(), SCALING, 0.02, "central tendency", score=sample[0])

    @pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, float("nan"), None])
    def test_a_rate_that_is_none_is_refused(self, rate):
        with pytest.raises(SettingsError, match="between 0 and 1"):
            calibration.anchored(Calibration(), SCALING, 0.1, "prior shift", from_rate=rate)

    @pytest.mark.parametrize(
        ("method", "given_"),
        [("prior", {}), ("central tendency", {}), ("central tendency", {"score": GRID, "from_rate": 0.1})],
    )
    def test_an_anchor_without_its_evidence_is_refused(self, method, given_):
        with pytest.raises(SettingsError, match="expected"):
            calibration.anchored(Calibration(), SCALING, 0.1, method, **given_)

    @pytest.mark.parametrize(("score", "weight"), [([], None), ([np.nan], None), ([500.0], [0.0])])
    def test_a_central_tendency_of_nobody_is_refused(self, score, weight):
        with pytest.raises(DataError, match="expected accounts with scores"):
            calibration.anchored(Calibration(), SCALING, 0.1, "central tendency", score=np.array(score), weight=weight)


class TestCompare:
    def test_every_method_is_judged(self, table):
        assert tuple(table.index) == METHODS
        assert table["refused"].isna().all()

    def test_no_calibration_has_the_figures_of_the_raw_pds(self, table):
        """scikit-learn for the scores, and the line of the calibration tests."""
        score, bad = drawn(3_000)
        p, row = SCALING.pd(score), table.loc["none"]
        line = metrics.calibration_line(bad, p)
        assert row["log_loss"] == pytest.approx(log_loss(bad, p), abs=1e-12)
        assert row["brier"] == pytest.approx(brier_score_loss(bad, p), abs=1e-12)
        assert (row["intercept"], row["slope"]) == (pytest.approx(line.intercept, abs=1e-8), pytest.approx(line.slope, abs=1e-8))
        assert row["expected_observed"] == pytest.approx(p.sum() / bad.sum(), abs=1e-12)

    def test_the_line_is_judged_on_accounts_it_has_not_seen(self, table):
        """By hand: statsmodels on each four fifths, applied to the other."""
        score, bad = drawn(3_000)
        pd = np.empty(3_000)
        for others, part in StratifiedKFold(5, shuffle=True, random_state=7).split(score, bad):
            intercept, slope = regressed(z_of(score[others]), bad[others])
            pd[part] = expit(intercept + slope * z_of(score[part]))
        assert table.loc["linear", "log_loss"] == pytest.approx(log_loss(bad, pd), abs=1e-9)
        assert table.loc["linear", "expected_observed"] == pytest.approx(pd.sum() / bad.sum(), abs=1e-9)

    def test_a_line_beats_none_where_the_spread_is_wrong(self, table):
        assert table.loc["linear", "log_loss"] < table.loc["none", "log_loss"]
        assert abs(table.loc["linear", "slope"] - 1) < 0.05 < abs(table.loc["none", "slope"] - 1)

    def test_a_method_that_cannot_be_fitted_says_why(self):
        score, bad = drawn(2_000)
        found = calibration.compare(1_000 - score, bad, SCALING, folds=2, seed=1).set_index("method")
        assert "would not be safer" in found.loc["linear", "refused"]
        assert np.isnan(found.loc["linear", "brier"])
        assert found.loc["none", "brier"] > 0

    def test_the_same_seed_gives_the_same_figures(self, table):
        again = calibration.compare(*drawn(3_000), SCALING, folds=5, seed=7).set_index("method")
        assert again.equals(table)

    def test_weights_tilt_every_figure(self):
        score, bad = drawn(2_000)
        weight = np.where(bad == 1, 3.0, 1.0)
        row = calibration.compare(score, bad, SCALING, folds=2, seed=1, weight=weight).set_index("method").loc["none"]
        p = SCALING.pd(score)
        assert row["log_loss"] == pytest.approx(log_loss(bad, p, sample_weight=weight), abs=1e-12)
        assert row["brier"] == pytest.approx(brier_score_loss(bad, p, sample_weight=weight), abs=1e-12)
        assert row["expected_observed"] == pytest.approx((weight @ p) / (weight @ bad), abs=1e-12)
        assert [row["intercept"], row["slope"]] == pytest.approx(regressed(z_of(score), bad, weight), abs=1e-7)

    @pytest.mark.parametrize("folds", [1, 5_000])
    def test_folds_that_cannot_be_made_are_refused(self, folds):
        with pytest.raises(SettingsError, match=f"folds = {folds}; expected 2 to"):
            calibration.compare(*drawn(2_000), SCALING, folds=folds, seed=1)


class TestCurve:
    def test_bands_hold_every_account_once_riskiest_first(self, sample):
        score, bad = sample
        found = calibration.curve(Calibration(), score, bad, SCALING)
        assert (found["rows"].sum(), found["bads"].sum()) == (4_000, bad.sum())
        assert len(found) == 10
        assert (found["lower_score"].to_numpy()[1:] > found["upper_score"].to_numpy()[:-1]).all()

    def test_a_band_has_the_figures_of_its_accounts(self, sample):
        """scipy's beta quantiles for the Jeffreys interval, means by hand."""
        score, bad = sample
        made = Calibration("linear", 0.4, 0.7, shift=0.5)
        row = calibration.curve(made, score, bad, SCALING, bands=4).iloc[1]
        inside = (score >= row["lower_score"]) & (score <= row["upper_score"])
        d, n = bad[inside].sum(), inside.sum()
        assert (row["rows"], row["bads"], row["rate"]) == (n, d, pytest.approx(d / n))
        low, high = stats.beta.ppf([0.025, 0.975], d + 0.5, n - d + 0.5)
        assert (row["low"], row["high"]) == (pytest.approx(low, abs=1e-10), pytest.approx(high, abs=1e-10))
        assert row["raw"] == pytest.approx(SCALING.pd(score[inside]).mean())
        assert row["calibrated"] == pytest.approx(made.calibrated(score[inside], SCALING).mean())
        assert row["final"] == pytest.approx(made.final(score[inside], SCALING).mean())

    def test_unequal_weights_widen_the_interval(self, sample):
        """Kish (1965): accounts of weights 1 and 9 are worth (10 / 2) ** 2 / (82 / 2) of their number."""
        score, bad = sample
        weight = np.tile([1.0, 9.0], 2_000)
        row = calibration.curve(Calibration(), score, bad, SCALING, bands=1, weight=weight).iloc[0]
        rate, worth = np.average(bad, weights=weight), 4_000 * 25 / 41
        low, high = stats.beta.ppf([0.025, 0.975], rate * worth + 0.5, (1 - rate) * worth + 0.5)
        assert (row["rate"], row["low"], row["high"]) == (
            pytest.approx(rate),
            pytest.approx(low, abs=1e-10),
            pytest.approx(high, abs=1e-10),
        )

    def test_equal_scores_stay_in_one_band(self):
        score = np.repeat([400.0, 600.0], [150, 50])
        bad = (np.arange(200) % 3 == 0).astype(np.int64)
        found = calibration.curve(Calibration(), score, bad, SCALING)
        assert found["rows"].tolist() == [150, 50]
