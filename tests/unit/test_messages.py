from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from string import Formatter

import pytest
import yaml

import scorecard
from scorecard.errors import SettingsError
from scorecard.messages import LANGUAGES, catalogue, render, text
from scorecard.results import Reading, Verdict

EN, ZH = (resources.files("scorecard.messages").joinpath(language) for language in ("en", "zh"))
FILES = sorted(file.name for file in EN.iterdir())
USED = re.compile(r'"(reading\.[a-z_]+)"')


def templates(folder, name):
    return yaml.safe_load(folder.joinpath(name).read_text(encoding="utf-8"))


def placeholders(template):
    return {(name, spec) for _, name, spec, _ in Formatter().parse(template) if name is not None}


def test_both_languages_have_the_same_files():
    assert sorted(file.name for file in ZH.iterdir()) == FILES


@pytest.mark.parametrize("name", FILES)
def test_both_languages_hold_the_same_keys_in_the_same_order(name):
    assert list(templates(EN, name)) == list(templates(ZH, name))


@pytest.mark.parametrize("name", FILES)
def test_both_languages_hold_the_same_placeholders(name):
    english, chinese = templates(EN, name), templates(ZH, name)
    assert {key: placeholders(line) for key, line in english.items()} == {
        key: placeholders(line) for key, line in chinese.items()
    }


@pytest.mark.parametrize("folder", [EN, ZH], ids=LANGUAGES)
def test_no_key_stands_in_two_files(folder):
    keys = [key for name in FILES for key in templates(folder, name)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("folder", [EN, ZH], ids=LANGUAGES)
@pytest.mark.parametrize("name", FILES)
def test_no_key_is_written_twice(folder, name):
    """YAML keeps the last of two equal keys without a word."""
    keys = re.findall(r"^([^\s#:][^:]*):", folder.joinpath(name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(keys) == len(set(keys))


def test_every_chinese_reading_is_chinese():
    assert [key for key, line in templates(ZH, "readings.yaml").items() if not re.search("[\u4e00-\u9fff]", line)] == []


def readings_in_the_library():
    sources = Path(scorecard.__file__).parent.rglob("*.py")
    return {key for source in sources for key in USED.findall(source.read_text(encoding="utf-8"))}


def test_every_reading_named_in_the_library_has_a_template():
    assert readings_in_the_library() - set(catalogue("en")) == set()


def test_no_reading_lies_unused():
    assert set(templates(EN, "readings.yaml")) - readings_in_the_library() == set()


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_a_word(verdict, language):
    assert text(f"verdict.{verdict.value}", language)


def test_a_reading_is_rendered_with_its_values_in_both_languages():
    reading = Reading("reading.too_few", {"bads": 3, "goods": 50, "needed": 20})
    assert render(reading) == "3 bads and 50 goods; at least 20 of each are needed for an answer."
    assert render(reading, "zh") == "坏客户 3 个，好客户 50 个；两者均至少需要 20 个才能作出判断。"


def test_a_reading_within_a_reading_is_in_the_same_language():
    inner = Reading("reading.zeros_half", {"empty": 1, "floor": 1e-4})
    reading = Reading(
        "reading.psi_shifted", {"psi": 0.3, "jensen_shannon": 0.04, "limit": 0.1, "critical": 0.02, "zero_cells": inner}
    )
    assert render(reading).endswith(
        "explains. Classes with rows on one side only: 1; 0.5 was added to every count of both sides."
    )
    assert render(reading, "zh").endswith("两侧每个计数均加 0.5。")


JUDGED = ("accuracy", "adversarial", "bandwidth_lower", "bandwidth_upper", "collapse", "concentration", "drift", "jump", "leak")
JUDGED += ("missing", "missing_knows", "noise", "shift_calibration", "shift_ranking", "split_auc", "strongest")


@pytest.mark.parametrize("name", ["stability.yaml", "robustness.yaml"])
def test_every_key_of_stability_and_robustness_is_used(name):
    """Some are put together from the name of what is judged and the outcome."""
    made = {f"reading.{each}_{outcome}" for each in JUDGED for outcome in ("held", "chance", "failed")}
    keys = {key for key in templates(EN, name) if key.startswith("reading.")}
    assert keys - readings_in_the_library() - made == set()


@pytest.mark.parametrize("name", ["stability.yaml", "robustness.yaml"])
def test_chinese_readings_of_stability_and_robustness_are_chinese(name):
    assert [key for key, line in templates(ZH, name).items() if not re.search("[\u4e00-\u9fff]", line)] in ([], ["scope.AUC"])


def test_unknown_language_is_refused():
    with pytest.raises(SettingsError, match="language is 'fr'; expected one of en, zh"):
        catalogue("fr")
