"""Exercise on sums that a server learns without learning what is summed."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

MODULUS = 2**32

exercise = Exercise(
    "17.masked_update",
    order=120,
    title="Masks that cancel",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="Two clients share a secret list of numbers. One of them adds it, the"
    " other subtracts it, so that it is gone from the sum. Their numbers"
    " decide who does which.",
    formula="y_k = (x_k + sum over j > k of m_kj - sum over j < k of m_kj) mod"
    " 2^32, with a result from 0 to 2^32 - 1.",
    line="Write `total = update.clone()`, then `for j, m in masks.items():\n"
    "        total = total + m if j > k else total - m`, then `return total"
    " % 2**32`.",
    variation="Let one client be lost after the others have masked. Work out what"
    " they must reveal so that the server can still form the sum.",
    exact_dtype=True,
)


@exercise.answer
def masked_update(k: int, update: Tensor, masks: dict[int, Tensor]) -> Tensor:
    """What client k sends instead of its update, whole numbers from 0 to 2^32 - 1.

    update: [D], int64, from 0 to 2^32 - 1. masks: for each other client j the list of
    numbers [D] that k and j share. The client adds those it shares with higher numbers
    and subtracts those it shares with lower ones. Bonawitz et al. 2017, section 4.
    """
    total = update.clone()
    for j, mask in masks.items():
        total = total + mask if j > k else total - mask
    return total % MODULUS  # of Python's sign: never negative


def numbers(size: int) -> Tensor:
    """Uniform whole numbers from 0 to 2^32 - 1."""
    return torch.randint(0, MODULUS, (size,))


def group(clients: int, size: int) -> list[tuple[int, Tensor, dict[int, Tensor]]]:
    """What each client holds: its number, its update, the masks it shares."""
    shared = {
        frozenset((a, b)): numbers(size) for b in range(clients) for a in range(b)
    }
    return [
        (
            k,
            torch.randint(0, 1000, (size,)),
            {j: shared[frozenset((j, k))] for j in range(clients) if j != k},
        )
        for k in range(clients)
    ]


@exercise.inputs
def clients() -> list[tuple[int, Tensor, dict[int, Tensor]]]:
    five, three = group(5, 6), group(3, 4)
    return [five[2], five[0], five[4], three[1], (0, numbers(3), {})]


@exercise.must_hold
def the_sum_is_exact(f) -> str | None:
    """Modulo 2^32 the sum of what is sent is the sum of the updates."""
    every = group(5, 6)
    sent = sum(torch.as_tensor(f(*one)).long() for one in every)
    want = sum(update for _, update, _ in every)
    if not torch.equal(torch.as_tensor(sent) % MODULUS, torch.as_tensor(want)):
        return (
            "Modulo 2^32, what five clients send has the sum of their updates. For"
            " this, each mask is added by one client and subtracted by one."
        )
    return None


@exercise.must_hold
def every_mask_is_used(f) -> bool:
    """Each mask changes what is sent."""
    k, update, masks = group(4, 3)[1]
    plain = torch.as_tensor(f(k, update, masks)).long()
    for j in masks:
        other = {**masks, j: (masks[j] + 1) % MODULUS}
        if torch.equal(torch.as_tensor(f(k, update, other)).long(), plain):
            return False
    return True


@exercise.mistake(hint="idea")
def all_added(k, update, masks):
    """You add all masks. In the sum each of them then stands twice: one of the two
    clients has to subtract it."""
    return sum(masks.values(), update) % MODULUS


@exercise.mistake(hint="idea")
def all_subtracted(k, update, masks):
    """You subtract all masks. In the sum each of them then stands twice: one of the two
    clients has to add it."""
    return (update - sum(masks.values(), 0 * update)) % MODULUS


@exercise.mistake(hint="formula")
def signs_swapped(k, update, masks):
    """You add the masks of lower numbers. The rule here is to add those of higher ones:
    all clients have to follow the same rule."""
    signed = [m if j < k else -m for j, m in masks.items()]
    return sum(signed, update) % MODULUS


@exercise.mistake(hint="formula")
def no_modulus(k, update, masks):
    """You do not take the remainder. The size of what is sent then tells something
    about the update: reduce modulo 2^32."""
    return sum((m if j > k else -m for j, m in masks.items()), update)


@exercise.mistake(hint="formula")
def remainder_with_a_sign(k, update, masks):
    """Your remainder is negative where the sum is negative, as in C and in `fmod`. A
    number from 0 to 2^32 - 1 is asked for: use `%`."""
    total = sum((m if j > k else -m for j, m in masks.items()), update)
    return torch.fmod(total, MODULUS)


@exercise.mistake(hint="idea")
def not_masked(k, update, masks):
    """You send the update itself. The server can read it."""
    return update.clone()


@exercise.mistake(hint="idea")
def next_neighbour_only(k, update, masks):
    """You use the mask of one other client only. If that client tells the server its
    mask, your update is open: use all of them."""
    if not masks:
        return update.clone()
    j = min(masks, key=lambda other: (other - k) % 1000)
    return (update + (masks[j] if j > k else -masks[j])) % MODULUS


@exercise.mistake(hint="idea")
def mean_of_the_masks(k, update, masks):
    """You divide the masks by their number. Dividing rounds whole numbers, so they no
    longer cancel: add and subtract them as they are."""
    total = sum((m if j > k else -m for j, m in masks.items()), 0 * update)
    return (update + total // max(1, len(masks))) % MODULUS


@exercise.mistake(hint="formula")
def wrong_modulus(k, update, masks):
    """You take the remainder by 2^32 - 1. Then 2^32 - 1 and 0 become the same
    number: the modulus is 2^32."""
    total = sum((m if j > k else -m for j, m in masks.items()), update)
    return total % (MODULUS - 1)


@exercise.mistake(hint="formula")
def half_of_the_bits(k, update, masks):
    """You reduce modulo 2^31, as for numbers with a sign. Half of the numbers are lost:
    the modulus is 2^32."""
    total = sum((m if j > k else -m for j, m in masks.items()), update)
    return total % 2**31


@exercise.mistake(hint="formula")
def with_bitwise_xor(k, update, masks):
    """You combine with exclusive or. It cancels only against itself and not in a sum:
    add and subtract."""
    total = update.clone()
    for mask in masks.values():
        total = total ^ mask
    return total % MODULUS
