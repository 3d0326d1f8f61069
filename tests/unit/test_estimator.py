from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.api as sm
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator

from scorecard.datasets import german
from scorecard.errors import DataError, SettingsError
from scorecard.estimator import ScorecardClassifier, WoeEncoder
from scorecard.model import Scorecard
from scorecard.points import Scaling

NAMES = ["checking_account", "duration_months", "amount_dm", "purpose"]
FLOOR = "at least 5 bads are asked of every bin, and the one cut that tells these 200 points apart leaves 2"


ESTIMATORS = [WoeEncoder(), ScorecardClassifier(), ScorecardClassifier(WoeEncoder(min_bads=1), penalty=1.0)]
EXPECTED = [{}, {"check_classifiers_train": FLOOR}, {}]  # the same check passes with another floor
NOT_ASKED = "check_array_api_input"  # numpy's arrays once more, where SCIPY_ARRAY_API was set before scipy was imported


def checks():
    for estimator, failures in zip(ESTIMATORS, EXPECTED, strict=True):
        for each in estimator_checks_generator(estimator, expected_failed_checks=failures, mark="xfail"):
            marks, (_, check) = getattr(each, "marks", ()), getattr(each, "values", each)
            if check.func.__name__ != NOT_ASKED:
                told = ", ".join(f"{name}={value}" for name, value in check.keywords.items())
                yield pytest.param(estimator, check, marks=marks, id=f"{estimator}-{check.func.__name__}({told})")


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_the_contract_of_scikit_learn_is_kept(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def rows():
    return german()


@pytest.fixture(scope="module")
def fitted(rows):
    return ScorecardClassifier().fit(rows[NAMES], rows["bad"])


def test_the_woe_of_levels_is_that_published(rows):
    """German credit, checking account: goods and bads 139/135, 164/105, 49/14 and 348/46."""
    found = WoeEncoder().fit_transform(rows[["checking_account"]], rows["bad"])[:, 0]
    by_level = pd.Series(found).groupby(rows["checking_account"].to_numpy()).first()
    assert sorted(by_level) == pytest.approx([-0.81809871, -0.40139178, 0.40546511, 1.17626322], abs=1e-8)


def test_the_fit_is_that_of_scikit_learn_on_the_same_woe(rows, fitted):
    """scikit-learn's LogisticRegression behind the encoder, without penalty."""
    other = make_pipeline(WoeEncoder(), LogisticRegression(C=np.inf, tol=1e-10)).fit(rows[NAMES], rows["bad"])
    assert fitted.fit_.coefficients == pytest.approx(other[-1].coef_[0], abs=1e-4)
    assert fitted.dropped_ == {}


def test_probabilities_are_those_of_the_logit_but_for_rounded_points(rows, fitted):
    """statsmodels Logit on the same WoE; each of four characteristics is rounded by at most half a point."""
    woe = sm.add_constant(fitted.encoder_.transform(rows[NAMES]))
    exact = sm.Logit(rows["bad"].to_numpy(), woe).fit(disp=False).predict(woe)
    logit = np.log(exact / (1 - exact))
    assert np.abs(fitted.decision_function(rows[NAMES]) - logit).max() <= 4 * 0.5 / (20 / np.log(2)) + 1e-6
    assert fitted.predict_proba(rows[NAMES])[:, 1] == pytest.approx(exact, abs=0.02)


def test_the_card_scores_as_the_estimator_does_after_it_was_written_and_read(rows, fitted):
    card = Scorecard.from_json(fitted.card_.to_json())
    scored = card.score(pa.Table.from_pandas(rows[NAMES]))
    assert scored.score.tolist() == fitted.score_points(rows[NAMES]).tolist()
    assert scored.pd.tolist() == fitted.predict_proba(rows[NAMES])[:, 1].tolist()
    assert card.target == {"column": "y", "good": [0], "bad": [1]}
    assert card.dtypes == dict(zip(NAMES, ["text", "integer", "integer", "text"], strict=True))


def test_higher_points_are_safer(rows, fitted):
    points = fitted.score_points(rows[NAMES])
    assert roc_auc_score(rows["bad"], -points) > 0.75
    assert fitted.predict(rows[NAMES]).tolist() == (points < fitted.card_.scaling.offset).astype(int).tolist()


@pytest.mark.parametrize("convert", [pl.from_pandas, pa.Table.from_pandas, lambda frame: frame.to_numpy(dtype=object)])
def test_every_kind_of_table_gives_the_same_points(rows, fitted, convert):
    table = convert(rows[NAMES])
    other = ScorecardClassifier().fit(table, rows["bad"])
    assert other.score_points(table).tolist() == fitted.score_points(rows[NAMES]).tolist()


def test_categories_and_truth_values_are_levels(rows):
    old = rows["duration_months"] > 24
    words = pd.DataFrame({"a": rows["purpose"], "b": old.map({True: "true", False: "false"})})
    typed = pd.DataFrame({"a": rows["purpose"].astype("category"), "b": old})
    one, other = (WoeEncoder().fit_transform(each, rows["bad"]) for each in (words, typed))
    assert one.tolist() == other.tolist()


def test_missing_values_have_a_woe_of_their_own_and_levels_not_seen_the_worst(rows):
    frame = pd.DataFrame({"purpose": rows["purpose"].astype(object), "months": rows["duration_months"].astype(float)})
    frame.loc[rows.index[:200], "months"] = np.nan
    bad = rows["bad"].to_numpy()
    encoder = WoeEncoder().fit(frame, bad)
    goods, bads = (1 - bad[:200]).sum(), bad[:200].sum()
    alone = np.log(goods / 700 / (bads / 300))
    new = pd.DataFrame({"purpose": ["a purpose nobody had", None], "months": [np.nan, np.nan]})
    known = [each.woe for each in encoder.characteristics_["purpose"].bins if each.count]
    assert encoder.transform(new)[:, 1] == pytest.approx([alone, alone])
    assert encoder.transform(new)[0, 0] == min(known)


def test_a_special_code_has_a_bin_of_its_own(rows):
    frame = pd.DataFrame({"months": rows["duration_months"].where(np.arange(1000) >= 150, 999)})
    encoder = WoeEncoder(special_codes={"months": {"not asked": 999}}).fit(frame, rows["bad"])
    special = next(each for each in encoder.characteristics_["months"].bins if each.kind == "special")
    assert (special.label, special.count) == ("not asked", 150)


def test_names_of_columns_come_out_as_they_went_in(rows):
    encoder = WoeEncoder().set_output(transform="pandas").fit(rows[NAMES], rows["bad"])
    assert encoder.transform(rows[NAMES]).columns.tolist() == NAMES
    assert encoder.get_feature_names_out().tolist() == NAMES
    polars = clone(encoder).set_output(transform="polars").fit_transform(rows[NAMES], rows["bad"])
    assert isinstance(polars, pl.DataFrame)


def test_the_encoder_inside_ignores_its_output_setting(rows):
    encoder = WoeEncoder().set_output(transform="pandas")
    assert ScorecardClassifier(encoder).fit(rows[NAMES], rows["bad"]).score(rows[NAMES], rows["bad"]) > 0.7


def test_cross_validation_and_search_work(rows):
    scores = cross_val_score(ScorecardClassifier(), rows[NAMES], rows["bad"], scoring="roc_auc", cv=3)
    assert scores.min() > 0.65
    space = {"encoder__max_bins": [2, 4], "penalty": [0.0, 10.0]}
    search = GridSearchCV(ScorecardClassifier(WoeEncoder()), space, scoring="neg_log_loss", cv=2).fit(rows[NAMES], rows["bad"])
    assert set(search.best_params_) == set(space)
    assert search.best_estimator_.encoder.max_bins == search.best_params_["encoder__max_bins"]


def test_a_clone_has_the_parameters_and_nothing_learned(fitted):
    scaling = Scaling(pdo=40)
    copy = clone(fitted.set_params(scaling=None)).set_params(scaling=scaling, encoder=WoeEncoder(max_bins=3))
    assert copy.get_params()["scaling"] == scaling
    with pytest.raises(NotFittedError):
        copy.predict([[1]])


def test_the_scale_is_the_one_asked_for(rows):
    """With 40 points to double the odds instead of 20, the spread of scores doubles, but for rounding."""
    one, two = (
        ScorecardClassifier(scaling=Scaling(pdo=pdo, decimals=4)).fit(rows[NAMES], rows["bad"]).score_points(rows[NAMES])
        for pdo in (20, 40)
    )
    assert two.std() / one.std() == pytest.approx(2, abs=1e-4)


@pytest.mark.parametrize("label", ["bad", "zz"])
def test_the_label_of_bad_accounts_is_the_one_named(rows, fitted, label):
    """In order, "bad" is before "good" and "zz" after it: the points are the same."""
    words = np.where(rows["bad"] == 1, label, "good")
    found = ScorecardClassifier(bad_label=label).fit(rows[NAMES], words)
    pd_column = found.classes_.tolist().index(label)
    assert found.score_points(rows[NAMES]).tolist() == fitted.score_points(rows[NAMES]).tolist()
    assert found.predict_proba(rows[NAMES])[:, pd_column].tolist() == fitted.predict_proba(rows[NAMES])[:, 1].tolist()
    assert (found.predict(rows[NAMES]) == label).tolist() == (fitted.predict(rows[NAMES]) == 1).tolist()
    assert found.card_.target["bad"] == [label]


def test_weights_move_the_woe_and_rows_of_weight_zero_do_not_count(rows):
    weight = np.where(np.arange(1000) < 100, 0.0, np.where(rows["bad"] == 1, 2.0, 0.5))
    weighted = WoeEncoder().fit(rows[["checking_account"]], rows["bad"], weight)
    for each in weighted.characteristics_["checking_account"].bins:
        if each.kind == "category":
            inside = rows["checking_account"].isin(each.values).to_numpy() & (weight > 0)
            bad = rows["bad"].to_numpy() == 1
            shares = [weight[inside & side].sum() / weight[side].sum() for side in (~bad, bad)]
            assert each.woe == pytest.approx(np.log(shares[0] / shares[1]), abs=1e-9)
            assert each.count == inside.sum()
    classifier = ScorecardClassifier().fit(rows[NAMES], rows["bad"], weight)
    assert classifier.fit_.rows == 900


def test_what_tells_nothing_is_left_out_and_said(rows):
    frame = rows[NAMES].assign(constant=1.0, again=rows["purpose"])
    found = ScorecardClassifier().fit(frame, rows["bad"])
    assert found.card_.inputs == NAMES
    assert "constant is constant" in found.dropped_["constant"]
    assert "follows from theirs" in found.dropped_["again"]


def test_where_nothing_tells_everybody_has_the_bad_rate(rows):
    found = ScorecardClassifier(scaling=Scaling(decimals=6)).fit(np.ones((1000, 2)), rows["bad"])
    assert list(found.dropped_) == ["x0", "x1"]
    assert found.predict_proba(np.ones((2, 2)))[:, 1] == pytest.approx([0.3, 0.3], abs=1e-6)


def test_a_column_that_separates_has_one_bin_and_is_said(rows):
    bad = rows["bad"].to_numpy()
    frame = pd.DataFrame({"leak": bad * 2.0, "months": rows["duration_months"]})
    found = ScorecardClassifier().fit(frame, bad)
    assert "every cut leaves a bin without goods or bads" in found.dropped_["leak"]


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (WoeEncoder(max_bins=1), "max_bins = 1"),
        (WoeEncoder(trend="up"), "trend = 'up'"),
        (WoeEncoder(special_codes={"age": {"none": -1}}), "special_codes name age"),
        (ScorecardClassifier(penalty=-1), "penalty = -1"),
        (ScorecardClassifier(bad_label="yes"), "bad_label = 'yes'"),
    ],
)
def test_a_wrong_parameter_is_refused_in_fit(rows, estimator, message):
    with pytest.raises(SettingsError, match=message):
        estimator.fit(rows[NAMES], rows["bad"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([datetime.date(2024, 1, 1)] * 1000, "dates or times"),
        ([1.0, np.inf] * 500, "infinite values"),
        ([[1]] * 1000, "expected"),
        ([1, "a"] * 500, "several types"),
    ],
)
def test_a_column_that_cannot_be_counted_is_refused(rows, values, message):
    frame = pd.DataFrame({"odd": pd.Series(values, dtype=object if isinstance(values[0], int | list) else None)})
    with pytest.raises(DataError, match=message):
        WoeEncoder().fit(frame, rows["bad"])


def test_a_name_of_the_kits_own_is_refused(rows):
    with pytest.raises(DataError, match="does not begin with @"):
        WoeEncoder().fit(pd.DataFrame({"@bad": rows["bad"]}), rows["bad"])


def test_a_label_that_is_missing_is_refused(rows):
    labels = rows["bad"].astype(object).to_numpy(copy=True)
    labels[3] = None
    with pytest.raises(ValueError, match="y contains NaN"):
        WoeEncoder().fit(rows[NAMES], labels)


def test_text_where_numbers_were_is_refused(rows):
    encoder = WoeEncoder().fit(rows[["duration_months"]], rows["bad"])
    with pytest.raises(DataError, match="holds text"):
        encoder.transform(pd.DataFrame({"duration_months": ["long"]}))
