from __future__ import annotations

import pytest

from scorecard.report.pages import scoped


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        ("out_of_time: B", "out-of-time: B", "跨期: B"),
        ("test: bins: calibration", "test: single bins: calibration", "测试: 单个分箱: 校准"),
        ("migration: upper", "migration: to worse grades", "等级迁移: 迁往较差等级"),
        ("development: office: income", "development: office: income", "建模: office: income"),
    ],
)
def test_a_scope_is_told_in_the_language_of_the_reader(words, english, chinese):
    assert (scoped(words, "en"), scoped(words, "zh")) == (english, chinese)
