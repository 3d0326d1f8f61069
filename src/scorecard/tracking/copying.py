"""Copy a finished run with its steps from one store into another: all of it, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from mlflow.entities import Metric, Param

from scorecard.tracking.store import PARENT, PROCESS, Store, Tracked, this_process

AT_ONCE = 100  # MLflow takes no more parameters in one batch
KEPT = ("scorecard.", "version.")


@contextmanager
def copied(parent: Tracked, steps: Sequence[Tracked], store: Store, tags: Mapping[str, str]) -> Iterator[Tracked]:
    """Copy a run, and yield the copy while it is still open; it is finished when the block ends, and gone when the block fails.

    Parameters
    ----------
    parent : Tracked
    steps : sequence of Tracked
    store : Store
        Where the copy goes: into the experiment of the same name.
    tags : mapping of name to text
        That the copy has beside those of the run.
    """
    experiment = store.experiment(parent.store.client.get_experiment(parent.run.info.experiment_id).name)
    made: list[Tracked] = []
    try:
        made.append(_begun(parent, store, experiment, tags))
        _fill(made[0], parent)
        for step in steps:
            made.append(_begun(step, store, experiment, {PARENT: made[0].run_id}))
            _fill(made[-1], step)
            made[-1].finish("FINISHED")
        yield made[0]
        made[0].finish("FINISHED")
    except BaseException:
        for each in made:
            shutil.rmtree(each.folder.parent, ignore_errors=True)
            store.client.delete_run(each.run_id)
        raise


def _begun(tracked: Tracked, store: Store, experiment: str, tags: Mapping[str, str]) -> Tracked:
    run = tracked.run
    kept = {name: value for name, value in run.data.tags.items() if name.startswith(KEPT)}
    everything = kept | dict(tags) | {PROCESS: this_process()}
    return Tracked(store, store.client.create_run(experiment, run.info.start_time, everything, run.info.run_name).info.run_id)


def _fill(copy: Tracked, tracked: Tracked) -> None:
    run = tracked.run
    for params in _parts([Param(name, value) for name, value in run.data.params.items()]):
        copy.store.client.log_batch(copy.run_id, params=params)
    for metrics in _parts([Metric(name, value, run.info.end_time, 0) for name, value in run.data.metrics.items()]):
        copy.store.client.log_batch(copy.run_id, metrics=metrics)
    shutil.copytree(tracked.folder, copy.folder, dirs_exist_ok=True)


def _parts(values: list[Any]) -> Iterator[list[Any]]:
    return (values[first : first + AT_ONCE] for first in range(0, len(values), AT_ONCE))
