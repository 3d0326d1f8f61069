"""Search the settings of a challenger by its AUC on rows it was not trained on, within a budget; every trial is kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any, Literal

import optuna

from scorecard import metrics
from scorecard.challengers.catalogue import Challenger
from scorecard.challengers.encoding import Encoder
from scorecard.challengers.estimators import fit, one_thread, predict
from scorecard.challengers.rows import Development, Matrix
from scorecard.errors import SettingsError

log = logging.getLogger(__name__)
RANDOM_TRIALS = 4  # before the sampler learns from them, and before a trial can be pruned
State = Literal["completed", "pruned", "failed", "out of time"]
TOLD = {"completed": optuna.trial.TrialState.COMPLETE, "pruned": optuna.trial.TrialState.PRUNED}


@dataclass(frozen=True)
class Budget:
    """How long a search may last.

    Attributes
    ----------
    trials : int
        Settings tried, 1 or more.
    seconds : float
        A limit for safety, above 0. It is looked at between folds, so a single fit can exceed it. A search that it ends is not
        reproducible, and says so.

    Raises
    ------
    SettingsError
        Where a number is out of its range.
    """

    trials: int = 12
    seconds: float = 600.0

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise SettingsError(f"trials = {self.trials}; expected 1 or more. Change the parameter.")
        if not self.seconds > 0:
            raise SettingsError(f"seconds = {self.seconds}; expected a limit above 0. Change the parameter.")


@dataclass(frozen=True)
class Trial:
    """One setting tried.

    Attributes
    ----------
    number : int
        From 0.
    state : str
        ``completed``; ``pruned`` where it fell behind the median of earlier ones; ``failed`` with its `reason`; ``out of time``.
    settings : mapping
    aucs : tuple of float
        Of the folds that were judged, in their order.
    rounds : tuple of int
        Of the same folds, where the model grows in rounds.
    reason : str
        Why it failed.
    seconds : float
        On the wall clock.
    """

    number: int
    state: State
    settings: Mapping[str, Any] = field(default_factory=dict)
    aucs: tuple[float, ...] = ()
    rounds: tuple[int, ...] = ()
    reason: str = ""
    seconds: float = 0.0

    @property
    def auc(self) -> float | None:
        """The mean out-of-fold AUC, of the folds that were judged."""
        return fmean(self.aucs) if self.aucs else None

    @property
    def final(self) -> dict[str, Any]:
        """The settings to fit all rows with: the rounds are the median of the folds'."""
        return dict(self.settings) | ({"rounds": int(median(self.rounds))} if self.rounds else {})


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes
    ----------
    trials : tuple of Trial
        All of them, in their order.
    stopped_by : {"trials", "seconds"}
        What ended it; one that time ended may end elsewhere when it is run again.
    """

    trials: tuple[Trial, ...] = ()
    stopped_by: Literal["trials", "seconds"] = "trials"

    @property
    def best(self) -> Trial | None:
        """The completed trial of the highest AUC, the first of equals; None without any."""
        completed = [each for each in self.trials if each.state == "completed"]
        return max(completed, key=lambda each: each.auc or 0.0, default=None)

    def count(self, state: State) -> int:
        """Return how many trials ended in a state."""
        return sum(each.state == state for each in self.trials)


Hear = Callable[[str, Trial], None]


def nobody(name: str, trial: Trial) -> None:
    """Hear of a trial, and do nothing."""


def search(name: str, challenger: Challenger, rows: Development, budget: Budget, seed: int, hear: Hear = nobody) -> Search:
    """Try settings until the budget is spent.

    The first is the challenger's own start; the others are drawn by a tree-structured Parzen estimator. A trial is judged fold
    by fold, and pruned where its mean AUC is below the median of the earlier trials at the same fold.

    Parameters
    ----------
    name : str
    challenger : Challenger
    rows : Development
    budget : Budget
    seed : int
    hear : function of (name, Trial)
        Called after each trial.

    References
    ----------
    Bergstra, Bardenet, Bengio, Kegl (2011), Algorithms for hyper-parameter optimization, NIPS 24; Golovin and others (2017),
    Google Vizier, KDD, section 3.2 (median stopping).
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=RANDOM_TRIALS),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=RANDOM_TRIALS),
    )
    if challenger.start:
        study.enqueue_trial(dict(challenger.start))
    deadline = time.monotonic() + budget.seconds
    found: list[Trial] = []
    judge = _Judge(challenger, rows, seed, deadline)
    with one_thread():
        while len(found) < budget.trials and time.monotonic() < deadline:
            trial = judge.judged(study.ask())
            _tell(study, trial)
            found.append(trial)
            hear(name, trial)
            best = max((each.auc or 0.0 for each in found if each.state == "completed"), default=None)
            log.info(
                "trial finished challenger=%s trial=%d state=%s auc=%s best=%s seconds=%.1f",
                name, trial.number, trial.state, _said(trial.auc), _said(best), trial.seconds,
            )  # fmt: skip
    ended = len(found) == budget.trials and found[-1].state != "out of time"
    return Search(tuple(found), "trials" if ended else "seconds")


