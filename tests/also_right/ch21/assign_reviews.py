"""Other right answers to 21.assign_reviews."""

import hashlib
import random

import numpy as np

from tests.also_right import also_right


@also_right
def by_hashes(names, seed, each):
    def place(name):
        return hashlib.sha256(f"{seed} {name}".encode()).digest()

    circle = sorted(names, key=place)
    double = circle + circle
    return {name: double[i + 1 : i + 1 + each] for i, name in enumerate(circle)}


@also_right
def backwards_by_numpy(names, seed, each):
    circle = np.random.default_rng(seed).permutation(sorted(names)).tolist()
    return {n: [circle[i - j - 1] for j in range(each)] for i, n in enumerate(circle)}


@also_right
def by_trying(names, seed, each):
    draw, people = random.Random(seed), sorted(names)
    taken = {name: [] for name in people}
    for _ in range(each):
        while True:
            order = draw.sample(people, len(people))
            pairs = list(zip(people, order, strict=True))
            if all(a != b and b not in taken[a] for a, b in pairs):
                break
            if each > len(people) // 2:  # hardly any shuffle fits: a circle does
                circle = draw.sample(people, len(people))
                n = len(circle)
                return {
                    circle[i]: [circle[(i + j) % n] for j in range(1, each + 1)]
                    for i in range(n)
                }
        for a, b in pairs:
            taken[a].append(b)
    return taken
