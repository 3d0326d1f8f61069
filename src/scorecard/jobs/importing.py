"""Take over the bank's present scorecard: read it, hold it to the scores it gave, and register it as the incumbent."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from scorecard import importing, model, scale
from scorecard.contracts import Column, Contract, Dtype
from scorecard.data import source
from scorecard.equivalence.record import INCUMBENT
from scorecard.errors import DataError, GovernanceError, SettingsError
from scorecard.exports import parity
from scorecard.importing.card import Given, Policy
from scorecard.jobs import certify
from scorecard.jobs.step import Step
from scorecard.model import Scorecard
from scorecard.points import Scaling
from scorecard.settings import NAME, Table
from scorecard.tracking import Store, Tracked, open_store, registry
from scorecard.tracking.rows import served

log = logging.getLogger(__name__)
ALIAS = "incumbent"
PMML = (".pmml", ".xml")
TREATMENTS: dict[str, Policy] = {"worst": "worst", "neutral": "neutral"}
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """What is to be imported, and what its owner says beside.

    Attributes
    ----------
    name : str
        In the registry.
    path : Path
        A points table (CSV, Excel) or a PMML document.
    given : Given
    scaling : Scaling or None
        Points that double the odds, base score and base odds; None finds them on the scored rows.
    scored : Table or None
        Rows with the inputs and the scores that the incumbent gave.
    score_column : str
    bad_column : str or None
        Their outcome, 1 bad and 0 good; gives the scaling where none is given, and provisional grades.
    tolerance : float
        Points that a score may differ.
    unproven : bool
        Import it without scored rows; the file then says so.
    """

    name: str
    path: Path
    given: Given
    scaling: Scaling | None = None
    scored: Table | None = None
    score_column: str = "score"
    bad_column: str | None = None
    tolerance: float = 0.0
    unproven: bool = False


@dataclass(frozen=True)
class Imported:
    """What was registered, and what was read otherwise than it is written."""

    reference: str
    card: Scorecard
    notes: tuple[str, ...]


def policy(text: str) -> Policy | None:
    """Return a treatment that was given as text; None where it is empty.

    Raises
    ------
    SettingsError
        Where it is neither worst, neutral nor a number.

    Examples
    --------
    >>> policy("worst"), policy("-5")
    ('worst', -5.0)
    """
    if text in TREATMENTS:
        return TREATMENTS[text]
    try:
        value = float(text) if text else None
    except ValueError:
        value = float("nan")
    if value is not None and not isfinite(value):
        raise SettingsError(f"{text!r} is not a treatment; expected worst, neutral or points. Change the option.")
    return value


def given(missing: str, unseen: str, special: Sequence[str], dtypes: Mapping[str, str]) -> Given:
    """Return what a points table does not say, from the options of the command.

    Parameters
    ----------
    missing, unseen : str
        As for `policy`.
    special : sequence of str
        Such as ``age:Special=-999``, the code that a row stands for.
    dtypes : mapping of column to dtype

    Raises
    ------
    SettingsError
        Where an option is not as expected.
    """
    codes: dict[str, dict[str, tuple[float, ...]]] = {}
    for text in special:
        column, mark, rest = text.partition(":")
        row, equal, written = rest.rpartition("=")
        try:
            code = float(written)
        except ValueError:
            mark = ""
        if not (mark and equal and column and row):
            raise SettingsError(f"--special {text!r} is not COLUMN:ROW=CODE, such as age:Special=-999. Change the option.")
        found = codes.setdefault(column, {})
        found[row] = (*found.get(row, ()), code)
    for name, dtype in dtypes.items():
        if dtype not in get_args(Dtype):
            raise SettingsError(f"--dtype {name}={dtype}; expected {', '.join(get_args(Dtype))}. Change the option.")
    return Given(policy(missing), policy(unseen), codes, dtypes)  # type: ignore[arg-type]


def scaling(pdo: float | None, base_score: float, base_odds: float) -> Scaling | None:
    """Return the scale that the command names; None where it is to be found."""
    return None if pdo is None else Scaling(pdo, base_score, base_odds)


def bring(asked: Asked, root: Path) -> Imported:
    """Read, prove and register an incumbent, with the alias `incumbent`.

    Raises
    ------
    DataError, SettingsError
        Where the file or the rows cannot be read, or something is neither written nor given.
    GovernanceError
        Where it does not give the scores that it gave, or there are none and it was not asked for as unproven; or an export
        does not give what it gives.
    EvidenceError
        Where the odds of its scores cannot be found on the rows.
    """
    _refuse(asked)
    written = (
        importing.read_pmml(asked.path) if asked.path.suffix.lower() in PMML else importing.read_table(asked.path, asked.given)
    )
    made_from = {"imported_sha256": source.file_sha256(asked.path)}
    card = importing.assemble(asked.name, written, asked.given, asked.scaling or Scaling(), made_from)
    card = importing.unproven(card) if asked.scored is None else _held(card, asked, asked.scored, root)
    return Imported(_registered(card, root), card, written.notes)


def incumbents(step: Step) -> dict[str, Scorecard]:
    """Return the incumbent that the pipeline names, as ``incumbent``; nothing where it names none. Its file becomes an artefact.

    Raises
    ------
    SettingsError, GovernanceError
        Where there is no such model, or it is no scorecard.
    """
    if step.pipeline.incumbent is None:
        return {}
    path = registry.resolve(step.own.store, step.pipeline.incumbent).path
    step.own.save_bytes(INCUMBENT, path.read_bytes())  # an alias may point elsewhere tomorrow
    return {ALIAS: Scorecard.load(path)}


def inputs(cards: Mapping[str, Scorecard], contract: Contract) -> list[str]:
    """Return the columns that incumbents need, to be among those of the rows that models are compared on.

    Raises
    ------
    DataError
        Where the contract does not have one.
    """
    names = list(dict.fromkeys(name for card in cards.values() for name in card.inputs))
    if absent := [name for name in names if name not in contract.columns]:
        raise DataError(
            f"The incumbent needs {', '.join(absent)}, which the contract {contract.name} does not have; expected all of its inputs. "
            "Add them to the table and the contract, with the role excluded where the new model must not use them."
        )
    return names


def _refuse(asked: Asked) -> None:
    if not NAME.fullmatch(asked.name):
        raise SettingsError(
            f"{asked.name!r} is no name of a model; expected letters, digits, dots, dashes and underscores. Change it."
        )
    if asked.scored is None and not asked.unproven:
        raise GovernanceError(
            f"No scored rows came with {asked.path.name}, so nothing shows that it is read as it was meant; expected rows with its scores. "
            "Give them, or ask for an unproven import, which the scorecard will say of itself."
        )
    if asked.scaling is None and (asked.scored is None or asked.bad_column is None):
        raise SettingsError(
            f"What the scores of {asked.name} say of the odds is not known; expected pdo, base_score and base_odds, "
            "or scored rows with their outcome to find them on. Give one of the two."
        )


def _held(card: Scorecard, asked: Asked, table: Table, root: Path) -> Scorecard:
    """Return the scorecard, proven on its rows; where these have an outcome, with odds and provisional grades."""
    rows = _rows(card, asked, table, root)
    card = importing.proven(card, rows, asked.score_column, asked.tolerance)
    if asked.bad_column is None:
        return card
    bad = _outcome(rows, asked.bad_column)
    if asked.scaling is None:
        card = importing.fitted(card, rows, bad)
    scored = card.score(rows)
    return replace(
        card, grades=scale.provisional(scored.score, scored.pd, bad), target={"column": asked.bad_column, "good": [0], "bad": [1]}
    )


def _rows(card: Scorecard, asked: Asked, table: Table, root: Path) -> pa.Table:
    columns: dict[str, Column] = {name: Column.model_validate({"dtype": dtype}) for name, dtype in card.dtypes.items()}
    columns |= {name: Column(dtype="number") for name in (asked.score_column, asked.bad_column) if name}
    return source.typed(source.open_table(table, root), Contract(name=card.name, columns=columns)).to_arrow_table()


def _outcome(rows: pa.Table, name: str) -> Ints:
    bad = rows.column(name).to_numpy()
    if not np.isin(bad, (0, 1)).all():
        raise DataError(
            f"Column {name} of the scored rows holds other values than 0 and 1; expected the outcome, 1 bad. Mend the rows."
        )
    return np.asarray(bad, dtype=np.int64)


def _registered(card: Scorecard, root: Path) -> str:
    store = open_store(root)
    run = store.start(f"import {card.name}", store.experiment(card.name))
    try:
        version = _logged(card, run)
    except BaseException:
        run.finish("FAILED")
        raise
    run.finish("FINISHED")
    log.info("incumbent imported model=%s/%s", card.name, version)
    return f"{card.name}/{version}"


def stand_in(reference: str, path: Path, store: Store) -> None:
    """Register a scorecard in another store under the name by which a run knew it: an alias or a version.

    Parameters
    ----------
    reference : str
        ``NAME@alias`` or ``NAME/version``; a file needs no registry.
    path : Path
        Its ``scorecard.json``.
    store : Store
    """
    mark = "@" if "@" in reference else "/"
    name, _, rest = reference.partition(mark)
    card = Scorecard.load(path)
    if reference.endswith(".json") or name != card.name:
        return
    run = store.start(ALIAS, store.experiment(ALIAS))
    version = _logged(card, run)
    run.finish("FINISHED")
    if mark == "@":
        registry.set_alias(store, name, rest, version)
    else:
        registry.repeat(store, name, version, int(rest))


def _logged(card: Scorecard, run: Tracked) -> str:
    run.save_text("scorecard.json", card.to_json())
    certificate = parity.quick(card)
    run.save_json("certificate.json", certificate.to_dict())
    certify.refuse_difference(certificate)
    example = model.example(card)
    shown = registry.Example(example, served(card, example), card.dtypes)
    artefacts = {name: run.path(f"{name}.json") for name in ("scorecard", "certificate")}
    version = registry.register(run, card.name, "scorecard_model.py", artefacts, shown)
    tags = {"sha256": card.sha256, "kind": "scorecard", "run": run.run_id, **card.made_from}
    registry.describe(run.store, card.name, version, tags)
    registry.set_alias(run.store, card.name, ALIAS, version)
    return version
