"""Exercise on sampling from a prior that reads in order."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from aigc_course.checks.compare import kind
from aigc_course.checks.exercise import Exercise

Network = Callable[[Tensor], Tensor]
Source = torch.Generator | None

exercise = Exercise(
    "09.draw_maps",
    order=55,
    title="One code after the other",
    difficulty=3,
    minutes=15,
    idea="Begin with a map of zeros. Go through the places in reading order, ask the"
    " network for the logits of this place alone, draw a code for each map, and write"
    " it in before you go on.",
    formula="for t = 0, 1, ...: k_t ~ softmax over codes of network(k)[:, :, row,"
    " column], with k_0 ... k_(t-1) already drawn.",
    line="Write `k = torch.zeros(n, side, side, dtype=torch.long)`, a loop over rows"
    " and columns with `p = network(k)[:, :, i, j].softmax(1)` and `k[:, i, j] ="
    " torch.multinomial(p, 1, generator=generator)[:, 0]`, and `return k`.",
    line_is_part="the lines of a loop",
    variation="Divide the logits by a temperature below 1. Say what becomes better in"
    " the samples, and what is lost.",
    agree=False,
    asks="method",
)

SIDE, K = 3, 5
PLACES = SIDE * SIDE


@exercise.answer
def draw_maps(network: Network, n: int, side: int, generator: Source = None) -> Tensor:
    """n maps of codes from an autoregressive prior: int64 [n, side, side].

    network(k): logits [n, K, side, side] for maps k, int64 [n, side, side]. Those of a
    place depend on the places before it, row by row from the left, and on nothing else.
    """
    k = torch.zeros(n, side, side, dtype=torch.long)
    for t in range(side * side):
        i, j = divmod(t, side)
        p = network(k)[:, :, i, j].softmax(1)  # [n, K]
        k[:, i, j] = torch.multinomial(p, 1, generator=generator)[:, 0]
    return k


def before(k: Tensor) -> Tensor:
    """The code read just before each place, 0 before the first: int64 [n, 3, 3]."""
    flat = k.flatten(1)
    first = torch.zeros(len(k), 1, dtype=flat.dtype)
    return torch.cat([first, flat[:, :-1]], dim=1).view_as(k)


def sure(k: Tensor) -> Tensor:
    """Logits of a prior in which each code is the one before it plus 1, modulo K."""
    wanted = (before(k.long()) + 1) % K
    return 60 * one_hot(wanted, K).permute(0, 3, 1, 2).float()


def sticky(k: Tensor) -> Tensor:
    """Logits: the first code is 0 in 60 %, the others copy the one before in 84 %."""
    copied = one_hot(before(k.long()), K).permute(0, 3, 1, 2).float()
    logits = 3.0445 * copied  # 0.84 against 0.04 for each of the others
    start = torch.tensor([0.6, 0.1, 0.1, 0.1, 0.1]).log()
    logits[:, :, 0, 0] = start - start.logsumexp(0)
    return logits


def drawn(f, network: Network, n: int) -> Tensor:
    """Maps from the learner's function, or an AssertionError with a sentence."""
    k = f(network, n, SIDE, torch.Generator().manual_seed(3))
    if not isinstance(k, Tensor) or k.shape != (n, SIDE, SIDE):
        raise AssertionError(
            f"The result should be maps of shape [{n}, {SIDE}, {SIDE}]; it is"
            f" {kind(k)}."
        )
    return k


def near(share: float, wanted: float) -> bool:
    """Whether a share of some thousand draws is the wanted one."""
    return abs(share - wanted) < 0.04


def statistics(k: Tensor) -> dict[str, object]:
    """Shares in maps of the sticky prior, as words."""
    first = [float((k[:, 0, 0] == c).float().mean()) for c in (0, 1)]
    copies = (k.flatten(1)[:, 1:] == k.flatten(1)[:, :-1]).float().mean()
    return {
        "first code is 0": near(first[0], 0.6),
        "first code is 1": near(first[1], 0.1),
        "copies": near(float(copies), 0.84),
        "different maps": len(torch.unique(k.flatten(1), dim=0)) > 1,
    }


@exercise.observe
def behaviour(f) -> dict[str, object]:
    found: dict[str, object] = {"a sure prior": drawn(f, sure, 2).double()}
    found |= statistics(drawn(f, sticky, 1500))
    one, again, two = (
        f(sticky, 30, SIDE, torch.Generator().manual_seed(s)) for s in (1, 1, 2)
    )
    found["a seed repeats"] = torch.equal(one, again)
    found["two seeds differ"] = not torch.equal(one, two)
    return found


@exercise.must_hold
def whole_numbers(f) -> bool:
    """The codes are whole numbers, int64, so that they can index a table."""
    return drawn(f, sure, 2).dtype == torch.int64


