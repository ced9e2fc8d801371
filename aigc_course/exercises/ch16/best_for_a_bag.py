"""Exercise on what the order of words is worth: the most that a bag can obey."""

from collections import Counter, defaultdict

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.best_for_a_bag",
    order=104,
    title="The most that a bag of words can reach",
    difficulty=3,
    minutes=15,
    asks="derive",
    idea="Captions with the same words in another order look alike to a bag. Such"
    " captions get the same answer, and the answer can be right for one of them.",
    formula="In each group of captions with the same words, the best answer is the most"
    " frequent caption. Add its counts over all groups, and divide by all captions.",
    line="Write `return sum(max(Counter(g).values()) for g in groups.values()) /"
    " len(captions)`, with the captions grouped by their sorted words.",
    line_is_part="the groups have to be made before",
    variation="Compute the same for captions that are known except for one word.",
)


@exercise.answer
def best_for_a_bag(captions: list[str]) -> float:
    """The largest share of captions that a drawer without word order can obey, 0 to 1.

    captions: one or more, in which words are separated by blanks; a caption may occur
    more than once. The drawer sees each word and how often it occurs. Two captions with
    the same words in another order ask for two different pictures.
    """
    groups = defaultdict(list)
    for caption in captions:
        groups[tuple(sorted(caption.split()))].append(caption)
    return sum(max(Counter(group).values()) for group in groups.values()) / len(
        captions
    )


@exercise.inputs
def sets() -> list[tuple[list[str]]]:
    pair = ["3 left of 7", "7 left of 3"]
    return [
        (pair,),
        ([*pair, "5 left of 5"],),
        ([*pair, "3 left of 7"],),
        ([*pair, "3 left of 7", "3 left of 7", "1 above 2", "2 above 1"],),
        (["3 left of 7", "3 right of 7"],),
        (["3 left of 3", "3 left of 7", "7 left of 3", "7 left of 7"],),
        (["3 left of 3 3", "3 left of 3"],),
        (["a thin 3 left of a thick 7", "a thick 3 left of a thin 7", "thin 3"],),
        (
            [
                *pair,
                "a thin 3 left of a thick 7",
                "a thick 3 left of a thin 7",
                "a thick 7 left of a thin 3",
            ],
        ),
        (["4 above 9", "4 above 9", "9 above 4", "9 above 4", "9 above 4"],),
        (["3"],),
        (["draw 1 and 23", "draw 12 and 3", "draw 3 and 12", "draw 12 and 3"],),
        (["1 2 3", "1 3 2", "2 1 3", "2 3 1", "3 1 2", "3 2 1", "1 2 3", "4"],),
    ]


@exercise.must_hold
def half_of_pairs(f) -> bool:
    """Of 'A left of B' for all pairs of different digits a bag obeys half."""
    pairs = [f"{a} left of {b}" for a in range(10) for b in range(10) if a != b]
    return abs(float(f(pairs)) - 0.5) < 1e-6


@exercise.must_hold
def single_captions(f) -> bool:
    """If no two captions share their words, a bag can obey all of them."""
    return abs(float(f([f"thin {n}" for n in range(10)])) - 1) < 1e-6


@exercise.must_hold
def same_twice(f) -> bool:
    """A list and the same list written twice have one answer."""
    return all(abs(float(f(c * 2)) - float(f(c))) < 1e-6 for (c,) in sets())


def _groups(captions):
    groups = defaultdict(list)
    for caption in captions:
        groups[tuple(sorted(caption.split()))].append(caption)
    return list(groups.values())


@exercise.mistake(hint="idea")
def always_half(captions):
    """You answer one half for every list. That holds for two orders that are equally
    frequent; other groups of captions give other shares."""
    return 0.5


@exercise.mistake(hint="formula")
def groups_counted(captions):
    """You count one right answer for each group of captions. A caption that occurs
    twice in its group is obeyed twice: count the most frequent one."""
    return len(_groups(captions)) / len(captions)


