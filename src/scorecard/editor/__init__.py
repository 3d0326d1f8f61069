"""The bin editor in JupyterLab: bins by hand, every command answered from counts, saved as entries of the edits file."""

from scorecard.editor.state import Session
from scorecard.editor.widget import Editor, open_editor
from scorecard.edits import Fitted

__all__ = ["Editor", "Fitted", "Session", "open_editor"]
