"""Characters that a document of XML cannot hold."""

from __future__ import annotations

import re

from scorecard.errors import SettingsError

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 (2008), 2.2 Characters


def refuse_illegal(text: str, owner: str) -> None:
    r"""Refuse a text of a scorecard that XML cannot hold.

    Parameters
    ----------
    text : str
        A level or a name.
    owner : str
        What it belongs to, such as the characteristic.

    Raises
    ------
    SettingsError
        Where it holds such a character.

    Examples
    --------
    >>> refuse_illegal("a\x00b", "purpose")
    Traceback (most recent call last):
        ...
    scorecard.errors.SettingsError: The text 'a\x00b' of 'purpose' holds '\x00'; expected only characters that XML 1.0 allows. Rename the level or the column in the data, and build the scorecard anew.
    """
    if found := ILLEGAL.search(text):
        raise SettingsError(
            f"The text {text!r} of {owner!r} holds {found.group()!r}; expected only characters that XML 1.0 allows. "
            "Rename the level or the column in the data, and build the scorecard anew."
        )
