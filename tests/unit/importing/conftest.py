"""A folder to write a points table into, and the scorecard that is read from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scorecard.importing import Given, assemble, read_table
from scorecard.model import Scorecard
from scorecard.points import Scaling


@pytest.fixture
def imported(tmp_path) -> Callable[..., Scorecard]:
    """Return a function from the text of a CSV table to its scorecard."""

    def read(text: str, **given) -> Scorecard:
        path = Path(tmp_path / "card.csv")
        path.write_text(text, encoding="utf-8")
        said = Given(**given)
        return assemble("incumbent", read_table(path, said), said, Scaling(), {})

    return read
