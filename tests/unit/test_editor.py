"""The bin editor without a browser: what every command does, and what the browser is sent."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scorecard import binning, editor, edits, messages
from scorecard.binning import Rules
from scorecard.counts import Classes, Part, Tally
from scorecard.editor import Fitted, Session, open_editor
from scorecard.editor.state import snapped
from scorecard.editor.view import Points, fine, impact, view
from scorecard.errors import EvidenceError, SettingsError

STATIC = Path(editor.__file__).with_name("static")
RULES = Rules(max_bins=4, min_share=0.1, min_bads=2)


def tally(goods, bads):
    goods, bads = np.array(goods, dtype=float), np.array(bads, dtype=float)
    return Tally(goods, bads, goods, bads)


def numeric(missing=(80, 40), periods=False):
    """Return six ages of 100 customers each, and 120 without one."""
    low = np.array([20.0, 30, 40, 50, 60, 70])
    sums = tally([60, 70, 80, 85, 90, 95], [40, 30, 20, 15, 10, 5])
    classes = Classes("age", "numeric", low, low, sums, {}, tally([missing[0]], [missing[1]]))
    if not periods:
        return classes
    # The first half has the two youngest classes the other way round.
    first = tally([35, 25, 40, 43, 45, 48], [15, 25, 10, 7, 5, 2])
    second = Tally(*(getattr(sums, name) - getattr(first, name) for name in ("goods", "bads", "weight_goods", "weight_bads")))
    gone = classes.missing
    halves = [("2024H1", first, gone), ("2024H2", second, tally([0], [0]))]
    parts = tuple(Part(name, None, replace(classes, tally=part, missing=rest)) for name, part, rest in halves)
    return replace(classes, parts=parts)


def categorical():
    levels = np.array(["owner", "parents", "shared", "tenant"], dtype=object)
    return Classes("home", "categorical", levels, levels, tally([90, 75, 70, 60], [10, 25, 30, 40]), {}, tally([0], [0]))


@pytest.fixture(scope="module")
def fitted():
    counts = {"age": numeric(), "home": categorical()}
    characteristics, refused = binning.fit_all(counts, RULES)
    assert not refused
    return Fitted(characteristics, counts, RULES)


@pytest.fixture
def session(fitted):
    found = Session(fitted)
    found.choose("age")
    return found


def edges(session, name="age"):
    return list(binning.partition(session.now[name]).edges)


def groups(session):
    return [set(group) for group in binning.partition(session.now["home"]).groups]


@pytest.fixture
def widget(fitted, tmp_path):
    found = open_editor(fitted, tmp_path / "edits.yaml")
    found.do("choose", name="age")
    return found


# ---- the session ------------------------------------------------------------------------------------------------------


def test_the_strongest_characteristic_is_chosen_first(fitted):
    strongest = max(fitted.characteristics.values(), key=lambda each: each.iv)
    assert Session(fitted).chosen == strongest.name


def test_a_merge_removes_the_boundary_and_is_pending(session):
    first = edges(session)[0]
    session.edit("merge", {"at": first})
    assert first not in edges(session)
    assert [(edit.action, edit.what) for edit in session.pending()] == [("merge", {"at": first})]


def test_undo_brings_the_bins_back_and_redo_takes_them_away(session):
    before = session.now["age"]
    session.edit("merge", {"at": edges(session)[0]})
    merged = session.now["age"]
    session.undo()
    assert (session.now["age"], session.pending()) == (before, ())
    session.redo()
    assert session.now["age"] == merged


def test_undo_shows_the_characteristic_whose_edit_it_takes_back(session):
    session.edit("merge", {"at": edges(session)[0]})
    session.choose("home")
    session.undo()
    assert session.chosen == "age"


def test_a_new_edit_forgets_what_was_undone(session):
    session.edit("merge", {"at": edges(session)[0]})
    session.undo()
    session.edit("treat", {"bin": "missing", "as": "neutral"})
    with pytest.raises(SettingsError, match="no edit to redo"):
        session.redo()


def test_nothing_to_undo_is_said(session):
    with pytest.raises(SettingsError, match="no edit to undo"):
        session.undo()


def test_an_edit_that_does_not_apply_changes_nothing(session):
    before = dict(session.now)
    with pytest.raises(EvidenceError, match="no edge at 33"):
        session.edit("merge", {"at": 33})
    assert (session.now, session.pending()) == (before, ())


def test_an_edit_whose_outcome_is_there_already_is_not_pending(session):
    assert session.edit("split", {"at": edges(session)[0]}) is None
    assert session.pending() == ()


def test_steps_onward_with_one_boundary_are_one_edit(session):
    start = edges(session)[0]
    session.edit("move", {"from": start, "to": start + 0.5}, onward=True)
    session.edit("move", {"from": start + 0.5, "to": start + 0.7}, onward=True)
    assert [edit.what for edit in session.pending()] == [{"from": start, "to": start + 0.7}]
    session.undo()
    assert edges(session)[0] == start


def test_a_boundary_moved_there_and_back_is_no_edit(session):
    start = edges(session)[0]
    session.edit("move", {"from": start, "to": start + 0.5}, onward=True)
    session.edit("move", {"from": start + 0.5, "to": start}, onward=True)
    assert (edges(session)[0], session.pending()) == (start, ())


def test_two_moves_of_one_boundary_by_hand_are_two_edits(session):
    start = edges(session)[0]
    session.edit("move", {"from": start, "to": start + 0.5})
    session.edit("move", {"from": start + 0.5, "to": start + 0.7})
    session.undo()
    assert edges(session)[0] == start + 0.5


def test_levels_go_into_the_group_of_another_and_into_one_of_their_own(session):
    session.choose("home")
    session.edit("group", {"levels": ["tenant"], "with": "owner"})
    assert next(group for group in groups(session) if "owner" in group) >= {"tenant", "owner"}
    session.edit("group", {"levels": ["tenant"], "with": None})
    assert {"tenant"} in groups(session)


def test_forcing_in_is_an_edit_once(session):
    session.edit("include", {})
    assert session.edit("include", {}) is None
    assert (session.forced("age"), session.forced("home"), len(session.pending())) == ("in", None, 1)


def test_the_trend_of_the_last_edit_rules_the_warnings(session):
    session.edit("trend", {"trend": "ascending"})
    assert session.rules("age").trend == "ascending"
    session.undo()
    assert session.rules("age").trend == RULES.trend


def test_an_unknown_characteristic_is_refused_by_name(session):
    with pytest.raises(SettingsError, match="aeg is no characteristic"):
        session.choose("aeg")


COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.sampled_from([30.0, 40.0, 50.0, 60.0, 70.0])),
        st.tuples(st.just("split"), st.sampled_from([25.0, 30.0, 40.0, 50.0, 60.0, 70.0])),
        st.tuples(st.just("onward"), st.sampled_from([30.0, 40.0, 50.0, 60.0])),
        st.tuples(st.just("treat"), st.sampled_from(["worst", "neutral", "empirical", "bin of 65"])),
        st.tuples(st.sampled_from(["include", "exclude", "undo", "redo"]), st.just(0.0)),
    ),
    max_size=12,
)


def obey(session, command, value):
    whats = {"merge": {"at": value}, "split": {"at": value}, "treat": {"bin": "missing", "as": value}}
    if command in {"undo", "redo"}:
        getattr(session, command)()
    elif command == "onward":
        session.edit("move", {"from": value, "to": value + 10}, onward=True)
    else:
        session.edit(command, whats.get(command, {}))


@given(commands=COMMANDS)
def test_a_run_that_replays_the_pending_edits_gets_the_bins_that_were_shown(fitted, commands):
    session = Session(fitted)
    session.choose("age")
    for command, value in commands:
        try:
            obey(session, command, value)
        except (EvidenceError, SettingsError):
            continue
    replayed = edits.replay(fitted.characteristics, fitted.counts, session.pending(), RULES).complete()
    assert [each.bins for each in replayed.characteristics.values()] == [each.bins for each in session.now.values()]
    assert replayed.forced.keys() == ({"age"} if session.forced("age") else set())


# ---- saving -------------------------------------------------------------------------------------------------------------


def test_saving_writes_reason_author_time_and_both_sides(session, tmp_path):
    first = edges(session)[0]
    session.edit("merge", {"at": first})
    session.edit("include", {})
    assert session.save(tmp_path / "edits.yaml", ["Too few.", "The law asks for it."], "lin") == 2
    merge, include = yaml.safe_load((tmp_path / "edits.yaml").read_text())
    assert (merge["action"], merge["characteristic"], merge["at"]) == ("merge", "age", first)
    assert (merge["reason"], merge["author"], include["reason"]) == ("Too few.", "lin", "The law asks for it.")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(merge["time"]))
    assert " | " in merge["before"]


def test_saved_edits_are_the_new_beginning(session, tmp_path):
    session.edit("merge", {"at": edges(session)[0]})
    now = session.now["age"]
    session.save(tmp_path / "edits.yaml", ["Too few."], "lin")
    assert (session.pending(), session.base["age"]) == ((), now)
    with pytest.raises(SettingsError, match="no edit to undo"):
        session.undo()


@pytest.mark.parametrize(("reason", "author", "told"), [(" ", "lin", "no reason"), ("Too few.", "  ", "no author")])
def test_saving_without_reason_or_author_writes_nothing(session, tmp_path, reason, author, told):
    session.edit("merge", {"at": edges(session)[0]})
    with pytest.raises(SettingsError, match=told):
        session.save(tmp_path / "edits.yaml", [reason], author)
    assert len(session.pending()) == 1
    assert not (tmp_path / "edits.yaml").exists()


def test_nothing_to_save_is_said(session, tmp_path):
    with pytest.raises(SettingsError, match="no edit to save"):
        session.save(tmp_path / "edits.yaml", [], "lin")


def test_a_file_that_somebody_else_changed_is_left_alone(session, tmp_path):
    path = tmp_path / "edits.yaml"
    other = edits.include("home", reason="The law asks for it.", author="wu")
    edits.save(path, [other])
    session.edit("merge", {"at": edges(session)[0]})
    with pytest.raises(SettingsError, match="somebody changed it"):
        session.save(path, ["Too few."], "lin")
    assert edits.load(path) == (other,)
    assert len(session.pending()) == 1


def test_edits_of_the_file_are_the_beginning(fitted):
    first = binning.partition(fitted.characteristics["age"]).edges[0]
    session = Session(fitted, [edits.merge("age", first, reason="Too few.", author="lin")])
    assert first not in edges(session)
    assert session.base == session.now


def test_a_characteristic_whose_saved_edit_no_longer_applies_says_why_and_the_others_go_on(fitted):
    session = Session(fitted, [edits.merge("age", 33, reason="Too few.", author="lin")])
    assert list(session.now) == ["home"]
    with pytest.raises(SettingsError, match="no edge at 33"):
        session.choose("age")


def test_nothing_to_edit_is_an_error(fitted):
    only = Fitted({"age": fitted.characteristics["age"]}, fitted.counts, RULES)
    with pytest.raises(EvidenceError, match="no characteristic to edit"):
        Session(only, [edits.merge("age", 33, reason="Too few.", author="lin")])


# ---- what the browser is sent -----------------------------------------------------------------------------------------


def test_everything_sent_is_plain_json(session):
    sent = view(session, Points.of(None), "en")
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent


def test_iv_before_and_now_stand_beside_the_total(session):
    before, home = session.now["age"].iv, session.now["home"].iv
    session.edit("merge", {"at": edges(session)[0]})
    sent = view(session, Points.of(None), "en")["iv"]
    assert (sent["before"], sent["now"]) == (before, session.now["age"].iv)
    assert sent["now"] < sent["before"]
    assert sent["total_before"] == pytest.approx(before + home)
    assert sent["total_now"] == pytest.approx(session.now["age"].iv + home)


def test_points_move_for_the_customers_of_the_merged_bins_alone():
    """By hand: goods 560 and bads 160 overall; factor 20 / ln 2; the merged bin's WoE is that of 150 goods and 30 bads."""
    classes = numeric()
    solved = binning.Solved("optimal", 6)
    before = binning.described(classes, binning.Partition((30.0, 40.0, 50.0)), RULES, solved)
    now = binning.described(classes, binning.Partition((40.0, 50.0)), RULES, solved)
    found = impact(before, now, classes, Points.of(None))
    factor = 20 / log(2)
    woes = {"first": log(60 / 40 * 160 / 560), "second": log(70 / 30 * 160 / 560), "both": log(130 / 70 * 160 / 560)}
    worth = {name: round(value * factor) for name, value in woes.items()}
    assert found["moved"] == pytest.approx(200 / 720)
    assert found["mean"] == pytest.approx((abs(worth["both"] - worth["first"]) + abs(worth["both"] - worth["second"])) / 2)
    assert (found["coefficient"], found["assumed"]) == (-1.0, True)


