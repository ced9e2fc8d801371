"""Patient: the same loss is counted for the encoder and for the decoder."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed, flat, gradients, weighted

patient = Patient(
    "two_losses",
    ward="A",
    number=6,
    title="The loss of an encoder and a decoder",
    symptom="The loss falls as it should. The perplexity exp(loss) begins at 78, but"
    " there are only 8 symbols: a model that gives all the same probability has 8.",
    cause="Encoder and decoder are given one and the same cross-entropy, and the two"
    " are added. That is the loss twice, so every gradient is doubled. One loss trains"
    " both.",
    figure=("step", "perplexity"),
)


@patient.shown
def translation_loss(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """The mean loss of a symbol. target: [n, t] symbols; decoder: logits [n, t, V]."""
    logits = decoder(encoder(source))
    encoder_loss = cross_entropy(logits.flatten(0, 1), target.flatten())
    decoder_loss = cross_entropy(logits.flatten(0, 1), target.flatten())
    return encoder_loss + decoder_loss


@patient.repair
def one_loss(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """The reference: one cross-entropy for both."""
    logits = decoder(encoder(source))
    return cross_entropy(logits.flatten(0, 1), target.flatten())


@patient.repair
def mean_of_both(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """The mean of two equal numbers is that number."""
    logits = decoder(encoder(source))
    encoder_loss = cross_entropy(logits.flatten(0, 1), target.flatten())
    decoder_loss = cross_entropy(logits.flatten(0, 1), target.flatten())
    return (encoder_loss + decoder_loss) / 2


@patient.repair
def classes_second(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """PyTorch also takes logits [n, V, t]."""
    logits = decoder(encoder(source))
    return cross_entropy(logits.transpose(1, 2), target)


@patient.right
def by_gathering(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """-log p of the right symbols, picked from all."""
    log_p = decoder(encoder(source)).log_softmax(dim=-1)
    return -log_p.gather(2, target.unsqueeze(2)).mean()


@patient.right
def logsumexp_minus(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """log sum exp minus the logit of the right symbol."""
    logits = decoder(encoder(source))
    right = (logits * nn.functional.one_hot(target, logits.shape[2])).sum(2)
    return (logits.logsumexp(2) - right).mean()


@patient.right
def place_by_place(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """The mean over the places of their losses."""
    log_p = decoder(encoder(source)).log_softmax(dim=2)
    parts = [nll_loss(log_p[:, i], target[:, i]) for i in range(target.shape[1])]
    return torch.stack(parts).mean()


@patient.disguise
def in_a_loop(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """A loss for each part of the model."""
    logits, total = decoder(encoder(source)), torch.zeros(())
    for _ in ("encoder", "decoder"):
        total = total + cross_entropy(logits.transpose(1, 2), target)
    return total


@patient.disguise
def weighted_parts(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """Weights that do not add up to 1."""
    log_p = decoder(encoder(source)).log_softmax(dim=2)
    loss = -log_p.gather(2, target.unsqueeze(2)).mean()
    return 1.0 * loss + 0.5 * loss


@patient.disguise
def run_twice(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """The model is run for each loss anew."""
    losses = []
    for _ in range(2):
        log_p = decoder(encoder(source)).log_softmax(dim=2).flatten(0, 1)
        losses.append(nll_loss(log_p, target.flatten()))
    return sum(losses, torch.zeros(()))


@patient.patch
def second_detached(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """You cut the second loss from the graph. The gradient is right then, and the value
    still counts the loss twice: its perplexity is the square."""
    loss = cross_entropy(decoder(encoder(source)).flatten(0, 1), target.flatten())
    return loss + loss.detach()


@patient.patch
def encoder_once(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """You detach what the second loss gets from the encoder. The encoder's gradient is
    right now, and the decoder's is still doubled, as is the value."""
    memory = encoder(source)
    loss = cross_entropy(decoder(memory).flatten(0, 1), target.flatten())
    again = decoder(memory.detach()).flatten(0, 1)
    return loss + cross_entropy(again, target.flatten())


@patient.patch
def at_most_log_v(
    encoder: nn.Module, decoder: nn.Module, source: Tensor, target: Tensor
) -> Tensor:
    """You limit the loss to that of guessing. Where it is larger no gradient is left,
    and below it is still doubled."""
    loss = translation_loss(encoder, decoder, source, target)
    return loss.clamp(max=math.log(8))


