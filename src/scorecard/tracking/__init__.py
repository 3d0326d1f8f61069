"""MLflow, and nothing else of the kit touches it: `store` runs and artefacts, `registry` models."""

from scorecard.tracking.store import Store, Tracked, open_store, writable

__all__ = ["Store", "Tracked", "open_store", "writable"]