@exercise.must_hold
def follows_the_order(f) -> bool:
    """Where each code is surely the one before it plus 1, every map reads 1, 2, 3, 4,
    0, 1, 2, 3, 4."""
    right = (torch.arange(PLACES) + 1) % K
    return torch.equal(drawn(f, sure, 2).flatten(1).long(), right.expand(2, PLACES))


@exercise.must_hold
def first_code_by_its_probabilities(f) -> bool:
    """A first code with probabilities 0.6 and four times 0.1 comes out as often."""
    found = statistics(drawn(f, sticky, 1500))
    return bool(found["first code is 0"] and found["first code is 1"])


@exercise.must_hold
def given_what_was_drawn(f) -> bool:
    """Where a code copies the one before it with probability 0.84, neighbours are equal
    as often."""
    return bool(statistics(drawn(f, sticky, 1500))["copies"])


@exercise.must_hold
def by_the_generator(f) -> bool:
    """The generator decides: the same seed gives the same maps, another seed others."""
    maps = [
        f(sticky, 40, SIDE, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6)
    ]
    return torch.equal(maps[0], maps[1]) and not torch.equal(maps[0], maps[2])


def along(network: Network, n: int, side: int, generator: Source, **how) -> Tensor:
    """The reference with switches for what is done wrongly."""
    k = torch.zeros(n, side, side, dtype=torch.long)
    order = list(range(side * side))
    if how.get("short"):
        order.pop()
    fixed = network(k)
    for t in order:
        i, j = divmod(t, side)
        if how.get("columns"):
            i, j = j, i
        logits = fixed if how.get("at_once") else network(k)
        a, b = (divmod(max(t - 1, 0), side)) if how.get("late") else (i, j)
        p = logits.softmax(-1 if how.get("axis") else 1)[:, :, a, b]
        if how.get("uniform"):
            p = torch.ones_like(p)
        if how.get("plain"):
            p = logits[:, :, a, b]
        if how.get("largest"):
            code = p.argmax(1)
        elif how.get("one"):
            code = torch.multinomial(p[:1], 1, generator=generator)[:, 0].expand(n)
        else:
            code = torch.multinomial(p, 1, generator=generator)[:, 0]
        k[:, i, j] = code
    return k


@exercise.mistake(hint="idea")
def all_at_once(network: Network, n: int, side: int, generator: Source = None):
    """Each code is drawn as if all codes before it were 0: you ask the network once, or
    from the last place on, or about a map into which nothing is written. Ask it anew
    for each place, in reading order, about the map with what is drawn so far."""
    return along(network, n, side, generator, at_once=True)


@exercise.mistake(hint="idea")
def most_probable(network: Network, n: int, side: int, generator: Source = None):
    """You take the most probable code at each place, so all maps are equal. Draw from
    the probabilities, with torch.multinomial."""
    return along(network, n, side, generator, largest=True)


@exercise.mistake(hint="idea")
def one_draw_for_all(network: Network, n: int, side: int, generator: Source = None):
    """You draw one code for each place and give it to all n maps. Draw one for each
    map: the probabilities are [n, K]."""
    return along(network, n, side, generator, one=True)


@exercise.mistake(hint="formula")
def column_by_column(network: Network, n: int, side: int, generator: Source = None):
    """You go through the map column by column. The network's places depend on those
    before them row by row: let the column run fastest."""
    return along(network, n, side, generator, columns=True)


@exercise.mistake(hint="formula")
def last_place_left_out(network: Network, n: int, side: int, generator: Source = None):
    """The last place stays 0: your loop ends one place too early. There are
    side * side places."""
    return along(network, n, side, generator, short=True)


@exercise.mistake(hint="formula")
def one_place_late(network: Network, n: int, side: int, generator: Source = None):
    """You draw the code of a place from the logits of the place before it. This network
    gives at place t the logits of k_t itself: take those."""
    return along(network, n, side, generator, late=True)


@exercise.mistake(hint="formula")
def softmax_over_places(network: Network, n: int, side: int, generator: Source = None):
    """Your softmax runs over places and not over codes. The codes are axis 1 of the
    logits [n, K, side, side]."""
    return along(network, n, side, generator, axis=True)


@exercise.mistake(hint="formula")
def generator_unused(network: Network, n: int, side: int, generator: Source = None):
    """Your draws do not use the generator, so a seed does not repeat them. Hand it
    over: torch.multinomial(p, 1, generator=generator)."""
    return along(network, n, side, None)


@exercise.mistake(hint="idea")
def all_equally_likely(network: Network, n: int, side: int, generator: Source = None):
    """You draw codes that are all equally likely and do not use the logits. Draw with
    the softmax of the network's logits."""
    return along(network, n, side, generator, uniform=True)


@exercise.mistake(hint="formula")
def logits_as_weights(network: Network, n: int, side: int, generator: Source = None):
    """You draw with the logits as weights, and weights cannot be negative. Logits are
    logarithms: take their softmax over the codes first."""
    return along(network, n, side, generator, plain=True)
