"""The formulas of one customer, wherever their cells stand: from the values to bins, points, score, PD, grade and reasons.

They use functions that every Excel since 2007 and LibreOffice know. Levels are compared by EXACT, because MATCH knows
neither case nor plain asterisks. Both programs compare numbers by about 15 digits: a value nearer to an edge counts as the edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scorecard.exports.excel.lookups import Block, Lookups
from scorecard.model import Scorecard
from scorecard.reasons import FINE, ROOM, reference_steps
from scorecard.woe import Characteristic

RESULTS = ("score", "pd_raw", "pd_calibrated", "pd", "grade")
HELPERS = ("total", "odds", "logit")
OVERFLOW = 700  # EXP of more than 709 is an error in Excel; at 700 the PD is 0 to 300 digits
At = Mapping[str, str]


def results(card: Scorecard) -> list[str]:
    """Return the names of what a customer gets, in order."""
    most = 0 if card.reasons is None else card.reasons.most
    return [*RESULTS, *(f"reason_{place}" for place in range(1, most + 1))]


def formulas(card: Scorecard, at: At, found: Lookups) -> Iterator[tuple[str, str]]:
    """Yield name and formula, without its equals sign, of everything that is calculated for one customer.

    Parameters
    ----------
    card : Scorecard
    at : mapping of name to address
        ``value NAME`` of each input; ``bin 0``, ``steps 0``, ``key 0`` and so on of each term; the ranges ``all steps``, ``all keys``
        and ``all names``; ``bin rule`` where there are segments; ``total``, ``odds``, ``logit`` and the results.
    found : Lookups
    """
    if card.segmentation is not None and found.rule is not None:
        rule = card.segmentation.characteristic
        yield "bin rule", bin_number(rule, at[f"value {rule.name}"], found.rule)
    number = 0
    for place, segment in enumerate(card.segments, start=1):
        for following, term in zip(range(len(segment.terms), 0, -1), segment.terms, strict=True):
            block, own = found.terms[number], at[f"bin {number}"]
            chosen = bin_number(term.characteristic, at[f"value {term.name}"], block)
            yield f"bin {number}", chosen if found.rule is None else f'IF({at_segment(at, found.rule)}={place},{chosen},"")'
            yield f"steps {number}", _unless_blank(own, f"INDEX({block.steps},{own})")
            if card.reasons is not None:
                reference = reference_steps(term.reference or 0.0, card.scaling)
                lost = f"({reference}-{FINE}*{at[f'steps {number}']})*{ROOM}+{following}"
                yield f"key {number}", _unless_blank(at[f"steps {number}"], lost)
            number += 1
    yield from _score(card, at, found)
    yield from _reasons(card, at, found)


def at_segment(at: At, rule: Block) -> str:
    """Return the formula of the number of the customer's segment."""
    return f"INDEX({rule.steps},{at['bin rule']})"


def bin_number(each: Characteristic, value: str, block: Block) -> str:
    """Return the formula of the number, from 1, of the bin that a value falls into; an empty cell is missing."""
    missing, unseen = each.index("missing") + 1, each.index("unseen") + 1
    if each.kind == "categorical":
        known = f"SUMPRODUCT(EXACT({value},{block.values})*{block.values_bin})"
        number = str(unseen) if block.values is None else f"IF({known}=0,{unseen},{known})"
        return f"IF(ISBLANK({value}),{missing},{number})"
    number = "1" if block.values is None else f"IFERROR(MATCH({value},{block.values},1),0)+1"
    if block.codes is not None:
        number = f"IFERROR(INDEX({block.codes_bin},MATCH({value},{block.codes},0)),{number})"
    return f"IF(ISBLANK({value}),{missing},IF(ISNUMBER({value}),{number},NA()))"


def _unless_blank(cell: str, own: str) -> str:
    return f'IF({cell}="","",{own})'


def _score(card: Scorecard, at: At, found: Lookups) -> Iterator[tuple[str, str]]:
    constant = found.constants
    bases = [constant[f"base steps {place}"] for place in range(1, len(card.segments) + 1)]
    base = bases[0] if found.rule is None else f"CHOOSE({at_segment(at, found.rule)},{','.join(bases)})"
    total = f"{base}+SUM({at['all steps']})"
    total = f"MIN({constant['highest steps']},{total})" if "highest steps" in constant else total
    yield "total", f"MAX({constant['lowest steps']},{total})" if "lowest steps" in constant else total
    yield "score", f"{at['total']}/{constant['steps of a point']}"
    yield "odds", f"({at['score']}-{constant['offset']})/{constant['factor']}"
    yield "pd_raw", f"1/(1+EXP(MIN({OVERFLOW},{at['odds']})))"
    yield "logit", _logit(card, at, constant)
    yield "pd_calibrated", _calibrated(card, at, found)
    shifted = _logistic(f"({at['logit']}+{constant['shift']})") if card.calibration.shift else at["pd_calibrated"]
    yield "pd", f"MAX({shifted},{constant['floor']})" if card.calibration.floor else shifted
    yield "grade", _band(at["score"], found.grade_cuts, found.grades) if found.grades else '""'


def _logistic(logit: str) -> str:
    return f"1/(1+EXP(MIN({OVERFLOW},-{logit})))"


def _logit(card: Scorecard, at: At, constant: Mapping[str, str]) -> str:
    """Return the formula of the calibrated log-odds of bad."""
    method, odds = card.calibration.method, at["odds"]
    if method == "none":
        return f"-{odds}"
    if method == "isotonic":
        share = at["pd_calibrated"]
        return f"IF({share}<=0,-{OVERFLOW},IF({share}>=1,{OVERFLOW},LN({share}/(1-{share}))))"
    if method == "beta":
        of_raw = f"(MAX({odds},0)+LN(1+EXP(-ABS({odds}))))"  # -ln(pd_raw), without loss of digits where it is near 0 or 1
        return f"{constant['intercept']}-{constant['slope']}*{of_raw}-{constant['complement']}*({odds}-{of_raw})"
    return f"{constant['intercept']}-{constant['slope']}*{odds}"


def _calibrated(card: Scorecard, at: At, found: Lookups) -> str:
    if card.calibration.method == "none":
        return at["pd_raw"]
    if card.calibration.method == "isotonic":
        return _band(at["score"], found.pd_cuts, found.pds)
    return _logistic(at["logit"])


def _band(score: str, cuts: str | None, values: str | None) -> str:
    """Return the formula of the value of the band that a score is in; the bands lie between the cuts, closed on the left."""
    place = "1" if cuts is None else f"IFERROR(MATCH({score},{cuts},1),0)+1"
    return f"IF(ISNUMBER({score}),INDEX({values},{place}),NA())"


def _reasons(card: Scorecard, at: At, found: Lookups) -> Iterator[tuple[str, str]]:
    if card.reasons is None:
        return
    keys, names, cutoff = at["all keys"], at["all names"], found.constants.get("reasons below")
    for place in range(1, card.reasons.most + 1):
        largest = f"LARGE({keys},{place})"
        told = f'IFERROR(IF({largest}>={ROOM},INDEX({names},MATCH({largest},{keys},0)),""),"")'
        yield f"reason_{place}", told if cutoff is None else f'IF({at["score"]}>={cutoff},"",{told})'
