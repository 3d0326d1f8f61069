"""MLflow, and nothing else of the kit touches it: `opening` the store, `store` runs and artefacts, `registry` models."""

import signal
import threading

from scorecard.tracking.opening import open_store, writable
from scorecard.tracking.store import Store, Tracked

# MLflow imports polars where it is installed, and polars 2.1 then takes Ctrl-C for itself: no command could be stopped.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.default_int_handler)

__all__ = ["Store", "Tracked", "open_store", "writable"]