@dataclass(frozen=True)
class _Judge:
    """Judges a setting fold by fold."""

    challenger: Challenger
    rows: Development
    seed: int
    deadline: float

    def judged(self, trial: optuna.Trial) -> Trial:
        """Return what became of a trial; an error of the challenger is kept with it, and stops nothing."""
        began, settings = time.monotonic(), {}
        aucs: list[float] = []
        rounds: list[int] = []
        state, reason = "completed", ""
        try:
            settings = self.challenger.space(trial)
            state = self._folds(trial, settings, aucs, rounds)
        except Exception as error:
            state, reason = "failed", why(error)
            log.debug("trial failed trial=%d", trial.number, exc_info=error)
        return Trial(trial.number, state, settings, tuple(aucs), tuple(rounds), reason, time.monotonic() - began)  # type: ignore[arg-type]

    def _folds(self, trial: optuna.Trial, settings: dict[str, Any], aucs: list[float], rounds: list[int]) -> State:
        encoder, matrix = self.rows.encoder(self.challenger.encoding), self.rows.matrix(self.challenger.encoding)
        stop = matrix.part(self.rows.splits.stop)
        for place, (train, held) in enumerate(self.rows.splits.folds):
            if place and time.monotonic() > self.deadline:
                return "out of time"
            auc, kept = self._fold(settings, encoder, matrix.part(train), stop, matrix.part(held))
            aucs.append(auc)
            rounds += [] if kept is None else [kept]
            trial.report(fmean(aucs), place)
            if trial.should_prune() and place + 1 < len(self.rows.splits.folds):
                return "pruned"
        return "completed"

    def _fold(
        self, settings: dict[str, Any], encoder: Encoder, train: Matrix, stop: Matrix, held: Matrix
    ) -> tuple[float, int | None]:
        estimator, kept = self.challenger.make(settings, encoder, self.seed), None
        if self.challenger.stop is None:
            fit(estimator, train)
        else:
            kept = self.challenger.stop(estimator, train, stop)
        return metrics.auc(held.bad, predict(estimator, held.features), held.weight), kept


def why(error: Exception) -> str:
    """Return an error as one line: its own words where it is ours, else its type with them."""
    words = " ".join(str(error).split())
    return words if type(error).__module__.startswith("scorecard.") else f"{type(error).__name__}: {words}"


def _tell(study: optuna.Study, trial: Trial) -> None:
    """Tell the study how a trial ended; what a pruned one reported counts, a failed one does not."""
    state = TOLD.get(trial.state, optuna.trial.TrialState.FAIL)
    study.tell(trial.number, trial.auc if trial.state == "completed" else None, state=state)


def _said(auc: float | None) -> str:
    return "none" if auc is None else f"{auc:.4f}"
