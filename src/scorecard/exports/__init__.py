"""Scorecards written for other engines, each proven to score the same."""
