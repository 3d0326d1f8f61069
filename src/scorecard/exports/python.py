"""The scorecard as one Python file that needs nothing but Python."""

from __future__ import annotations

import inspect
import pprint

from scorecard.exports import row
from scorecard.model import Scorecard

HEAD = """\
#!/usr/bin/env python3
# Scorecard {name}
# SHA-256 {sha256}
#
# Needs Python 3.8 or later and nothing else. Columns: {columns}
#
#     python card.py < rows.jsonl > scored.jsonl     one JSON object a line, in and out; exit code 1 where a line could not be scored
#
#     from card import score
#     score({{{example}}})     ->  score, pd_raw, pd_calibrated, pd, grade, reasons
#
"""
TAIL = """

CARD = {card}

score = compile(CARD)

if __name__ == "__main__":
    import sys

    sys.exit(serve(score, sys.stdin.buffer, sys.stdout.write))
"""
WIDTH = 130


def python(card: Scorecard) -> str:
    """Return a Python file that scores rows: equal scorecards give equal bytes.

    Parameters
    ----------
    card : Scorecard

    Returns
    -------
    str
        UTF-8 text that imports the standard library alone. As a script it scores JSON lines from the standard input;
        as a module it offers ``score(row)``.
    """
    columns = ", ".join(f"{name!a} ({dtype})" for name, dtype in card.dtypes.items())
    example = ", ".join(f"{name!a}: ..." for name in card.inputs[:2])
    head = HEAD.format(name=ascii(card.name), sha256=card.sha256, columns=columns, example=example)
    written = pprint.pformat(card.to_dict(), width=WIDTH, sort_dicts=False)
    return head + inspect.getsource(row) + TAIL.format(card=written)
