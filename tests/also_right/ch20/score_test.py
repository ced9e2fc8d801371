"""Other right answers to 20.score_test."""

import itertools
from collections import Counter

import torch

from tests.also_right import also_right


def _how(test, program, seed):
    torch.manual_seed(seed)
    try:
        test(program)
    except Exception as error:
        return "accused" if isinstance(error, AssertionError) else "stopped"
    return "returned"


@also_right
def with_a_counter(test, right, sick, seeds):
    on_right = Counter(_how(test, p, s) for p, s in itertools.product(right, seeds))
    on_sick = Counter(_how(test, p, s) for p, s in itertools.product(sick, seeds))
    return {
        "false alarms": on_right["accused"],
        "missed": on_sick["returned"],
        "stopped": on_right["stopped"] + on_sick["stopped"],
    }


@also_right
def seeds_outside(test, right, sick, seeds):
    false_alarms = missed = stopped = 0
    for seed in seeds:
        for program in right:
            end = _how(test, program, seed)
            false_alarms += end == "accused"
            stopped += end == "stopped"
        for program in sick:
            end = _how(test, program, seed)
            missed += end == "returned"
            stopped += end == "stopped"
    return {"missed": missed, "stopped": stopped, "false alarms": false_alarms}
