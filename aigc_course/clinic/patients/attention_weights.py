"""Patient: attention in which no token sees another."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed

patient = Patient(
    "attention_weights",
    ward="A",
    number=9,
    title="Self-attention",
    symptom="The task is to return the mean of five tokens. The loss falls from 0.23"
    " to about 0.16 and stays there. That is the error of an answer that knows one of"
    " the five tokens only.",
    cause="The weights a_i come from q_i and k_i of the same token, and there is no"
    " sum over j. Attention needs a weight for every pair: a_ij from q_i and k_j,"
    " softmax over j, output_i = sum over j of a_ij v_j.",
    figure=("step", "loss"),
)


@patient.shown
def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """One head of self-attention. q, k, v: [n, t, d]. Returns [n, t, d]."""
    scores = (q * k).sum(dim=2) / math.sqrt(q.shape[2])
    weights = scores.softmax(dim=1)
    return weights.unsqueeze(2) * v


@patient.repair
def every_pair(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The reference: a score for every pair, a sum over j."""
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[2])
    weights = scores.softmax(dim=2)
    return weights @ v


@patient.repair
def by_einsum(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The indices as in the formula."""
    scores = torch.einsum("nid,njd->nij", q, k) / math.sqrt(q.shape[2])
    weights = scores.softmax(dim=2)
    return torch.einsum("nij,njd->nid", weights, v)


@patient.repair
def from_torch(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """PyTorch has it."""
    return scaled_dot_product_attention(q, k, v)


@patient.right
def token_by_token(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """A loop over the queries."""
    rows = []
    for i in range(q.shape[1]):
        scores = (q[:, i : i + 1] * k).sum(2) / q.shape[2] ** 0.5
        rows.append((scores.softmax(1).unsqueeze(2) * v).sum(1))
    return torch.stack(rows, dim=1)


@patient.right
def exponentials(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The softmax written out, the largest score taken off first."""
    scores = torch.bmm(q, k.mT) * q.shape[-1] ** -0.5
    weights = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    return torch.bmm(weights, v) / weights.sum(dim=-1, keepdim=True)


@patient.right
def keys_first(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scores with the keys as rows; the softmax is then over the rows."""
    scores = k @ (q / math.sqrt(q.shape[2])).transpose(1, 2)
    return scores.softmax(dim=1).transpose(1, 2) @ v


@patient.disguise
def the_diagonal(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """All pairs are computed, and only the pairs (i, i) are used."""
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[2])
    weights = scores.diagonal(dim1=1, dim2=2).softmax(dim=1)
    return v * weights[:, :, None]


@patient.disguise
def einsum_with_one_letter(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The indices of the wrong formula."""
    weights = torch.einsum("nid,nid->ni", q, k).div(q.shape[2] ** 0.5).softmax(-1)
    return torch.einsum("ni,nid->nid", weights, v)


@patient.disguise
def diagonal_of_the_weights(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """A proper softmax over j, of which only a_ii is used."""
    weights = (q @ k.transpose(1, 2) / math.sqrt(q.shape[2])).softmax(dim=2)
    own = weights * torch.eye(q.shape[1], dtype=q.dtype)
    return own @ v


@patient.disguise
def loop_without_a_sum(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """A loop over the tokens; each multiplies its own value by a weight."""
    scores = [(q[:, i] * k[:, i]).sum(1) for i in range(q.shape[1])]
    weights = torch.stack(scores, dim=1).sigmoid()
    return torch.stack([weights[:, i : i + 1] * v[:, i] for i in range(q.shape[1])], 1)


@patient.patch
def rescaled(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You multiply the output by the number of tokens, so its numbers have a usual
    size. A token still uses no value but its own."""
    return attention(q, k, v) * q.shape[1]


@patient.patch
def with_residual(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You add the value itself, so gradients are larger. A token still uses no value
    but its own."""
    return v + attention(q, k, v)


@patient.patch
def with_the_mean(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You add the mean of all values. Every token then gets the same from the others,
    whatever the queries and keys say."""
    return attention(q, k, v) + v.mean(dim=1, keepdim=True)


@patient.patch
def same_for_all(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """You sum over the tokens, but the weights still come from q_i and k_i of one
    token. All tokens then get the same output."""
    return attention(q, k, v).sum(dim=1, keepdim=True).expand_as(v)


@patient.test
def exposes(attend: Function) -> None:
    """Every output depends on every value, and a constant value comes back."""
    q, k, v = (torch.randn(2, 5, 4) for _ in range(3))
    ones = attend(q, k, torch.ones(2, 5, 4))
    assert torch.allclose(ones, torch.ones(2, 5, 4)), "the weights of a token add to 1"
    before = attend(q, k, v)
    v[:, 3] += 1
    moved = (attend(q, k, v) - before).abs().amax(dim=2)
    assert (moved > 1e-6).all(), "every token must see token 3"


@patient.calls
def one_call(attend: Function) -> Tensor:
    """The output for a batch."""
    result: Tensor = attend(*(torch.randn(3, 6, 8) for _ in range(3)))
    return result


@patient.does
def measured(attend: Function) -> dict[str, object]:
    """The output for fixed inputs."""
    return {"output": attend(*(fixed(i, 2, 5, 4) for i in (1, 2, 3)))}


@patient.elsewhere
def around(attend: Function) -> dict[str, object]:
    """A sequence of one token returns its value; nothing is changed in place."""
    q, k, v = (fixed(i, 3, 1, 4) for i in (4, 5, 6))
    return {
        "shape": list(attend(*(fixed(i, 2, 5, 4) for i in (1, 2, 3))).shape),
        "a token alone": attend(q, k, v),
        "inputs afterwards": torch.cat([q, k, v]),
    }


@patient.hidden
def weights_add_to_one(attend: Function) -> bool:
    """Equal values come back: the weights of every token add to 1."""
    same = fixed(7, 2, 1, 4).expand(2, 5, 4)
    found = attend(fixed(8, 2, 5, 4), fixed(9, 2, 5, 4), same)
    return bool(torch.allclose(found, same, atol=1e-9))


@patient.hidden
def sees_the_others(attend: Function) -> bool:
    """The output of a token depends on the value of each other token."""
    q, k, v = (fixed(i, 1, 5, 4) for i in (10, 11, 12))
    before = attend(q, k, v)
    changed = v.clone()
    changed[:, 2] += 1
    return bool(((attend(q, k, changed) - before).abs().amax(2) > 1e-9).all())


@patient.hidden
def formula_of_the_paper(attend: Function) -> bool:
    """It is softmax(Q K^T / sqrt d) V (Vaswani et al. 2017, eq. 1)."""
    q, k, v = (fixed(i, 2, 5, 4) for i in (13, 14, 15))
    want = torch.stack(
        [(a @ b.T / 2).softmax(1) @ c for a, b, c in zip(q, k, v, strict=True)]
    )
    return bool(torch.allclose(attend(q, k, v), want, atol=1e-9))


class _Layer(nn.Module):
    """Queries, keys and values of x by one matrix each."""

    def __init__(self, attend: Function) -> None:
        super().__init__()
        self.attend = attend
        self.q, self.k, self.v = (nn.Linear(4, 4, bias=False) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.attend(self.q(x), self.k(x), self.v(x))
        return result


@patient.trains
def training(attend: Function, count: int) -> dict[str, list[float]]:
    """A layer learns to return the mean of its tokens."""
    layer = _Layer(attend)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.03)
    losses = []
    for _ in range(count):
        x = torch.randn(32, 5, 4)
        target = x.mean(dim=1, keepdim=True).expand_as(x)
        loss = (layer(x) - target).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return {"loss": losses}


@patient.step
def opened(attend: Function) -> steps.Step:
    """The layer against a fixed target."""
    return steps.module_step(lambda: _Layer(attend), torch.randn(16, 5, 4))
