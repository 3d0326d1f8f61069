"""`python -m scorecard` is the command line."""

from scorecard.cli import main

main()
