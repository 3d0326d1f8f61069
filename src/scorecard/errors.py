"""Errors a user can mend, each one sentence with the value, the expectation and the fix.

::

    ScorecardError
    ├── DataError         the table, its contract or a file is not as expected
    ├── SettingsError     the pipeline YAML, a parameter or an option is not as expected
    ├── EvidenceError     the data do not support what was asked (nothing to build on)
    └── GovernanceError   a rule, a hash or an approval forbids it

The library raises them; only the command line catches, prints the message and exits with 1.
"""


class ScorecardError(Exception):
    """Any error whose message tells the user what to do."""


class DataError(ScorecardError):
    """The table, its contract or a file is not as expected."""


class SettingsError(ScorecardError):
    """The pipeline YAML, a parameter or an option is not as expected."""


class EvidenceError(ScorecardError):
    """The data do not support what was asked; nothing is built or registered."""


class GovernanceError(ScorecardError):
    """A rule, a hash or an approval forbids it."""
