"""Does the scorecard hold when inputs, customers or samples are others? ROB-01 to 08.

`noise` perturbs inputs (ROB-01), `missing` takes them away (02), `steps` moves them by one bin (03), `weak_spots` searches slices
of customers (04), `shift` weights samples to a worse mix (05), `splits` fits the card on other splits (06), `adversarial` asks
whether later customers are others (07), `leakage` whether anything knows the outcome (08). `effects` and `slices` serve them.
"""

from scorecard.validation.robustness.adversarial import adversarial_table, adversarial_test, each_adversarial
from scorecard.validation.robustness.leakage import each_leak, leakage_test
from scorecard.validation.robustness.missing import each_missing, missing_table, missing_test
from scorecard.validation.robustness.noise import each_noise, noise_test
from scorecard.validation.robustness.shift import each_shift, shift_table, shift_test
from scorecard.validation.robustness.splits import each_split, split_auc_test, split_score_test
from scorecard.validation.robustness.steps import each_step, step_table, step_test
from scorecard.validation.robustness.weak_spots import each_weak_spot, weak_spots, weak_spots_test

__all__ = [
    "adversarial_table",
    "adversarial_test",
    "each_adversarial",
    "each_leak",
    "each_missing",
    "each_noise",
    "each_shift",
    "each_split",
    "each_step",
    "each_weak_spot",
    "leakage_test",
    "missing_table",
    "missing_test",
    "noise_test",
    "shift_table",
    "shift_test",
    "split_auc_test",
    "split_score_test",
    "step_table",
    "step_test",
    "weak_spots",
    "weak_spots_test",
]
