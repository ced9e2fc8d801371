"""Other right answers to 14.first_ones."""

from tests.also_right import also_right


@also_right
def by_a_dictionary(keys: list[bytes]) -> list[bool]:
    first: dict[bytes, int] = {}
    return [first.setdefault(key, i) == i for i, key in enumerate(keys)]


@also_right
def by_looking_back(keys: list[bytes]) -> list[bool]:
    return [key not in keys[:i] for i, key in enumerate(keys)]
