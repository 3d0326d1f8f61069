"""What a model card is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scorecard.results import Result
from scorecard.settings import About, Pipeline

Row = Mapping[str, Any]


@dataclass(frozen=True)
class CardFacts:
    """What a model card is made from: counts, results and words, never rows of customers.

    Parameters
    ----------
    about, pipeline : the settings of the run
    scorecard : mapping
        Content of ``scorecard.json``.
    funnel : rows with ``step``, ``reason``, ``rows``
    samples : rows with ``sample``, ``rows``, ``goods``, ``bads``, ``bad_rate``, ``first_date``, ``last_date``
    selection : rows with ``characteristic`` and whatever decided
    results : of validation; ``STA-02`` with the scope ``sample: characteristic`` gives the CSI of a characteristic
    comparison : rows with ``model``, ``sample``, ``auc``, ``auc_low``, ``auc_high`` and further measures;
        the model ``scorecard`` is the one that is proposed, ``incumbent`` the one it replaces
    strategy : rows a score band; with ``band``, ``goods`` and ``bads`` they are drawn as well
    hashes : mapping of what (data, code, environment, ...) to its SHA-256 or commit
    version, status : as the registry has them
    protected : attributes kept out of the model, for fairness tests
    swap : rows of those who come in and who go out, with ``before`` and ``after``; against the incumbent where there is one
    contest : mapping, ``comparison.json`` of the run: the verdict on challengers, the strategy and findings on both
    opinion : mapping with ``opinion``, ``validator``, ``date``; of the independent validation
    findings, approvals : rows as the register and the ledger have them
    proposal : mapping with the ``level`` and the ``rule`` that the results speak for; no opinion
    drafts : drafted findings, the most severe first, as `scorecard.validation.findings` gives them
    certificate : mapping, the parity certificate of the exports: ``clean``, ``complete`` and ``proofs``
    edits : rows of the edits of bins by hand, in order, with their impact; the last one, without a number, is all of them together
    """

    about: About
    pipeline: Pipeline
    scorecard: Row
    funnel: Sequence[Row]
    samples: Sequence[Row]
    selection: Sequence[Row]
    results: Sequence[Result]
    comparison: Sequence[Row]
    strategy: Sequence[Row]
    hashes: Mapping[str, str]
    version: str | None = None
    status: str = "proposed"
    protected: Sequence[str] = ()
    swap: Sequence[Row] = ()
    opinion: Row | None = None
    findings: Sequence[Row] = ()
    approvals: Sequence[Row] = ()
    edits: Sequence[Row] = ()
    certificate: Row | None = None
    contest: Row | None = None
    proposal: Row | None = None
    drafts: Sequence[Row] = ()

    @property
    def characteristics(self) -> list[Row]:
        """The characteristics of the scorecard; where it has several segments, each names its own."""
        segments = self.scorecard.get("segments")
        if segments is None:  # a file of the first format
            return list(self.scorecard["characteristics"])
        return [
            dict(each) | ({"segment": segment["name"]} if len(segments) > 1 else {})
            for segment in segments for each in segment["characteristics"]
        ]  # fmt: skip
