"""Exercise on one merge of byte-pair encoding."""

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "12.join_pair",
    order=10,
    title="Join a pair of tokens",
    difficulty=2,
    minutes=10,
    asks="method",
    exact_dtype=True,
    idea="Walk through the tokens from left to right. Where the two next tokens are the"
    " pair, write the new token and walk on behind both. Else copy one token.",
    formula="At position i: if tokens[i] and tokens[i + 1] are the pair, add `new` and"
    " let i grow by 2; else add tokens[i] and let i grow by 1.",
    line="Write `joined, i = [], 0`, then `while i < len(tokens):`, in it `met ="
    " tuple(tokens[i : i + 2]) == pair`, `joined.append(new if met else tokens[i])` and"
    " `i += 2 if met else 1`. After the loop, return joined.",
    line_is_part="it is a loop, and its lines are named one by one",
    variation="Undo it: write a function that replaces each new token by its pair. Find"
    " out in which order several merges have to be undone.",
)


@exercise.answer
def join_pair(tokens: list[int], pair: tuple[int, int], new: int) -> list[int]:
    """The tokens with `new` in place of each pair, found from left to right."""
    joined: list[int] = []
    i = 0
    while i < len(tokens):
        met = tuple(tokens[i : i + 2]) == pair
        joined.append(new if met else tokens[i])
        i += 2 if met else 1
    return joined


@exercise.inputs
def sequences() -> list[tuple[list[int], tuple[int, int], int]]:
    return [
        ([1, 2, 3, 1, 2, 1], (1, 2), 9),
        ([5, 5, 5, 5, 5], (5, 5), 7),
        ([4, 1, 2, 2, 1, 2], (1, 2), 300),
        ([2, 11, 2, 1, 25, 1, 2], (1, 2), 6),
        ([1, 2, 1, 2, 3, 1, 2, 1, 2, 1, 2], (1, 2), 9),
        ([3], (3, 3), 4),
        ([], (1, 2), 3),
    ]


@exercise.must_hold
def overlapping_pairs(f) -> bool | str:
    """In a a a the pair a a is there once: its tokens cannot be used twice."""
    found = list(f([5, 5, 5], (5, 5), 7))
    return found == [7, 5]


@exercise.must_hold
def the_input_stays(f) -> bool:
    """The list that you were given is as it was before."""
    tokens = [1, 2, 1, 2]
    f(tokens, (1, 2), 9)
    return tokens == [1, 2, 1, 2]


@exercise.must_hold
def the_last_token(f) -> bool:
    """The last token is kept, whether it belongs to a pair or not."""
    return list(f([1, 2, 8], (1, 2), 9)) == [9, 8] and list(
        f([8, 1, 2], (1, 2), 9)
    ) == [8, 9]


@exercise.mistake(hint="formula")
def overlapping(tokens, pair, new):
    """You step on by one after a pair, so its second token is used again. Step on by
    two."""
    joined, skip = [], False
    for i, token in enumerate(tokens):
        if tuple(tokens[i : i + 2]) == pair:
            joined.append(new)
            skip = True
        elif skip:
            skip = False
        else:
            joined.append(token)
    return joined


@exercise.mistake(hint="formula")
def second_kept(tokens, pair, new):
    """You write the new token and keep the second of the pair as well. The new token
    stands for both."""
    joined = []
    for i, token in enumerate(tokens):
        joined.append(new if tuple(tokens[i : i + 2]) == pair else token)
    return joined


@exercise.mistake(hint="idea")
def end_lost(tokens, pair, new):
    """You stop one token early, because a pair needs two. A last token without a
    partner still belongs to the text."""
    joined, i = [], 0
    while i < len(tokens) - 1:
        met = (tokens[i], tokens[i + 1]) == pair
        joined.append(new if met else tokens[i])
        i += 2 if met else 1
    return joined


@exercise.mistake(hint="idea")
def first_alone(tokens, pair, new):
    """You join only the first pair. A merge replaces all pairs of the text."""
    for i in range(len(tokens) - 1):
        if (tokens[i], tokens[i + 1]) == pair:
            return [*tokens[:i], new, *tokens[i + 2 :]]
    return list(tokens)


@exercise.mistake(hint="idea")
def either_order(tokens, pair, new):
    """You join the two tokens in either order. "th" and "ht" are different pairs."""
    joined, i = [], 0
    while i < len(tokens):
        met = sorted(tokens[i : i + 2]) == sorted(pair)
        joined.append(new if met else tokens[i])
        i += 2 if met else 1
    return joined


@exercise.mistake(hint="idea")
def from_the_right(tokens, pair, new):
    """You look for pairs from the right. Of three equal tokens that joins the last two;
    byte-pair encoding joins the first two."""
    back = join_pair(list(tokens)[::-1], (pair[1], pair[0]), new)
    return back[::-1]


@exercise.mistake(hint="formula")
def in_place(tokens, pair, new):
    """You change the list that you were given. The caller still needs it: build a new
    list."""
    i = 0
    while i < len(tokens) - 1:
        if (tokens[i], tokens[i + 1]) == pair:
            tokens[i : i + 2] = [new]
        i += 1
    return tokens


@exercise.mistake(hint="idea")
def by_text(tokens, pair, new):
    """You join the numbers as strings of digits, so 1 2 is also found inside 12 and 21.
    Compare whole tokens."""
    text = ",".join(map(str, tokens)).replace(f"{pair[0]},{pair[1]}", str(new))
    return [int(part) for part in text.split(",")] if tokens else []


@exercise.mistake(hint="formula")
def new_token_extended(tokens, pair, new):
    """You also join the new token with a second token that follows it. The new token
    stands for one pair: what follows is copied."""
    joined: list[int] = []
    for token in tokens:
        if joined and token == pair[1] and joined[-1] in (pair[0], new):
            joined[-1] = new
        else:
            joined.append(token)
    return joined
