"""Other right answers to 19.tampered."""

import hashlib

from tests.also_right import also_right


@also_right
def in_three_steps(listed, files):
    wrong = set(listed) ^ set(files)  # missing or added
    for name in set(listed) & set(files):
        if hashlib.sha256(files[name]).hexdigest() != listed[name]:
            wrong.add(name)
    return sorted(wrong)


@also_right
def by_pairs(listed, files):
    made = {(n, hashlib.new("sha256", c).hexdigest()) for n, c in files.items()}
    return sorted({name for name, _ in made ^ set(listed.items())})