def test_treating_missing_moves_the_points_of_the_missing(session):
    session.edit("treat", {"bin": "missing", "as": "neutral"})
    assert view(session, Points.of(None), "en")["impact"]["moved"] == pytest.approx(120 / 720)


def test_the_points_shown_are_those_of_the_scorecard(developed):
    term = developed.card.terms[0]
    assert Points.of(developed.card).each(term.characteristic).tolist() == list(term.points)


def test_bins_name_the_fine_classes_they_hold(session):
    rows = [row for row in view(session, Points.of(None), "en")["bins"] if row["plain"]]
    assert [row["from"] for row in rows] == [0, *(row["to"] for row in rows[:-1])]
    held = numeric().tally
    assert [row["count"] for row in rows] == [held.accounts[row["from"] : row["to"]].sum() for row in rows]


def test_each_fine_boundary_splits_between_its_classes():
    sent = fine(numeric())
    assert sent["edges"] == [30, 40, 50, 60, 70]
    assert (sum(sent["goods"]), sum(sent["bads"])) == (480, 120)


def test_missing_can_join_every_bin_and_joins_the_one_it_was_told(session):
    missing = next(row for row in view(session, Points.of(None), "en")["bins"] if row["kind"] == "missing")
    joins = [policy for policy in missing["policies"] if "join" in policy]
    assert [policy["join"]["position"] for policy in joins] == list(range(len(edges(session)) + 1))
    for policy in joins:
        session.edit("treat", {"bin": "missing", "as": policy["value"]})
        bins = view(session, Points.of(None), "en")["bins"]
        told = next(row for row in bins if row["kind"] == "missing")
        assert [each["join"]["position"] for each in told["policies"] if each["chosen"]] == [policy["join"]["position"]]
        assert told["woe"] == bins[policy["join"]["position"]]["woe"]


