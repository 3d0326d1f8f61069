"""The monitoring page: the verdict on every batch, what to do about it, and the tables behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scorecard import figures
from scorecard.report import pages

_ALARMS = ("red", "amber")


def render_monitoring(report: Mapping[str, Any], language: str = "en") -> str:
    """Return the monitoring report as one HTML page that needs nothing from outside.

    Parameters
    ----------
    report : mapping
        ``model`` (``name``, ``version``, ``hash``), ``verdict``, ``owner``, ``limits`` (amber and red of the
        stability index) and ``batches``: each with ``name``, ``rows``, ``dates`` (first and last), ``verdict``,
        ``results`` (as `Result.to_dict` gives them), ``characteristics`` (rows with ``characteristic``, ``csi``,
        ``critical``, ``shift_points``, ``missing_reference``, ``missing_current``, ``unseen``, ``verdict``),
        ``score`` (``psi`` and further figures) and ``action`` (what to do, in words). Verdicts are taken as they are.
    language : {"en", "zh"}
    """
    limits = tuple(report.get("limits") or figures.LIMITS)
    batches = [
        dict(batch) | {"alarms": _alarms(batch), "figure": _figure(batch, limits, language)} for batch in report["batches"]
    ]
    psi = [{"batch": batch["name"], "psi": (batch.get("score") or {}).get("psi")} for batch in batches]
    trend = figures.trend(psi, limits, language=language) if sum(row["psi"] is not None for row in psi) > 1 else None
    return pages.page("monitoring.html.j2", language, report=report, batches=batches, trend=trend)


def _alarms(batch: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return red before amber; a characteristic speaks for itself only where no result speaks of it."""
    told = [result for result in batch.get("results", ()) if result["verdict"] in _ALARMS]
    scopes = {result["scope"].rpartition(": ")[2] for result in told}
    rows = [row for row in batch.get("characteristics", ()) if row["verdict"] in _ALARMS and row["characteristic"] not in scopes]
    found = [{"verdict": each["verdict"], "result": each, "row": None} for each in told]
    found += [{"verdict": each["verdict"], "result": None, "row": each} for each in rows]
    return sorted(found, key=lambda alarm: _ALARMS.index(alarm["verdict"]))


def _figure(batch: Mapping[str, Any], limits: tuple[float, float], language: str) -> figures.Chart | None:
    rows = [row for row in batch.get("characteristics", ()) if row.get("csi") is not None]
    return figures.stability(rows, limits, language=language) if rows else None
