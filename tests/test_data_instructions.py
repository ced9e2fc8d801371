"""The language of instructions: right answers, held-back items, what counts."""

import random

import pytest
import torch

from aigc_course.data.sequences import instructions as ins
from aigc_course.data.sequences.lexicon import Lexicon
from aigc_course.errors import CourseError


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


RULES = {
    "copy": lambda given: given,
    "reverse": lambda given: given[::-1],
    "sort": lambda given: "".join(sorted(given)),
    "count": lambda given: str(len(given)),
    "add": lambda given: str(sum(map(int, given.split("+")))),
    "first letter": lambda given: given[0],
    "last letter": lambda given: given[-1],
}


@pytest.mark.parametrize("task", RULES)
def test_answers_are_right_and_unseen_items_are_kept_apart(task):
    for unseen in (True, False):
        for item in ins.items(50, task, seeded(), unseen=unseen):
            assert item.answer == RULES[task](item.given)
            assert ins.is_held_back(item.given) == unseen


def test_reviews_say_what_their_word_says():
    chance = random.Random(0)
    labels = set()
    for _ in range(50):
        text, label = ins.review(chance)
        words = set(text.strip("!").split())
        assert words & set(ins.GOOD if label == "positive" else ins.BAD)
        labels.add(label)
    assert labels == {"positive", "negative"}


def test_an_ambiguous_order_goes_both_ways_about_equally_often():
    rising = [
        item.answer[0] < item.answer[1] for item in ins.items(400, "order", seeded())
    ]
    assert 0.4 < sum(rising) / 400 < 0.6


def test_a_prompt_and_its_answer_are_lines():
    text = ins.prompt("reverse", "hello", [("abc", "cba")])
    assert text == "reverse\nabc=cba\nhello="


@pytest.mark.parametrize("bare", [0.0, 1.0])
def test_answers_with_their_line_ends_count_and_nothing_else(bare):
    tokens, counts = ins.instructions(40, seeded(), most_shots=3, bare=bare)
    assert counts.shape == (40, tokens.shape[1] - 1)
    for row, mark in zip(tokens, counts, strict=True):
        text = ins.LEXICON.decode(row)
        head, *lines = text.splitlines()
        answers = [line.split("=")[1] for line in lines]
        if head == "":
            answers = answers[1:]  # the first answer cannot be known
        counted = ins.LEXICON.decode(row[1:][mark])
        assert counted == "".join(answer + "\n" for answer in answers)


def test_batches_are_the_same_for_the_same_seed():
    one, other = (ins.instructions(8, seeded(3))[0] for _ in range(2))
    assert torch.equal(one, other)


def test_unknown_tasks_are_refused():
    with pytest.raises(CourseError, match="no 'sing'"):
        ins.draw(random.Random(0), "sing")


@pytest.mark.parametrize("reverse", [False, True])
def test_sums_are_right_in_either_order(reverse):
    tokens, counts = ins.additions(50, seeded(), digits=3, reverse=reverse)
    for row, mark in zip(tokens, counts, strict=True):
        text = ins.LEXICON.decode(row)
        left, right = text.split("=")
        one, other = left.split("+")
        written = right[::-1] if reverse else right
        assert (len(one), len(other), len(written)) == (3, 3, 4)
        assert int(one) + int(other) == int(written)
        assert ins.LEXICON.decode(row[1:][mark]) == right
    with pytest.raises(CourseError, match="1 to 9"):
        ins.additions(1, seeded(), digits=10)


def test_known_words_are_one_token_and_others_are_spelt():
    words = Lexicon(["good", "day"])
    tokens = words.encode("Good day, gooday")
    assert [words.symbols[t] for t in tokens] == [
        "good", " day", ",", " ", *"gooday",
    ]  # fmt: skip
    assert words.decode(tokens) == "good day, gooday"
    assert words.decode(torch.cat([tokens, torch.zeros(3, dtype=torch.long)])).endswith(
        "gooday"
    )
    with pytest.raises(CourseError, match="é"):
        words.encode("café")
    assert len(words.encode("")) == 0


def test_pairs_hold_both_orders_and_the_rising_one_is_liked_as_often_as_asked():
    better, counts, worse, _ = ins.order_pairs(200, seeded(), liked=0.8)
    rising = 0
    for one, other, mark in zip(better, worse, counts, strict=True):
        texts = [ins.LEXICON.decode(row) for row in (one, other)]
        asked, answer = texts[0].split("=")
        assert texts[1].split("=") == [asked, answer[-2::-1] + "\n"]
        assert ins.LEXICON.decode(one[1:][mark]) == answer
        rising += answer == "".join(sorted(asked.split("\n")[1])) + "\n"
    assert 0.7 < rising / 200 < 0.9
    with pytest.raises(CourseError, match="0 to 1"):
        ins.order_pairs(1, seeded(), liked=2)
