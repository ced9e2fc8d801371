"""Exercise on a matrix product of integers."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.int_linear",
    order=70,
    title="Multiply integers, scale once",
    difficulty=3,
    minutes=18,
    asks="derive",
    idea="Put x = s (q - z) and w = t v into the sum over k of x w. The two steps"
    " stand before the sum, and the zero point makes a second sum.",
    formula="y = s t (sum_k q_k v_k - z sum_k v_k). The second sum does not depend on"
    " the input.",
    line="Write `products = q.int() @ v.int().T`, then `return s * t * (products - z *"
    " v.int().sum(1))`.",
    variation="Add a bias as int32 in steps of s t, so that it can be added before the"
    " scaling.",
)


@exercise.answer
def int_linear(q: Tensor, s: float, z: int, v: Tensor, t: Tensor) -> Tensor:
    """The output [N, M] of a linear layer whose sums are taken over integers.

    q: int8 [N, K], the inputs s (q - z). v: int8 [M, K], the weights, of which row m
    stands for t[m] v[m]. t: [M]. Sums are taken in int32.
    """
    products = q.int() @ v.int().T  # [N, M], int32
    return s * t * (products - z * v.int().sum(1))


def integers(*shape: int) -> Tensor:
    """Random int8 numbers from -128 to 127."""
    return torch.randint(-128, 128, shape).to(torch.int8)


@exercise.inputs
def layers() -> list[tuple[Tensor, float, int, Tensor, Tensor]]:
    return [
        (integers(2, 5), 0.02, -30, integers(3, 5), 0.001 + torch.rand(3) / 100),
        (integers(4, 60), 0.1, 100, integers(4, 60), 0.5 + torch.rand(4)),
        (integers(1, 8), 0.5, 0, integers(6, 8), torch.rand(6)),
        (integers(3, 4), 0.01, -128, integers(3, 4), 0.01 + torch.rand(3)),
    ]


@exercise.must_hold
def agrees_with_floats(f) -> bool:
    """It is the product of the numbers that the integers stand for."""
    q, v, t = integers(5, 40), integers(7, 40), 0.1 + torch.rand(7)
    want = 0.03 * (q.double() + 17) @ (t[:, None].double() * v.double()).T
    return same(torch.as_tensor(f(q, 0.03, -17, v, t)).double(), want, 1e-4)


@exercise.must_hold
def sums_are_exact(f) -> bool:
    """Sums of integers are exact: where large terms cancel but for 1, the result is
    s t. Multiply by s and t after the sum."""
    q, v = integers(400).clamp(min=-127), integers(400)
    rest = int(q.long() @ v.long())
    extra = [(-127 if rest > 0 else 127, 127)] * (abs(rest) // 127**2)
    rest += sum(a * b for a, b in extra)
    sign = 1 if rest > 0 else -1
    extra += [(-sign * (abs(rest) // 127), 127), (-sign * (abs(rest) % 127), 1), (1, 1)]
    more = torch.tensor(extra, dtype=torch.int8)
    q, v = torch.cat([q, more[:, 0]]), torch.cat([v, more[:, 1]])
    found = torch.as_tensor(f(q[None], 0.1, 0, v[None], torch.tensor([0.3])))
    return same(found.float(), torch.tensor([[0.03]]), 1e-4)


@exercise.must_hold
def zero_gives_zero(f) -> bool:
    """Inputs that stand for 0 give 0."""
    q = torch.full((2, 6), 90, dtype=torch.int8)
    found = torch.as_tensor(f(q, 0.1, 90, integers(3, 6), torch.ones(3)))
    return same(found.float(), torch.zeros(2, 3))


@exercise.mistake(hint="idea")
def no_zero_point(q, s, z, v, t):
    """You left out the zero point. q stands for s (q - z): subtract z times the sum of
    each row of weights."""
    return s * t * (q.int() @ v.int().T)


@exercise.mistake(hint="idea")
def eight_bits_overflow(q, s, z, v, t):
    """You sum in int8, where 127 + 1 is -128. Turn both into int32 first."""
    wrapped = (q.int() @ v.int().T).to(torch.int8).int()
    return s * t * (wrapped - z * v.int().sum(1))


@exercise.mistake(hint="idea")
def difference_overflows(q, s, z, v, t):
    """You subtract z in int8, and the difference does not fit into eight bits. Turn q
    into int32 first."""
    wrapped = (q.int() - z).to(torch.int8).int()
    return s * t * (wrapped @ v.int().T)


@exercise.mistake(hint="formula")
def zero_once(q, s, z, v, t):
    """You subtract z once from each sum. It belongs to every input, so z times the sum
    of the weights of the row is subtracted."""
    return s * t * (q.int() @ v.int().T - z)


@exercise.mistake(hint="formula")
def zero_times_the_inputs(q, s, z, v, t):
    """You subtract z times the sum of the inputs. It is multiplied by the weights: take
    the sum of each row of v."""
    return s * t * (q.int() @ v.int().T - z * q.int().sum(1, keepdim=True))


@exercise.mistake(hint="formula")
def steps_of_the_inputs_only(q, s, z, v, t):
    """You scale by s only. The weights have steps of their own: multiply by t too."""
    return s * (q.int() @ v.int().T - z * v.int().sum(1)).float()


@exercise.mistake(hint="formula")
def steps_of_the_weights_only(q, s, z, v, t):
    """You scale by t only. The inputs have the step s: multiply by s too."""
    return t * (q.int() @ v.int().T - z * v.int().sum(1))


@exercise.mistake(hint="formula")
def one_step_for_all_rows(q, s, z, v, t):
    """You use one step for all rows. Each row of weights has its own: t[m]."""
    return s * t.mean() * (q.int() @ v.int().T - z * v.int().sum(1))


@exercise.mistake(hint="formula")
def zero_added(q, s, z, v, t):
    """You add the zero point. q stands for s (q - z), so it is subtracted."""
    return s * t * (q.int() @ v.int().T + z * v.int().sum(1))


@exercise.mistake(hint="formula")
def scaled_then_shifted(q, s, z, v, t):
    """You subtract z after scaling. It is counted in steps: subtract it before you
    multiply by s and t."""
    return s * t * (q.int() @ v.int().T) - z * v.int().sum(1)


@exercise.mistake(hint="formula")
def divided_by_the_steps(q, s, z, v, t):
    """You divide by the steps. An integer becomes a number when it is multiplied by its
    step."""
    return (q.int() @ v.int().T - z * v.int().sum(1)) / (s * t)


@exercise.mistake(hint="formula")
def sums_of_columns(q, s, z, v, t):
    """You sum the weights over axis 0. Each output has its row of weights: sum over
    axis 1."""
    return s * t * (q.int() @ v.int().T - z * v.int().sum(0))
