"""The bin editor as a widget: the browser sends a command, Python applies it and sends back what to draw."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import anywidget
import traitlets

from scorecard import edits, messages
from scorecard.editor.state import Session, snapped
from scorecard.editor.view import Points, fine, told, view
from scorecard.edits import Fitted
from scorecard.errors import ScorecardError, SettingsError
from scorecard.model import Scorecard

log = logging.getLogger(__name__)
STATIC = Path(__file__).with_name("static")
OWN = "editor."  # of all messages, those the browser needs
SEPARATORS = str.maketrans("", "", ",_ \u00a0\u202f'’")  # of thousands, as people type them
Told = tuple[str, str]  # the kind of a message, and its text


class Editor(anywidget.AnyWidget):
    """Bins that a person edits in JupyterLab; the state is here, the browser only draws it.

    Parameters
    ----------
    session : Session
    path : Path
        The pipeline's edits file.
    card : Scorecard, optional
        Of an earlier run: its coefficients and scaling say how points move.
    language : str
    author : str
        Stands in the form until another is written.
    """

    _esm = STATIC / "editor.js"
    _css = STATIC / "editor.css"
    view = traitlets.Dict().tag(sync=True)
    fine = traitlets.Dict().tag(sync=True)
    texts = traitlets.Dict().tag(sync=True)
    line = traitlets.Unicode("woe").tag(sync=True)

    def __init__(
        self, session: Session, path: Path, card: Scorecard | None = None, language: str = "en", author: str = ""
    ) -> None:
        self.session, self.path = session, path
        self._points, self._language, self._author, self._revision = Points.of(card), language, author, 0
        mine = {key.removeprefix(OWN): text for key, text in messages.catalogue(language).items() if key.startswith(OWN)}
        super().__init__(texts=mine | {"language": language})
        self._draw(("note", ""))
        self.on_msg(self._heard)

    def __repr__(self) -> str:
        """Say what stands where no browser draws it."""
        return f"Editor of {len(self.session.now)} characteristics; {len(self.session.done)} edits are not saved to {self.path}."

    def do(self, command: str, **values: Any) -> str:
        """Obey a command as the browser sends it, and return what is said of it.

        Parameters
        ----------
        command : str
            ``choose``, ``undo``, ``redo``, ``save``, or an action of `scorecard.edits`.
        **values
            Its own: `name`; `reasons` and `author`; or the keys of the action.

        Raises
        ------
        ScorecardError
            Where it cannot be obeyed; nothing is changed.
        """
        obeyed = self._commands().get(command)
        if obeyed is None and command not in edits.ACTIONS:
            raise SettingsError(
                f"{command} is no command of the editor; expected one of {', '.join([*self._commands(), *edits.ACTIONS])}."
            )
        said = obeyed(**values) if obeyed else self._edit(command, values)
        self._draw(said)
        return said[1]

    def _heard(self, _: Any, content: Mapping[str, Any], __: Any) -> None:
        began = perf_counter()
        try:
            self.do(**content)
        except (ScorecardError, TypeError) as error:
            self._draw(("error", str(error)))
        log.debug("editor command=%s milliseconds=%.1f", content.get("command"), 1000 * (perf_counter() - began))

    def _commands(self) -> dict[str, Callable[..., Told]]:
        return {"choose": self._choose, "undo": self._undo, "redo": self._redo, "save": self._save}

    def _choose(self, name: str) -> Told:
        self.session.choose(name)
        return "note", ""

    def _undo(self) -> Told:
        return "done", self._said("undone", self.session.undo())

    def _redo(self) -> Told:
        return "done", self._said("redone", self.session.redo())

    def _save(self, reasons: list[str], author: str) -> Told:
        count = self.session.save(self.path, reasons, author)
        self._author = author
        return "done", messages.text("editor.saved", self._language, count=count, path=self.path)

    def _edit(self, action: str, values: dict[str, Any]) -> Told:
        what, note = dict(values), ""
        onward = bool(what.pop("onward", False))
        if action == "split":
            what["at"], note = self._place(what.get("at"))
        made = self.session.edit(action, what, onward=onward)
        if made is None:
            return "note", messages.text("editor.as_it_was", self._language)
        return "done", f"{self._said('done', made)} {note}".strip()

    def _place(self, typed: Any) -> tuple[float, str]:
        """Return where a typed number splits, and a word where that is another place."""
        try:
            wanted = float(str(typed).translate(SEPARATORS))
        except ValueError:
            raise SettingsError(messages.text("editor.no_number", self._language, typed=typed)) from None
        at = snapped(self.session.classes, wanted)
        return at, "" if at == wanted else messages.text(
            "editor.snapped", self._language, asked=f"{wanted:,.12g}", at=f"{at:,.12g}"
        )

    def _said(self, key: str, edit: edits.Edit) -> str:
        return messages.text(f"editor.{key}", self._language, what=told(edit, self._language))

    def _draw(self, said: Told) -> None:
        """Send what to draw; the fine classes only where the characteristic is another."""
        self._revision += 1
        drawn = view(self.session, self._points, self._language) | {
            "revision": self._revision, "message": dict(zip(("kind", "text"), said, strict=True)),
            "path": str(self.path), "author": self._author,
        }  # fmt: skip
        with self.hold_sync():
            if self.fine.get("name") != self.session.chosen:
                self.fine = fine(self.session.classes)
            self.view = drawn


class _Kernel:
    """The sessions of this kernel, by edits file: a cell that is run again goes on with the edits not yet saved."""

    sessions: ClassVar[dict[Path, Session]] = {}


def open_editor(
    fitted: Fitted, path: Path | str, card: Scorecard | None = None, *, language: str = "en", author: str = ""
) -> Editor:
    """Open the bin editor; the last expression of a cell shows it.

    Parameters
    ----------
    fitted : Fitted
        The bins as fitted, their counts and rules.
    path : Path or str
        The pipeline's edits file; what it holds is replayed first.
    card : Scorecard, optional
        Of an earlier run, for the points.
    language : str
        ``en`` or ``zh``.
    author : str
        Who edits; asked for when saving, in any case.

    Raises
    ------
    SettingsError
        Where the edits file cannot be read.
    EvidenceError
        Where there is nothing to edit.
    """
    path = Path(path).resolve()
    session = Session(fitted, edits.load(path))
    earlier = _Kernel.sessions.get(path)
    lost = session.resume(earlier) if earlier else {}
    _Kernel.sessions[path] = session
    opened = Editor(session, path, card, language, author)
    problems = [*session.refused.values(), *lost.values()]
    if problems:
        opened._draw(("error", " ".join(problems)))
    return opened