@exercise.mistake(hint="idea")
def frequencies_forgotten(captions):
    """You remove repeated captions first. Shares are taken of all captions, so a
    caption that occurs more often counts more."""
    single = sorted(set(captions))
    return len(_groups(single)) / len(single)


@exercise.mistake(hint="formula")
def groups_not_weighted(captions):
    """You take the mean over the groups. A group with more captions has to count more:
    add the counts and divide once, by the number of captions."""
    groups = _groups(captions)
    return sum(max(Counter(g).values()) / len(g) for g in groups) / len(groups)


@exercise.mistake(hint="idea")
def guessed_in_proportion(captions):
    """Your drawer picks each order as often as it occurs. That obeys the sum of the
    squared shares; always taking the most frequent order obeys more."""
    total = 0.0
    for g in _groups(captions):
        total += sum(n * n for n in Counter(g).values()) / len(g)
    return total / len(captions)


@exercise.mistake(hint="idea")
def words_without_counts(captions):
    """You compare sets of words. A bag also knows how often each word occurs, so '3
    left of 3' and '3 left of 3 3' are different bags."""
    groups = defaultdict(list)
    for caption in captions:
        groups[frozenset(caption.split())].append(caption)
    return sum(max(Counter(g).values()) for g in groups.values()) / len(captions)


@exercise.mistake(hint="idea")
def all_orders_counted(captions):
    """You divide by the number of all orders of the words. Only the captions of the
    list are asked for, and most orders are no captions."""
    from math import factorial

    total = 0.0
    for caption in captions:
        total += 1 / factorial(len(caption.split()))
    return total / len(captions)


@exercise.mistake(hint="formula")
def rarest_order(captions):
    """You take the rarest caption of each group. The best drawer draws the most
    frequent one."""
    total = sum(min(Counter(g).values()) for g in _groups(captions))
    return total / len(captions)


@exercise.mistake(hint="idea")
def order_is_seen(captions):
    """Your drawer obeys every caption, so it knows the order of the words. A bag gives
    one answer to all captions with the same words."""
    return 1.0


@exercise.mistake(hint="formula")
def one_answer_for_all(captions):
    """You take the one most frequent caption of the whole list. The drawer sees the
    words, so it may answer each group of captions in its own way."""
    return max(Counter(captions).values()) / len(captions)


@exercise.mistake(hint="formula")
def letters_sorted(captions):
    """You sort the characters of a caption. A bag keeps the words whole: '1 and 23' and
    '12 and 3' are different bags. `caption.split()` gives the words."""
    groups = defaultdict(list)
    for caption in captions:
        groups["".join(sorted(caption))].append(caption)
    return sum(max(Counter(g).values()) for g in groups.values()) / len(captions)


@exercise.mistake(hint="idea")
def numbers_alone(captions):
    """You compare the numbers of a caption and forget its other words. '3 left of 7'
    and '3 right of 7' are different bags."""
    groups = defaultdict(list)
    for caption in captions:
        numbers = tuple(sorted(word for word in caption.split() if word.isdigit()))
        groups[numbers].append(caption)
    return sum(max(Counter(g).values()) for g in groups.values()) / len(captions)


@exercise.mistake(hint="idea")
def guessed_evenly(captions):
    """Your drawer guesses evenly among the different captions of a group. Always taking
    the most frequent one obeys more."""
    return sum(len(g) / len(set(g)) for g in _groups(captions)) / len(captions)


@exercise.mistake(hint="formula")
def over_different_captions(captions):
    """You divide by the number of different captions. A caption that occurs twice is
    asked for twice: divide by the length of the list."""
    total = sum(max(Counter(g).values()) for g in _groups(captions))
    return total / len(set(captions))


@exercise.mistake(hint="idea")
def partners_are_lost(captions):
    """You give up every group with more than one order. One of its captions can still
    be obeyed each time: the most frequent one."""
    return sum(len(g) for g in _groups(captions) if len(set(g)) == 1) / len(captions)


@exercise.mistake(hint="line")
def a_number_of_captions(captions):
    """You return how many captions are obeyed. Divide by the number of all captions."""
    return sum(max(Counter(g).values()) for g in _groups(captions))
