"""What the predicates of a PMML attribute let through: an interval, values, missing values, or everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isnan, nan, nextafter
from shlex import shlex
from xml.etree.ElementTree import Element  # of what defusedxml has read

ENDS = {"lessThan": (False, False), "lessOrEqual": (False, True), "greaterOrEqual": (True, False), "greaterThan": (True, True)}


@dataclass(frozen=True)
class Asked:
    """What a predicate lets through.

    Attributes
    ----------
    lower, upper : float
        An interval closed on the left.
    values : tuple of str or None
        These values only.
    missing, everything : bool
        Missing values only; everything, missing values too.
    """

    lower: float = -inf
    upper: float = inf
    values: tuple[str, ...] | None = None
    missing: bool = False
    everything: bool = False

    @property
    def is_interval(self) -> bool:
        """Whether it asks for a comparison."""
        return self.values is None and not self.missing and not self.everything

    def takes(self, number: float, *, code: bool = False) -> bool:
        """Whether it lets a number through; as a `code`, also one that is asked for by name."""
        if self.values is not None:
            return code and any(number == float(value) for value in self.values)
        return self.everything or (not self.missing and self.lower <= number < self.upper)


def parts(each: Element) -> Iterator[Asked]:
    """Yield what a predicate lets through: any of it.

    Raises
    ------
    ValueError
        Where it asks for what a points table does not.
    """
    joined = each.get("booleanOperator")
    if each.tag == "True":
        yield Asked(everything=True)
    elif each.tag == "SimplePredicate":
        yield _simple(each)
    elif (each.tag, joined) == ("SimpleSetPredicate", "isIn"):
        yield Asked(values=tuple(_array(each.findtext("Array", ""))))
    elif (each.tag, joined) == ("CompoundPredicate", "or"):
        for part in each:
            yield from parts(part)
    elif (each.tag, joined) == ("CompoundPredicate", "and"):
        yield _both([part for child in each for part in parts(child)])
    else:
        raise ValueError(f"has the predicate {each.tag} {joined or ''}".rstrip())


def number(text: str | None) -> float:
    """Return a number of the document.

    Raises
    ------
    ValueError
        Where it is none.
    """
    try:
        found = float(text or "")
    except ValueError:
        found = nan
    if isnan(found):
        raise ValueError(f"has {text!r} where a number belongs")
    return found


def _simple(each: Element) -> Asked:
    operator, value = each.get("operator", ""), each.get("value")
    if operator == "isMissing":
        return Asked(missing=True)
    if operator == "equal":
        return Asked(values=(value or "",))
    if operator not in ENDS:
        raise ValueError(f"has the comparison {operator or 'without an operator'}")
    above, after = ENDS[operator]
    end = nextafter(number(value), inf) if after else number(value)
    return Asked(lower=end) if above else Asked(upper=end)


def _both(found: list[Asked]) -> Asked:
    if not found or not all(part.is_interval for part in found):
        raise ValueError("joins by and what is not a comparison")
    return Asked(max(part.lower for part in found), min(part.upper for part in found))


def _array(text: str) -> list[str]:
    r"""Return the values of an array: between blanks, with blanks where they are quoted.

    Examples
    --------
    >>> _array(r'a "b c" "d \"e\""')
    ['a', 'b c', 'd "e"']
    """
    found = shlex(text, posix=True)
    found.whitespace_split, found.commenters, found.quotes = True, "", '"'
    return list(found)
