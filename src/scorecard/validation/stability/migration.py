"""How do the same customers move between the grades? Bandwidths of the migration matrix, and far moves against near ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from pandas import DataFrame
from scipy.special import ndtr

from scorecard.metrics import bandwidths, holm, neighbour_z
from scorecard.results import WORST_FIRST, Reading, Result, Verdict
from scorecard.settings import Thresholds
from scorecard.validation.evidence import Evidence, Floats, Ints, Moves
from scorecard.validation.judging import AMBER_P, REACH, RED_P, Z95, Limits, judge, told, unless_blind, upper_p

SCOPE = "migration"
EXITS = ("default", "other model", "terminated")
FAR = 3  # notches from which a move counts as far
BANDWIDTH_SOURCE = "ECB (2019), 2.5.5.1; limits: convention"
JUMP_SOURCE = "ECB (2019), 2.5.5.2; Holm (1979); limits: convention"


def matrix(moves: Moves, grades: int) -> Ints:
    """Count customers by the grade they start in and where they end: a grade, default, another model, or nowhere.

    Returns
    -------
    int array of shape (grades, grades + 3)

    Examples
    --------
    >>> matrix(Moves(np.array([0, 0, 1]), np.array([0, 1, 4])), 2)
    array([[1, 1, 0, 0, 0],
           [0, 0, 0, 0, 1]])
    """
    ends = grades + len(EXITS)
    return np.bincount(moves.before * ends + moves.after, minlength=grades * ends).reshape(grades, ends)


def bandwidth(counts: Ints, side: str, thresholds: Thresholds, *, defaults_known: bool = True) -> Result:
    """Judge how far customers move when they move, to worse grades (upper) or to better ones (lower) (STA-06).

    Parameters
    ----------
    counts : int array of shape (grades, grades + 3)
        As `matrix` returns it.
    side : {"upper", "lower"}
    thresholds : Thresholds
        `bandwidth_amber`, `bandwidth_red`, `min_events`.
    defaults_known : bool
        Whether it is known who defaulted in between.

    Returns
    -------
    Result
        The matrix-weighted bandwidth: how far a move goes on average, as a share of the longer way to an edge of the scale.
        The ECB names no limit, and moves by a single grade have a bandwidth that depends on the number of grades. So the
        limits are on `effect`, the bandwidth without the first step: 0 where every move goes one grade, about 0.4 where moves
        have no memory, 1 where all go to the farther edge; `threshold` is the bandwidth at the amber limit. Amber and red
        also need that chance does not explain it. Insufficient data where fewer than `min_events` customers move.
        `detectable` is the bandwidth that so many moves would show to be beyond the amber limit four times in five.

    References
    ----------
    ECB (2019), 2.5.5.1. The limits are a convention.

    Examples
    --------
    >>> counts = np.array([[80, 15, 4, 1, 0, 0, 0, 0], [10, 150, 30, 8, 2, 0, 0, 0], [2, 20, 120, 25, 3, 0, 0, 0],
    ...                    [1, 5, 15, 60, 19, 0, 0, 0], [0, 1, 4, 10, 35, 0, 0, 0]])
    >>> result = bandwidth(counts, "upper", Thresholds())
    >>> round(result.statistic, 4), round(result.effect, 3), result.verdict.value
    (0.4089, 0.102, 'green')
    """
    upper, lower = bandwidths(counts)
    found = upper if side == "upper" else lower
    scope, customers = f"{SCOPE}: {side}", int(counts.sum())
    values = _companions(counts, side) | {"customers": customers, "movers": found.movers, "needed": thresholds.min_events}
    if found.value is None or found.movers < thresholds.min_events:
        reading = Reading("reading.few_movers", values)
        return Result("STA-06", scope, customers, _defaults(counts), None, Verdict.INSUFFICIENT_DATA, BANDWIDTH_SOURCE, reading)
    limits = Limits(thresholds.bandwidth_amber, thresholds.bandwidth_red)
    if found.excess is None:
        reading = Reading("reading.two_grades", values)
        return Result("STA-06", scope, customers, _defaults(counts), None, Verdict.NOT_COMPUTABLE, BANDWIDTH_SOURCE, reading)
    p_value, p_red = (upper_p(found.excess - limit, found.excess_error) for limit in limits)
    verdict = Verdict.RED if p_red < RED_P else Verdict.AMBER if p_value < AMBER_P else Verdict.GREEN
    first = (found.value - found.excess) / (1 - found.excess) if found.excess < 1 else 0.0  # the bandwidth of moves by one grade
    limit, reach = (first + (1 - first) * each for each in (limits.amber, limits.amber + REACH * found.excess_error))
    low, high = max(0.0, found.value - Z95 * found.error), min(1.0, found.value + Z95 * found.error)
    return Result(
        "STA-06",
        scope,
        customers,
        _defaults(counts),
        found.value,
        verdict,
        BANDWIDTH_SOURCE,
        Reading(
            told(f"bandwidth_{side}", found.excess, p_value, limits.amber),
            values
            | {
                "bandwidth": found.value,
                "low": low,
                "high": high,
                "limit": limit,
                "p": p_value,
                "ends": _ends(counts, defaults_known),
            },
        ),
        interval=(low, high),
        threshold=limit,
        p_value=p_value,
        effect=found.excess,
        null=f"beyond their first step, moves go no farther than {limits.amber:g} of the longer way to an edge of the scale",
        detectable=reach,
    )


def jumps(counts: Ints, names: tuple[str, ...], thresholds: Thresholds) -> list[Result]:
    """Test of every grade whether more customers jump far than move near (STA-07).

    Parameters
    ----------
    counts : int array of shape (grades, grades + 3)
        As `matrix` returns it.
    names : tuple of str
        Of the grades, best first.
    thresholds : Thresholds
        `jump_amber`, `jump_red`, `min_rows`.

    Returns
    -------
    list of Result
        One for every starting grade: the z and the p-value of its worst neighbours, those of the smallest z among the cells with
        the worst verdict, the p-value adjusted for all cells of the matrix (Holm). The ECB's text counts everybody who starts in the grade, exits included; the reading also gives p among
        those who end in a grade. A small p says that a farther grade takes more customers than the one before it; amber and
        red need it adjusted, and a surplus of more than `jump_amber` or `jump_red` of the grade's customers. `effect` is that
        surplus. `detectable` is the surplus that p < 5 % without adjustment would have found four times in five. An effect beyond the amber limit that
        chance explains is insufficient data, not green, where `detectable` is beyond the red limit.

    References
    ----------
    ECB (2019), 2.5.5.2; Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> counts = np.array([[900, 10, 40, 0, 0, 0], [90, 1500, 90, 0, 0, 0], [20, 200, 990, 0, 0, 0]])
    >>> [(result.scope, result.verdict.value) for result in jumps(counts, ("A", "B", "C"), Thresholds())]
    [('migration: A', 'amber'), ('migration: B', 'green'), ('migration: C', 'green')]
    """
    everybody, survivors = (neighbour_z(counts, base) for base in _bases(counts))
    tested = ~np.isnan(everybody)
    adjusted = np.full(everybody.shape, np.nan)
    adjusted[tested] = holm(ndtr(everybody[tested]))
    limits = Limits(thresholds.jump_amber, thresholds.jump_red)
    return [
        _jump(counts, place, names, (everybody, survivors, adjusted), limits)
        if tested[place].any() and counts[place].sum() >= thresholds.min_rows
        else _few(counts, place, names, thresholds)
        for place in range(len(names))
    ]


def table(moves: Moves, names: tuple[str, ...]) -> DataFrame:
    """Return the migration matrix with z and p of every cell, in both conventions of who counts: a row per start and end.

    Parameters
    ----------
    moves : Moves
    names : tuple of str
        Of the grades, best first.
    """
    counts = matrix(moves, len(names))
    everybody, survivors = (neighbour_z(counts, base) for base in _bases(counts))
    total = counts.sum(axis=1)
    rows: list[dict[str, Any]] = []
    for start, name in enumerate(names):
        for end, to in enumerate((*names, *EXITS)):
            cell = {"from": name, "to": to, "customers": int(counts[start, end])}
            cell["share"] = float(counts[start, end] / total[start]) if total[start] else None
            inside = end < len(names)
            for base, z in (("", everybody), ("_survivors", survivors)):
                known = inside and not np.isnan(z[start, end])
                cell[f"z{base}"] = float(z[start, end]) if known else None
                cell[f"p{base}"] = float(ndtr(z[start, end])) if known else None
            rows.append(cell)
    return DataFrame(rows)


def each_bandwidth(evidence: Evidence) -> list[Result]:
    """Run STA-06 on the moves to both sides; not due where no earlier table is named."""
    if evidence.moves is None:
        return [_no_moves("STA-06", BANDWIDTH_SOURCE)]
    counts, known = matrix(evidence.moves, len(evidence.grades)), evidence.moves.defaults_known
    return [bandwidth(counts, side, evidence.thresholds, defaults_known=known) for side in ("upper", "lower")]


def each_jump(evidence: Evidence) -> list[Result]:
    """Run STA-07 on every starting grade; not due where no earlier table is named."""
    if evidence.moves is None:
        return [_no_moves("STA-07", JUMP_SOURCE)]
    return jumps(matrix(evidence.moves, len(evidence.grades)), evidence.grades, evidence.thresholds)


def _no_moves(code: str, source: str) -> Result:
    return Result(code, SCOPE, 0, 0, None, Verdict.NOT_DUE, source, Reading("reading.no_moves"))


def _bases(counts: Ints) -> tuple[Ints, Ints]:
    """Everybody who starts in each grade, and those of them who end in a grade."""
    return counts.sum(axis=1), counts[:, : len(counts)].sum(axis=1)


def _defaults(counts: Ints) -> int:
    return int(counts[:, len(counts)].sum())


def _companions(counts: Ints, side: str) -> dict[str, Any]:
    """How far customers move on average, and how many move three grades or more to one side."""
    grades, total = len(counts), max(int(counts.sum()), 1)
    place = np.arange(grades)
    notches = place - place[:, None]
    inside = counts[:, :grades]
    away = notches if side == "upper" else -notches
    staying = max(int(inside.sum()), 1)
    return {
        "notches": float((inside * np.abs(notches)).sum() / staying),
        "drift": float((inside * notches).sum() / staying),
        "far": float(inside[away >= FAR].sum() / total),
    }


def _ends(counts: Ints, defaults_known: bool) -> Reading:
    """Say how many left the grades, and whether defaults are among them."""
    key = "reading.ends_known" if defaults_known else "reading.ends_unknown"
    return Reading(key, {"defaults": _defaults(counts), "left": int(counts[:, len(counts) + 1 :].sum())})


def _jump(counts: Ints, place: int, names: tuple[str, ...], z: tuple[Floats, Floats, Floats], limits: Limits) -> Result:
    everybody, survivors, adjusted = (each[place] for each in z)
    customers = int(counts[place].sum())
    tested = np.flatnonzero(~np.isnan(everybody))
    surpluses = {cell: float((counts[place, cell] - counts[place, _nearer(cell, place)]) / customers) for cell in tested.tolist()}
    verdicts = {cell: judge(surplus, float(adjusted[cell]), limits) for cell, surplus in surpluses.items()}
    at = min(verdicts, key=lambda cell: (WORST_FIRST.index(verdicts[cell]), everybody[cell]))
    surplus, nearer = surpluses[at], _nearer(at, place)
    error = abs(surplus / everybody[at]) if everybody[at] else 0.0
    p_value, p_holm = float(ndtr(everybody[at])), float(adjusted[at])
    values = {
        "grade": names[place], "far": names[at], "near": names[nearer], "far_customers": int(counts[place, at]),
        "near_customers": int(counts[place, nearer]), "customers": customers, "z": float(everybody[at]), "p": p_value,
        "p_holm": p_holm, "p_survivors": float(ndtr(survivors[at])), "limit": limits.amber,
    }  # fmt: skip
    result = Result(
        "STA-07",
        f"{SCOPE}: {names[place]}",
        customers,
        int(counts[place, len(counts)]),
        float(everybody[at]),
        verdicts[at],
        JUMP_SOURCE,
        Reading(_jump_key(surplus, p_holm, limits), values),
        threshold=limits.amber,
        p_value=p_value,
        effect=surplus,
        null="no farther grade takes more customers than the one before it",
        detectable=REACH * error if error else None,
    )
    return unless_blind(result, limits.red)


def _nearer(cell: int, place: int) -> int:
    """Return the grade one step nearer to the starting one."""
    return cell + (1 if cell < place else -1)


def _jump_key(surplus: float, p_holm: float, limits: Limits) -> str:
    if surplus <= 0:
        return "reading.jump_none"
    return "reading.jump_small" if surplus <= limits.amber else told("jump", surplus, p_holm, limits.amber)


def _few(counts: Ints, place: int, names: tuple[str, ...], thresholds: Thresholds) -> Result:
    customers, defaults = int(counts[place].sum()), int(counts[place, len(counts)])
    reading = Reading("reading.few_starters", {"customers": customers, "needed": thresholds.min_rows})
    verdict = Verdict.INSUFFICIENT_DATA
    return Result("STA-07", f"{SCOPE}: {names[place]}", customers, defaults, None, verdict, JUMP_SOURCE, reading)
