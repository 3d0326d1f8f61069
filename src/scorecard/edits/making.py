"""Edits from plain Python: one function an action. Author and time are the user's and now, unless given."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from typing import Any

from scorecard.edits.entry import Edit, stamp
from scorecard.errors import SettingsError


def merge(characteristic: str, at: float, *, reason: str, author: str | None = None) -> Edit:
    """Remove the boundary at an edge, so that the bins beside it become one.

    Examples
    --------
    >>> str(merge("income", 40_000, reason="Too few customers between.", author="lin"))
    'merge of income'
    """
    return _made("merge", characteristic, {"at": at}, reason, author)


def split(characteristic: str, at: float, *, reason: str, author: str | None = None) -> Edit:
    """Put a boundary at a number; values from it upwards go to the upper bin."""
    return _made("split", characteristic, {"at": at}, reason, author)


def move(characteristic: str, edge: float, to: float, *, reason: str, author: str | None = None) -> Edit:
    """Move a boundary to a number between its neighbours."""
    return _made("move", characteristic, {"from": edge, "to": to}, reason, author)


def group(characteristic: str, levels: Iterable[str], into: str | None = None, *, reason: str, author: str | None = None) -> Edit:
    """Move levels into the bin that holds the level `into`, or into a bin of their own."""
    return _made("group", characteristic, {"levels": levels, "with": into}, reason, author)


def treat(characteristic: str, which: str, policy: str, *, reason: str, author: str | None = None) -> Edit:
    """Treat missing, unseen or a special code's label as ``empirical``, ``worst``, ``neutral`` or ``bin of VALUE``."""
    return _made("treat", characteristic, {"bin": which, "as": policy}, reason, author)


def trend(characteristic: str, shape: str, *, reason: str, author: str | None = None) -> Edit:
    """Fit the bins again with another trend of the bad rate; boundaries that were moved by hand before are fitted anew."""
    return _made("trend", characteristic, {"trend": shape}, reason, author)


def include(characteristic: str, *, reason: str, author: str | None = None) -> Edit:
    """Force a characteristic into the scorecard."""
    return _made("include", characteristic, {}, reason, author)


def exclude(characteristic: str, *, reason: str, author: str | None = None) -> Edit:
    """Force a characteristic out of the scorecard."""
    return _made("exclude", characteristic, {}, reason, author)


def _made(action: str, characteristic: str, what: dict[str, Any], reason: str, author: str | None) -> Edit:
    return Edit(action, characteristic, what, reason, _user() if author is None else author, stamp())


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise SettingsError("This machine knows no name of the user; expected an author of the edit. Give author.") from None
