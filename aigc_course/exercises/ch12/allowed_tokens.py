"""Exercise on constrained decoding: which tokens may come next."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.allowed_tokens",
    order=310,
    title="Which tokens may come next",
    difficulty=3,
    minutes=12,
    asks="method",
    idea="A token may come next if a choice is still within reach after it. So join it"
    " to what was written and compare the result with the beginning of each choice.",
    formula="Token t is allowed if some choice starts with written + pieces[t]. The end"
    " (an empty piece) is allowed if what was written is a whole choice.",
    line="For the end use `written in choices`, for another piece `any(c.startswith("
    "written + piece) for c in choices)`; put these into a bool tensor.",
    line_is_part="it names the two cases and leaves the loop over the pieces to you",
    variation="Allow every number of one to three digits, without listing the numbers.",
)

LABELS = ["positive", "negative"]
PIECES = ["", "p", "pos", "positive", "itive", "n", "neg", "ative", "x", "positively"]


@exercise.answer
def allowed_tokens(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """Which tokens keep the answer within the choices: bool [V].

    written: what the answer holds so far. pieces: the text of each token; an empty
    piece ends the answer.
    """
    return torch.tensor(
        [
            any(choice.startswith(written + piece) for choice in choices)
            if piece
            else written in choices
            for piece in pieces
        ]
    )


@exercise.inputs
def several() -> list[tuple[str, list[str], list[str]]]:
    numbers = ["1", "12", "123", "21"]
    digits = ["1", "2", "3", "12", "23", "", "21", "0"]
    return [
        ("", LABELS, PIECES),
        ("pos", LABELS, PIECES),
        ("positive", LABELS, PIECES),
        ("neg", LABELS, PIECES),
        ("1", numbers, digits),
        ("12", numbers, digits),
        ("", numbers, digits),
        ("x", LABELS, PIECES),
        ("", ["b", "ab"], ["a", "b", "", "aa"]),
        ("", ["Yes", "no"], ["Y", "y", "N", "n", "", "yes"]),
    ]


@exercise.must_hold
def the_end_waits(f) -> bool:
    """An answer may not end before it is complete."""
    return not bool(f("pos", LABELS, PIECES)[0]) and bool(f("1", ["1"], [""])[0])


@exercise.must_hold
def several_ways(f) -> bool:
    """All ways to cut a choice into tokens stay open: "p", "pos" and "positive"."""
    found = f("", LABELS, PIECES)
    return bool(found[1]) and bool(found[2]) and bool(found[3])


@exercise.must_hold
def a_choice_inside_another(f) -> bool:
    """After "1", with the choices 1 and 12, the answer may end or go on."""
    found = f("1", ["1", "12"], ["", "2", "3"])
    return [bool(value) for value in found] == [True, True, False]


@exercise.mistake(hint="idea")
def whole_choices_only(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You allow a token only if it completes a choice at once. A choice may need
    several tokens: compare with the beginning of a choice."""
    return torch.tensor(
        [
            written + piece in choices if piece else written in choices
            for piece in pieces
        ]
    )


@exercise.mistake(hint="idea")
def what_was_written_forgotten(
    written: str, choices: list[str], pieces: list[str]
) -> Tensor:
    """You compare the piece alone with the beginnings of the choices. The piece follows
    what was written: join the two first."""
    return torch.tensor(
        [
            any(choice.startswith(piece) for choice in choices)
            if piece
            else written in choices
            for piece in pieces
        ]
    )


@exercise.mistake(hint="formula")
def end_at_any_time(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You treat the end like any other piece. An empty piece fits behind every
    beginning, so the answer may end half-way: allow it for whole choices only."""
    return torch.tensor(
        [
            any(choice.startswith(written + piece) for choice in choices)
            for piece in pieces
        ]
    )


@exercise.mistake(hint="formula")
def never_the_end(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You never allow the end, so a complete answer cannot stop. Allow the empty piece
    when what was written is one of the choices."""
    return torch.tensor(
        [
            bool(piece)
            and any(choice.startswith(written + piece) for choice in choices)
            for piece in pieces
        ]
    )


@exercise.mistake(hint="idea")
def the_other_way_round(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You ask whether the text starts with a choice, which allows "positively". The
    choice has to start with the text, not the text with the choice."""
    return torch.tensor(
        [
            any(
                (written + piece).startswith(choice)
                or choice.startswith(written + piece)
                for choice in choices
            )
            if piece
            else written in choices
            for piece in pieces
        ]
    )


@exercise.mistake(hint="idea")
def anywhere_inside(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You look for the text anywhere inside a choice, so "itive" is allowed as the
    first piece. It has to stand at the beginning."""
    return torch.tensor(
        [
            any(written + piece in choice for choice in choices)
            if piece
            else written in choices
            for piece in pieces
        ]
    )


@exercise.mistake(hint="idea")
def single_letters(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You allow only pieces of one letter. The model then has to spell words in a way
    that it has hardly seen: allow longer pieces that fit as well."""
    return torch.tensor(
        [
            len(piece) == 1
            and any(choice.startswith(written + piece) for choice in choices)
            if piece
            else written in choices
            for piece in pieces
        ]
    )


@exercise.mistake(hint="formula")
def first_choice_alone(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You compare with the first choice alone. A token is allowed if any of the choices
    can still be reached."""
    return torch.tensor(
        [
            choices[0].startswith(written + piece) if piece else written == choices[0]
            for piece in pieces
        ]
    )


@exercise.mistake(hint="formula")
def the_longest_piece(written: str, choices: list[str], pieces: list[str]) -> Tensor:
    """You keep only the longest piece that fits. That decides for the model; every
    piece that keeps a choice within reach is allowed."""
    pairs = list(zip(pieces, _fits(written, choices, pieces), strict=True))
    longest = max((len(piece) for piece, fits in pairs if fits), default=0)
    return torch.tensor([fits and len(piece) == longest for piece, fits in pairs])


def _fits(written: str, choices: list[str], pieces: list[str]) -> list[bool]:
    return [
        any(choice.startswith(written + piece) for choice in choices)
        if piece
        else written in choices
        for piece in pieces
    ]
