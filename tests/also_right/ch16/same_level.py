"""Other right answers to 16.same_level."""

import numpy as np

from tests.also_right import also_right


@also_right
def by_names(a, b):
    def name(level):
        level = np.asarray(level)
        forms = [np.rot90(one, k) for one in (level, level.T) for k in range(4)]
        return min((form.shape, form.tobytes()) for form in forms)

    return name(a) == name(b)


@also_right
def with_lists(a, b):
    form, wanted = a.tolist(), b.tolist()
    for _ in range(4):
        form = [list(row) for row in zip(*form[::-1], strict=True)]
        if wanted in (form, form[::-1]):
            return True
    return False
