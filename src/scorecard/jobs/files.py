"""Files that commands write: whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scorecard.errors import DataError


def save(content: bytes, out: Path) -> None:
    """Write a file; its folders are made, and what stood there stays until the new one is whole.

    Raises
    ------
    DataError
        Where it cannot be written.
    """
    with writing(out) as part:
        part.write_bytes(content)


@contextmanager
def writing(out: Path) -> Iterator[Path]:
    """Yield the path to write to; it becomes the file when the block ends, and is gone when the block fails.

    Raises
    ------
    DataError
        Where it cannot be written.
    """
    part = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(out)
    except OSError as error:
        _remove(part)
        raise DataError(
            f"{out} cannot be written ({error.strerror or type(error).__name__}). Choose another place, or free some space."
        ) from error
    except BaseException:
        _remove(part)
        raise


def refuse_place(folder: Path) -> None:
    """Refuse a folder that cannot be made or written to, before hours are spent on what is to lie there.

    Raises
    ------
    DataError
        Where a file is in the way, or the right to write is missing.
    """
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise DataError(f"{folder} cannot be written: {there} is no folder to write to. Choose another place.")


def _remove(part: Path) -> None:
    with suppress(OSError):  # where the folder is none, there is nothing to remove
        part.unlink(missing_ok=True)
