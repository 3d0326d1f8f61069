"""Prove that every export of a model gives what the model gives; a difference keeps it from being registered."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from scorecard.errors import GovernanceError
from scorecard.exports import parity
from scorecard.exports.certificate import Certificate
from scorecard.jobs import files
from scorecard.model import Scorecard
from scorecard.tracking.registry import Version

log = logging.getLogger(__name__)


def certify(version: Version, engines: Sequence[str] = (), out: Path | None = None) -> Certificate:
    """Execute the exports of a model on its golden vectors; write the certificate where `out` is given.

    Parameters
    ----------
    version : Version
        A registered model or a file.
    engines : sequence of str, optional
        Names of `parity.ENGINES`; all of them, and the dialects of SQL that can only be written, where none are given.
    out : Path, optional

    Raises
    ------
    SettingsError
        Where there is no such engine.
    DataError
        Where `out` cannot be written.
    """
    chosen = parity.named(engines) if engines else None
    certificate = parity.certify(Scorecard.load(version.path), chosen)
    if out:
        save(certificate, out)
    log.info("certified model=%s/%s clean=%s complete=%s", version.name, version.version, certificate.clean, certificate.complete)
    return certificate


def save(certificate: Certificate, out: Path) -> None:
    """Write a certificate as JSON; the file appears whole or not at all.

    Raises
    ------
    DataError
        Where it cannot be written.
    """
    files.save(text(certificate).encode(), out)


def text(certificate: Certificate) -> str:
    """Return a certificate as the text of its file: equal certificates give equal bytes."""
    return json.dumps(certificate.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def refuse_difference(certificate: Certificate) -> None:
    """Refuse a model whose exports do not all give what it gives.

    Raises
    ------
    GovernanceError
        With the first difference, or where nothing was executed.
    """
    if certificate.clean:
        return
    told = certificate.differences[0] if certificate.differences else "No export was executed."
    raise GovernanceError(
        f"The exports of the scorecard {certificate.name} do not give what it gives. {told} "
        "Nothing is registered. See the certificate, and mend the export."
    )
