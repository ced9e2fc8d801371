"""Other right answers to 20.changed_by."""

import copy

import numpy as np

from tests.also_right import also_right


@also_right
def by_a_deep_copy(action, model):
    old = copy.deepcopy(model).state_dict()
    action()
    changed = []
    for name, new in model.state_dict().items():
        if not np.array_equal(old[name].numpy(), new.numpy(), equal_nan=True):
            changed.append(name)
    changed.sort()
    return changed


@also_right
def by_bytes(action, model):
    def content():
        return {k: v.numpy().tobytes() for k, v in model.state_dict().items()}

    before = content()
    action()
    after = content()
    return sorted(set(k for k, v in after.items() if before[k] != v))
