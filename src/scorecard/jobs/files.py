"""Files that commands write: whole or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from scorecard.errors import DataError


def save(content: bytes, out: Path) -> None:
    """Write a file; its folders are made, and what stood there stays until the new one is whole.

    Raises
    ------
    DataError
        Where it cannot be written.
    """
    part = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        with suppress(OSError):  # where the folder is none, there is nothing to remove
            part.unlink(missing_ok=True)
        raise DataError(
            f"{out} cannot be written ({error.strerror or type(error).__name__}). Choose another place, or free some space."
        ) from error
