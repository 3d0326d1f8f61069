"""What the text of a bin says: an interval, levels, missing values, a code."""

from __future__ import annotations

import ast
import re
from math import inf

from scorecard.importing.card import Codes, opened
from scorecard.woe import Bin

MISSING = {"missing", "nan", "null", "(missing)", "缺失", "缺失值"}
UNSEEN = {"else", "unseen", "otherwise"}
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
END = rf"{NUMBER}|[+-]?inf(?:inity)?|负无穷|正无穷"
RANGE = re.compile(rf"([\[(])\s*({END})\s*[,~;]\s*({END})\s*([\])])", re.IGNORECASE)
SPAN = re.compile(rf"({END})\s+to\s+<\s*({END})", re.IGNORECASE)
SIDE = re.compile(rf"(<=|<|>=|>)\s*({NUMBER})", re.IGNORECASE)
QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
LONGEST = 200  # characters of a label
ARRAY = re.compile(r"<\w*Array>|\[.*['\"].*\]|\[[\d\s.,]*\]", re.DOTALL)  # a printed array or list
AROUND = re.compile(r"<\w+>|Length: \d+,? dtype: \S+|np\.str_|[\s,\[\]()]")  # what arrays print beside their texts


def interval(text: str) -> Bin | None:
    """Return the interval that a text describes, in whichever of the common ways; None where it is none.

    Examples
    --------
    >>> interval("[-inf ~ 3.0)").upper
    3.0
    >>> interval("(12, 24]").lower
    12.000000000000002
    """
    plain = text.strip()
    if found := RANGE.fullmatch(plain):
        left, lower, upper, right = found.groups()
        return opened(_end(lower), _end(upper), after=left == "(", through=right == "]", label=plain)
    if found := SPAN.fullmatch(plain):
        return opened(_end(found[1]), _end(found[2]), after=False, through=False, label=plain)
    if found := SIDE.fullmatch(plain):
        sign, end = found[1], float(found[2])
        lower, upper = (-inf, end) if sign[0] == "<" else (end, inf)
        return opened(lower, upper, after=sign == ">", through=sign == "<=", label=plain)
    return None


def moved(text: str) -> bool:
    """Whether a text describes an interval that is open on the left or closed on the right at a number.

    Examples
    --------
    >>> moved("(-inf, 4.50)"), moved("(4, 9]")
    (False, True)
    """
    found, side = RANGE.fullmatch(text.strip()), SIDE.fullmatch(text.strip())
    if found:
        after, through = found[1] == "(" and abs(_end(found[2])) < inf, found[4] == "]" and abs(_end(found[3])) < inf
        return after or through
    return side is not None and side[1] in ("<=", ">")


def bins(text: str, codes: Codes, *, numeric: bool, apart: str = "") -> tuple[Bin, ...] | None:
    """Return the bins of a row; None where the text cannot be read.

    Parameters
    ----------
    text : str
    codes : mapping of row's name to one or more special codes
    numeric : bool
        Whether the characteristic has intervals.
    apart : str
        What stands between levels, beside ``%,%`` and the array of texts that optbinning prints.

    Examples
    --------
    >>> [each.values for each in bins("a%,%b", {}, numeric=False)]
    [('a', 'b')]
    >>> [each.kind for each in bins("[-inf,26.0)%,%missing", {}, numeric=True)]
    ['interval', 'missing']
    """
    if not numeric and ARRAY.match(text):
        parts = listed(text) or [""]
    else:
        parts = [piece for each in text.split("%,%") for piece in (each.split(apart) if apart and not numeric else [each])]
    found = [_part(each, codes, numeric=numeric) for each in parts]
    if not all(found):
        return None
    flat = [each for part in found for each in part]
    levels = tuple(value for each in flat if each.kind == "category" for value in each.values)
    label = ", ".join(levels)
    merged = (Bin("category", label if len(label) <= LONGEST else f"{label[:LONGEST]} ...", values=levels),) if levels else ()
    return merged + tuple(each for each in flat if each.kind != "category")


def listed(text: str) -> list[str] | None:
    r"""Return the texts of a printed list or array; None where it is none, or was cut short.

    Examples
    --------
    >>> listed("['used car' 'it\\'s']"), listed("['a', ..., 'z']"), listed("[1 2]")
    (['used car', "it's"], None, ['1', '2'])
    """
    rest = QUOTED.sub(" ", text)
    found = [str(ast.literal_eval(each)) for each in QUOTED.findall(text)]
    left = AROUND.sub(" ", rest).split()
    if not found and left and all(re.fullmatch(NUMBER, each) for each in left):
        return [each.removesuffix(".") for each in left]
    return found if found and not left else None


def _part(text: str, codes: Codes, *, numeric: bool) -> tuple[Bin, ...]:
    """Return the bins of one text; none where it cannot be read."""
    plain = text.strip()
    if plain in codes:
        found = codes[plain]
        several = found if isinstance(found, tuple) else (found,)
        return tuple(
            Bin("special", plain, values=(code,)) if numeric else Bin("category", plain, values=(_level(code),))
            for code in several
        )
    if plain.lower() in MISSING:
        return (Bin("missing", plain),)
    if not numeric:
        return () if not plain else (Bin("unseen", plain) if plain.lower() in UNSEEN else Bin("category", plain, values=(text,)),)
    if re.fullmatch(NUMBER, plain, re.IGNORECASE):
        return (Bin("special", plain, values=(float(plain),)),)
    between = interval(plain)
    return () if between is None else (between,)


def _level(code: float) -> str:
    return str(int(code)) if isinstance(code, float) and code.is_integer() else str(code)


def _end(text: str) -> float:
    return {"负无穷": -inf, "正无穷": inf}.get(text) or float(text)
