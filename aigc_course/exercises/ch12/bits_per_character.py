"""Exercise on the unit in which language models are compared."""

import math

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.bits_per_character",
    order=20,
    title="Bits per character",
    difficulty=2,
    minutes=8,
    asks="derive",
    idea="All the costs together are what the whole text costs. Divide that by how many"
    " characters the text has, and not by how many tokens. One bit is ln 2 nats.",
    formula="bits = sum of nats / (number of characters ln 2).",
    line="Write `return sum(float(n) for n in nats) / (len(text) * math.log(2))`.",
    variation="A Chinese character has three bytes in UTF-8. Write bits per byte, and"
    " compare the two for an English and a Chinese text.",
)


@exercise.answer
def bits_per_character(nats: list[float], text: str) -> float:
    """Bits that a model spends on each character of a text, on average.

    nats: -log p of each token of the text, given those before it. text: the text
    itself, whose tokens may be longer than a character.
    """
    return sum(float(n) for n in nats) / (len(text) * math.log(2))


@exercise.inputs
def texts() -> list[tuple[list[float], str]]:
    return [
        ([1.2, 0.3, 2.2], "the cat"),
        ([math.log(2)] * 5, "abcde"),
        ([3.0], "quatrain"),
        ([0.7, 0.9, 1.4, 0.2], "月光"),
        ([0.5] * 11, "to be or no"),
    ]


@exercise.must_hold
def a_coin(f) -> bool:
    """Two equally probable characters cost 1 bit each."""
    return same(f([math.log(2)] * 4, "abab"), 1.0)


@exercise.must_hold
def joining_changes_nothing(f) -> bool:
    """Two tokens that are joined into one of the same total cost leave it as it was."""
    return same(f([1.0, 2.0, 0.5], "abcabc"), f([3.0, 0.5], "abcabc"))


@exercise.mistake(hint="idea")
def per_token(nats, text):
    """You divide by the number of tokens. Longer tokens are fewer, so this depends on
    the vocabulary: divide by the number of characters."""
    return sum(nats) / (len(nats) * math.log(2))


@exercise.mistake(hint="formula")
def still_nats(nats, text):
    """You return nats. One nat is 1 / ln 2 = 1.44 bits."""
    return sum(nats) / len(text)


@exercise.mistake(hint="formula")
def times_log_two(nats, text):
    """You multiply by ln 2. That turns bits into nats; here divide by it."""
    return sum(nats) * math.log(2) / len(text)


@exercise.mistake(hint="idea")
def per_byte(nats, text):
    """You count bytes. A Chinese character has three of them in UTF-8: count
    characters."""
    return sum(nats) / (len(text.encode()) * math.log(2))


@exercise.mistake(hint="idea")
def total_bits(nats, text):
    """You return the bits of the whole text. Divide by its number of characters."""
    return sum(nats) / math.log(2)


@exercise.mistake(hint="idea")
def logarithm_of_the_cost(nats, text):
    """You take the logarithm of the mean cost. Nats are logarithms already: a change of
    unit is a division by ln 2."""
    return math.log2(sum(nats) / len(text))


@exercise.mistake(hint="idea")
def perplexity(nats, text):
    """You return a perplexity, an exponential of the cost. Bits are the cost itself."""
    return math.exp(sum(nats) / len(text))


@exercise.mistake(hint="idea")
def letters_alone(nats, text):
    """You leave blanks out when you count. They cost bits like all other characters, so
    count them."""
    return sum(nats) / (len(text.replace(" ", "")) * math.log(2))


@exercise.mistake(hint="idea")
def per_word(nats, text):
    """You divide by the number of words. Divide by the number of characters."""
    return sum(nats) / (len(text.split()) * math.log(2))


@exercise.mistake(hint="idea")
def first_token_free(nats, text):
    """You leave the cost of the first token out. It has to be coded as well: add all
    costs."""
    return sum(nats[1:]) / (len(text) * math.log(2))


@exercise.mistake(hint="idea")
def different_characters(nats, text):
    """You count different characters. A character costs bits each time that it occurs:
    count them all."""
    return sum(nats) / (len(set(text)) * math.log(2))
