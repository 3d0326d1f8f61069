"""What a person is told where a notebook is not set as its pipeline runs it."""

from __future__ import annotations

from scorecard.jobs.step import differences


def test_a_parameter_that_the_pipeline_sets_otherwise_is_told_with_both_values(example):
    pipeline = example.pipeline.model_copy(update={"parameters": {"seed": 1, "max_bins": 5}})
    told = differences(pipeline, {"seed": 1, "max_bins": 8, "trend": "auto"})
    assert "`max_bins` is 8 here and 5 there" in told
    assert "seed" not in told


def test_nothing_is_told_where_all_are_as_the_pipeline_sets_them(example):
    pipeline = example.pipeline.model_copy(update={"parameters": {"trials": 5, "max_bins": 5}})
    assert differences(pipeline, {"max_bins": 5}) == ""