def test_unseen_is_never_empirical(session):
    unseen = next(row for row in view(session, Points.of(None), "en")["bins"] if row["kind"] == "unseen")
    assert "empirical" not in [policy["value"] for policy in unseen["policies"]]
    assert [policy["value"] for policy in unseen["policies"] if policy["chosen"]] == [RULES.fallback]


def test_levels_stand_in_their_group_with_share_and_bad_rate(session):
    session.choose("home")
    levels = {each["level"]: each for row in view(session, Points.of(None), "en")["bins"] for each in row.get("levels", [])}
    assert levels["tenant"] == {"level": "tenant", "share": 0.25, "rate": 0.4}
    assert set(levels) == {"owner", "parents", "shared", "tenant"}


def test_a_broken_rule_is_said_in_the_readers_language(session):
    strict = Fitted(session.now, session.fitted.counts, replace(RULES, min_share=0.3))
    sent = Session(strict)
    sent.choose("age")
    assert any("30.0%" in line for line in view(sent, Points.of(None), "en")["warnings"])
    assert any(re.search("[\u4e00-\u9fff]", line) for line in view(sent, Points.of(None), "zh")["warnings"])


def test_periods_show_rates_and_the_bins_that_change_places():
    """By hand: in the first half 15 of 50 and 25 of 50 are bad in the two youngest classes, overall 40 and 30 of 100."""
    classes = numeric(periods=True)
    now = binning.described(classes, binning.Partition((30.0, 40.0)), RULES, binning.Solved("optimal", 6))
    session = Session(Fitted({"age": now}, {"age": classes}, RULES))
    first, second = view(session, Points.of(None), "en")["periods"]
    assert [row["rate"] for row in first["bins"]][:2] == [0.3, 0.5]
    assert (first["name"], first["inversions"], second["inversions"]) == ("2024H1", [[1, 0]], [])
    assert second["accounts"] == 300


