"""Requests in words: what they mean, and how the others are refused."""

import pytest

from aigc_course.control import Request, parse
from aigc_course.errors import CourseError

THICK, THIN, LEFT, RIGHT = 3.3, 1.9, -0.25, 0.45


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("three thick sevens leaning left", Request(3, 7, THICK, LEFT)),
        ("a 7", Request(1, 7)),
        ("7", Request(1, 7)),
        ("one", Request(1, 1)),
        ("one one", Request(1, 1)),
        ("two ones", Request(2, 1)),
        ("six sixes", Request(6, 6)),
        ("two thick sixes", Request(2, 6, THICK)),
        ("3 7s", Request(3, 7)),
        ("12 6's", Request(12, 6)),
        ("a dozen eights", Request(12, 8)),
        ("twenty zeroes", Request(20, 0)),
        ("sevens", Request(5, 7)),
        ("some noughts", Request(5, 0)),
        ("a few thin 2s", Request(5, 2, THIN)),
        ("two thin, upright 4s", Request(2, 4, THIN, 0.0)),
        ("Please draw me five italic FIVES.", Request(5, 5, None, RIGHT)),
        ("a very thick and slightly left-leaning nine", Request(1, 9, 4.2, -0.12)),
        ("some bold 1s tilted to the right", Request(5, 1, THICK, RIGHT)),
        ("a 3 in fine strokes", Request(1, 3, THIN)),
        ("eight heavy twos, leaning very left", Request(8, 2, THICK, -0.45)),
        ("a bit thin 8", Request(1, 8, 2.1)),
        ("100 ones", Request(100, 1)),
        ("a thick bold 4", Request(1, 4, THICK)),
    ],
)
def test_understood(text, wanted):
    assert parse(text) == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no digit"),
        ("thick ones please and purple", "'purple'"),
        ("three not thick 4s", "'not'"),
        ("two sevens and a three", "more than one digit"),
        ("sevens and threes", "more than one digit"),
        ("three and four", "more than one digit"),
        ("seven eights nine", "more than one digit"),
        ("12", "12 is no digit"),
        ("three tens", "10 is no digit"),
        ("200 ones", "1 to 100"),
        ("0 ones", "1 to 100"),
        ("thick thin 3", "two kinds of thickness"),
        ("a 3 leaning left, leaning right", "two kinds of slant"),
        ("leaning 4", "missing"),
        ("very 4", "missing"),
        ("leaning thick 4", "which side"),
        ("some a 4", "more than one number"),
        ("-3 sevens", "more than one digit"),
        ("a 1.5", "more than one digit"),
    ],
)
def test_refused_in_a_sentence_that_lists_what_is_understood(text, why):
    with pytest.raises(CourseError, match=why) as caught:
        parse(text)
    sentence = str(caught.value)
    assert sentence.startswith(f"{text!r} is not understood")
    assert "leaning left or right" in sentence and sentence.endswith(".")
