"""MLflow, and nothing else of the kit touches it: `opening` the store, `store` runs and artefacts, `registry` models."""

from scorecard.tracking.opening import open_store, writable
from scorecard.tracking.store import Store, Tracked

__all__ = ["Store", "Tracked", "open_store", "writable"]