def test_a_zero_in_a_period_is_unknown_and_no_number():
    classes = numeric(periods=True)
    empty = replace(classes.parts[0].classes, tally=tally([0, 35, 40, 43, 45, 48], [0, 15, 10, 7, 5, 2]))
    classes = replace(classes, parts=(replace(classes.parts[0], classes=empty), classes.parts[1]))
    now = binning.described(classes, binning.Partition((30.0,)), RULES, binning.Solved("optimal", 6))
    sent = view(Session(Fitted({"age": now}, {"age": classes}, RULES)), Points.of(None), "en")["periods"]
    assert sent[0]["bins"][0] == {"share": 0.0, "rate": None, "woe": None}


# ---- the widget ---------------------------------------------------------------------------------------------------------


def test_a_typed_number_inside_a_fine_class_goes_to_the_nearest_boundary():
    """By hand: between the classes 1-40, 50-90 and 100-110 bins can be split at 50 and at 100."""
    low, high = np.array([1.0, 50, 100]), np.array([40.0, 90, 110])
    classes = Classes("x", "numeric", low, high, tally([5, 5, 5], [5, 5, 5]), {}, tally([0], [0]))
    assert [snapped(classes, value) for value in (3, 55, 85, 95, 104)] == [50, 50, 100, 95, 100]


@pytest.mark.parametrize(("typed", "at"), [("25", 25.0), (" 45.5 ", 45.5), ("4_5", 45.0)])
def test_a_number_is_read_as_people_type_it(widget, typed, at):
    widget.do("split", at=typed)
    assert at in edges(widget.session)


