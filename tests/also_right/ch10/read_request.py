"""Other right answers to 10.read_request."""

import re

from tests.also_right import also_right


@also_right
def from_the_end(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    found = []
    for word in reversed(re.findall(r"\w+", text.lower())):
        stem = next((s for s in (word, word[:-1], word[:-2]) if s in numbers), None)
        if stem is not None and word[len(stem) :] in ("", "s", "es"):
            found.append(numbers[stem])
    return (*found[1:2], 1)[0], found[0]


@also_right
def with_a_larger_dictionary(text: str, numbers: dict[str, int]) -> tuple[int, int]:
    plural = {word + "s": n for word, n in numbers.items()}
    plural |= {word + "es": n for word, n in numbers.items()} | numbers
    found = [plural[word] for word in text.lower().split() if word in plural]
    return [1, *found][len(found) - 1], found[-1]
