"""Exercise: seen before."""

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "14.first_ones",
    order=40,
    title="Seen before",
    difficulty=2,
    minutes=8,
    idea="Keep a set of what you have seen. Asking it takes the same time however much"
    " is in it, so that a million pictures take a million questions.",
    formula="keep_i holds when key_i is none of key_0 ... key_(i-1).",
    line="`seen = set()` and"
    " `return [not (key in seen or seen.add(key)) for key in keys]`.",
    variation="Let it say how often each kept picture occurs.",
    asks="method",
)


@exercise.answer
def first_ones(keys: list[bytes]) -> list[bool]:
    """For each key whether it is the first of its kind."""
    seen: set[bytes] = set()
    keep = []
    for key in keys:
        keep.append(key not in seen)
        seen.add(key)
    return keep


@exercise.inputs
def some_keys() -> list[tuple[list[bytes]]]:
    return [
        ([b"a", b"b", b"a", b"c", b"b", b"a"],),
        ([b"x"] * 4,),
        ([bytes([i % 7]) for i in range(20)],),
        ([b"page 1", b"page 2", b"page 1", b"page", b"page 12"],),
    ]


@exercise.must_hold
def none_twice_and_none_lost(f) -> bool:
    """What is kept holds every key once."""
    keys = [b"p", b"q", b"p", b"p", b"r", b"q"]
    kept = [key for key, keep in zip(keys, f(keys), strict=True) if keep]
    return sorted(kept) == [b"p", b"q", b"r"]


@exercise.must_hold
def an_empty_set(f) -> bool:
    """Nothing is kept when there is nothing."""
    return list(f([])) == []


@exercise.mistake(hint="idea")
def neighbours_alone(keys: list[bytes]) -> list[bool]:
    """You compare each with the one before it alone. A copy may lie anywhere: remember
    all that you have seen."""
    return [i == 0 or keys[i] != keys[i - 1] for i in range(len(keys))]


@exercise.mistake(hint="formula")
def the_last_ones(keys: list[bytes]) -> list[bool]:
    """You keep the last of each kind. The first is wanted, so that adding pictures
    later never changes what was kept."""
    return [key not in keys[i + 1 :] for i, key in enumerate(keys)]


@exercise.mistake(hint="idea")
def loners(keys: list[bytes]) -> list[bool]:
    """You throw away every picture that has a copy, the first with the others. One of
    each is to stay."""
    return [keys.count(key) == 1 for key in keys]


@exercise.mistake(hint="formula")
def the_copies(keys: list[bytes]) -> list[bool]:
    """You mark the copies. What is to be kept is the opposite."""
    return [not keep for keep in first_ones(keys)]


@exercise.mistake(hint="line")
def asked_too_late(keys: list[bytes]) -> list[bool]:
    """You add the key before you ask whether it was seen, so every key was seen. Ask
    first, then add."""
    return [False for _ in keys]


@exercise.mistake(hint="line")
def the_keys_themselves(keys: list[bytes]) -> list[bytes]:
    """You return the keys that are kept. Return one bool for each key, so that the
    bools can choose pictures."""
    return list(dict.fromkeys(keys))


@exercise.mistake(hint="line")
def their_rows(keys: list[bytes]) -> list[int]:
    """You return the positions of the keys that are kept. Return one bool for each
    key."""
    return [i for i, key in enumerate(keys) if key not in keys[:i]]


@exercise.mistake(hint="formula")
def after_sorting(keys: list[bytes]) -> list[bool]:
    """You sort the keys first, and then the answers belong to other pictures. Keep the
    order of the keys: answer i is about key i."""
    ordered = sorted(keys)
    return [i == 0 or ordered[i] != ordered[i - 1] for i in range(len(keys))]