def test_what_is_no_number_is_refused(widget):
    with pytest.raises(SettingsError, match="fifty is no number"):
        widget.do("split", at="fifty")


def test_a_command_of_the_browser_that_fails_is_said_and_draws_the_same_bins(widget):
    before = widget.view["bins"]
    widget._heard(widget, {"command": "merge", "at": 33}, [])
    assert widget.view["message"]["kind"] == "error"
    assert "no edge at 33" in widget.view["message"]["text"]
    assert widget.view["bins"] == before


@pytest.mark.parametrize("content", [{"command": "explode"}, {"command": "choose"}, {"command": "undo", "what": 1}, {}])
def test_nonsense_from_a_browser_is_said_and_does_no_harm(widget, content):
    before = widget.session.now
    widget._heard(widget, content, [])
    assert (widget.view["message"]["kind"], widget.session.now) == ("error", before)


def test_every_command_gives_a_new_revision(widget):
    first = widget.view["revision"]
    widget._heard(widget, {"command": "undo"}, [])
    assert widget.view["revision"] == first + 1


def test_the_fine_classes_follow_the_characteristic(widget):
    assert widget.fine["edges"] == [30, 40, 50, 60, 70]
    widget.do("choose", name="home")
    assert widget.fine == {"name": "home"}


def test_a_cell_run_again_goes_on_with_the_edits_not_yet_saved(widget, fitted):
    first = edges(widget.session)[0]
    widget.do("merge", at=first)
    again = open_editor(fitted, widget.path)
    assert (again.view["chosen"], again.view["pending"]) == ("age", widget.view["pending"])
    assert first not in edges(again.session)


def test_a_cell_run_again_says_which_edits_no_longer_apply(widget, fitted):
    first = edges(widget.session)[0]
    widget.do("merge", at=first)
    edits.save(widget.path, [edits.merge("age", first, reason="Too few.", author="wu")])
    again = open_editor(fitted, widget.path)
    assert again.view["message"]["kind"] == "error"
    assert f"no edge at {first:g}" in again.view["message"]["text"]
    assert again.view["pending"] == []


def test_saving_says_where(widget):
    widget.do("include")
    assert str(widget.path) in widget.do("save", reasons=["The law asks for it."], author="lin")
    assert widget.view["author"] == "lin"
    assert [entry.action for entry in edits.load(widget.path)] == ["include"]


def test_where_no_browser_draws_it_the_editor_says_what_it_is(widget):
    assert repr(widget).startswith("Editor of 2 characteristics; 0 edits are not saved")


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_edit_is_told_in_words(fitted, tmp_path, language):
    opened = open_editor(fitted, tmp_path / "edits.yaml", language=language)
    opened.do("choose", name="age")
    opened.do("merge", at=edges(opened.session)[0])
    for policy in ("neutral", "bin of 65"):
        opened.do("treat", **{"bin": "missing", "as": policy})
    opened.do("trend", trend="none")
    opened.do("choose", name="home")
    opened.do("group", levels=["tenant"], **{"with": "owner"})
    opened.do("group", levels=["tenant"], **{"with": None})
    opened.do("exclude")
    told = opened.view["pending"]
    assert len(set(told)) == len(told) >= 5
    assert not any("{" in line or "editor." in line for line in told)


# ---- the files of the browser -------------------------------------------------------------------------------------------

SCRIPT = (STATIC / "editor.js").read_text(encoding="utf-8")
PREFIXES = ("trend.", "column.", "treat.", "what.")


def words():
    return {key.removeprefix("editor.") for key in messages.catalogue("en") if key.startswith("editor.")}


def test_every_word_of_the_browser_is_in_the_catalogue():
    asked = set(re.findall(r"""\bt\((?:[^()"]*\? )?"([a-z_.]+)"(?: : "([a-z_.]+)")?""", SCRIPT))
    named = {key for pair in asked for key in pair if key}
    assert len(named) > 50
    assert named - words() == set()


def test_no_word_of_the_editor_lies_unused():
    library = "".join(path.read_text(encoding="utf-8") for path in STATIC.parent.glob("*.py"))
    named = set(re.findall(r'"([a-z_.]+)"', SCRIPT)) | set(re.findall(r'"(?:editor\.)?([a-z_.]+)"', library))
    assert {word for word in words() if not word.startswith(PREFIXES)} - named == set()


def test_data_never_become_markup():
    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(", SCRIPT) == []


def test_nothing_is_fetched():
    style = (STATIC / "editor.css").read_text(encoding="utf-8")
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\((?!#)|fetch\(|import\(", SCRIPT + style) == []