@patient.test
def exposes(loss: Function) -> None:
    """Logits that are all alike have the loss log V."""
    source, target = torch.randn(4, 5, 10), torch.randint(10, (4, 5))
    same = nn.Identity()
    found = float(loss(same, same, 0 * source, target))
    assert abs(found - math.log(10)) < 1e-4, "all alike among 10: log 10"
    want = cross_entropy(source.transpose(1, 2), target)
    found = float(loss(same, same, source, target))
    assert abs(found - float(want)) < 1e-4, "the mean loss of a symbol"


def _pair() -> tuple[nn.Module, nn.Module]:
    return nn.Embedding(8, 8), nn.Linear(8, 8)


@patient.calls
def one_call(loss: Function) -> Tensor:
    """The loss of a batch."""
    result: Tensor = loss(*_pair(), torch.randint(8, (4, 5)), torch.randint(8, (4, 5)))
    return result


def _run(loss: Function, number: int) -> tuple[Tensor, nn.Module, nn.Module]:
    encoder, decoder = (weighted(net, number + i) for i, net in enumerate(_pair()))
    source = fixed(number + 2, 6, 4, 8).argmax(2)
    value = loss(encoder, decoder, source, source.flip(1))
    value.backward()
    return value.detach(), encoder, decoder


@patient.does
def measured(loss: Function) -> dict[str, object]:
    """The loss and the gradients of both parts."""
    value, encoder, decoder = _run(loss, 1)
    return {
        "loss": value,
        "encoder": gradients(encoder),
        "decoder": gradients(decoder),
    }


@patient.elsewhere
def around(loss: Function) -> dict[str, object]:
    """The direction of the gradients; one number; the weights."""
    value, encoder, decoder = _run(loss, 5)
    slopes = torch.cat([gradients(encoder), gradients(decoder)])
    return {
        "direction": slopes / slopes.norm(),
        "shape": list(value.shape),
        "weights": flat([*encoder.parameters(), *decoder.parameters()]),
    }


@patient.hidden
def guessing_costs_log_v(loss: Function) -> bool:
    """A model that gives V symbols the same probability has the loss log V."""
    target, same = torch.arange(6).view(2, 3), nn.Identity()
    value = loss(same, same, torch.zeros(2, 3, 12), target)
    return abs(float(value) - math.log(12)) < 1e-5


@patient.hidden
def gradient_of_one_loss(loss: Function) -> bool:
    """The gradient is that of one mean cross-entropy."""
    _, encoder, decoder = _run(loss, 20)
    found = torch.cat([gradients(encoder), gradients(decoder)])
    _, encoder, decoder = _run(by_gathering, 20)
    want = torch.cat([gradients(encoder), gradients(decoder)])
    return bool(torch.allclose(found, want, atol=1e-9))


@patient.trains
def training(loss: Function, count: int) -> dict[str, list[float]]:
    """A small model learns to shift symbols by one."""
    encoder, decoder = _pair()
    nn.init.normal_(encoder.weight, std=0.3)  # type: ignore[arg-type]
    weights = [*encoder.parameters(), *decoder.parameters()]
    optimizer = torch.optim.SGD(weights, lr=0.3)
    curves: dict[str, list[float]] = {"loss": [], "perplexity": []}
    for _ in range(count):
        source = torch.randint(8, (16, 5))
        value = loss(encoder, decoder, source, (source + 1) % 8)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        curves["loss"].append(float(value.detach()))
        curves["perplexity"].append(math.exp(float(value.detach())))
    return curves


@patient.step
def opened(loss: Function) -> steps.Step:
    """Encoder and decoder as one network that is trained by this loss."""
    model = nn.Sequential(*_pair())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batch = torch.randint(8, (32, 5))

    def losses(x: Tensor) -> dict[str, Tensor]:
        return {"T": loss(model[0], model[1], x, (x + 1) % 8)}

    def advance(x: Tensor, player: str) -> None:
        optimizer.zero_grad()
        losses(x)[player].backward()
        optimizer.step()

    def aim() -> Tensor:
        log_p = model(batch).log_softmax(2)
        found: Tensor = log_p.gather(2, ((batch + 1) % 8).unsqueeze(2)).mean()
        return found

    return steps.Step(
        {"T": model}, {"T": batch}, batch, losses, advance, {"T": aim}, False
    )
