"""The gates that need no rows: value and shift. Each returns what it found broken, by characteristic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scorecard.selection.decisions import Broken, Decision, Limits
from scorecard.selection.shift import Shift
from scorecard.woe import Characteristic


def by_value(characteristics: Mapping[str, Characteristic], limits: Limits) -> tuple[list[str], list[Decision]]:
    """Drop characteristics whose IV is noise, too weak or too good to be true; return the rest, strongest first."""
    broken = value_gate(characteristics, limits)
    kept = [name for name in strongest_first(characteristics) if name not in broken]
    return kept, [dropped(characteristics[name], each) for name, each in broken.items()]


def strongest_first(characteristics: Mapping[str, Characteristic]) -> list[str]:
    """Return names by falling IV; of ties the first in the alphabet."""
    return sorted(characteristics, key=lambda name: (-characteristics[name].iv, name))


def dropped(characteristic: Characteristic, broken: Broken) -> Decision:
    """Return the row of a characteristic that a gate dropped."""
    each = characteristic
    return Decision(each.name, False, broken.step, each.iv, each.noise_floor, broken.figure, broken.limit, broken.reason)


def value_gate(characteristics: Mapping[str, Characteristic], limits: Limits) -> dict[str, Broken]:
    """Name the characteristics whose IV is noise, too weak or too good to be true."""
    found = {}
    for name in strongest_first(characteristics):
        each = characteristics[name]
        floor = max(limits.min_iv, each.noise_floor)
        if each.iv <= floor:
            reason = "IV is within noise" if each.noise_floor >= limits.min_iv else "IV is too weak"
            found[name] = Broken("iv floor", each.iv, floor, reason)
        elif each.iv > limits.max_iv:
            found[name] = Broken("iv ceiling", each.iv, limits.max_iv, "IV is too good to be true: does it know the outcome?")
    return found


def shift_gate(names: Sequence[str], shifts: Mapping[str, Mapping[str, Shift]], limits: Limits) -> dict[str, Broken]:
    """Name the characteristics whose population moved beyond the limit and beyond chance, with the worst sample."""
    found = {}
    for name in names:
        beyond = {sample: each for sample, each in shifts.get(name, {}).items() if each.psi > max(limits.max_psi, each.critical)}
        if beyond:
            worst = max(beyond, key=lambda sample: beyond[sample].psi)
            limit = max(limits.max_psi, beyond[worst].critical)
            found[name] = Broken("psi", beyond[worst].psi, limit, f"its population moved between development and {worst}")
    return found
