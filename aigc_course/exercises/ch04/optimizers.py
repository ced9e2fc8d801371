"""Exercise: an optimiser for each player."""

import torch
from torch.optim import Adam

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise
from aigc_course.exercises.small_gan import Net, Opt, networks, weights

exercise = Exercise(
    "04.optimizers",
    order=60,
    title="An optimiser for each player",
    difficulty=2,
    minutes=6,
    idea="The players want opposite things, so each gets an optimiser that holds its"
    " own weights and no others. The momentum is weak, since the opponent moves too.",
    formula="Adam over G's weights and Adam over D's weights, both with rate lr and"
    " betas (0.5, 0.99), in this order.",
    line="Write `Adam, betas = torch.optim.Adam, (0.5, 0.99)` and `return"
    " Adam(G.parameters(), lr, betas), Adam(D.parameters(), lr, betas)`.",
    variation="Give D twice the rate of G, then G twice the rate of D, and compare"
    " the pictures.",
    asks="method",
)


@exercise.answer
def optimizers(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """An Adam for G and one for D, rate lr, betas (0.5, 0.99)."""
    betas = (0.5, 0.99)
    return Adam(G.parameters(), lr, betas), Adam(D.parameters(), lr, betas)


def held(optimizer: Opt, G: Net, D: Net) -> str:
    """Whose weights an optimiser moves, in words."""
    ids = {id(w) for group in optimizer.param_groups for w in group["params"]}
    names = [
        name
        for name, network in (("G", G), ("D", D))
        if {id(w) for w in network.parameters()} & ids
    ]
    return " and ".join(names) or "none"


def kind_of(optimizer: Opt) -> str:
    """Its class; AdamW without any decay is Adam."""
    name = type(optimizer).__name__
    decays = any(group["weight_decay"] for group in optimizer.param_groups)
    return "Adam" if name == "AdamW" and not decays else name


def pair(f, G: Net, D: Net, lr: float) -> list[Opt]:
    made = f(G, D, lr)
    assert isinstance(made, tuple | list) and len(made) == 2, (
        "The result should be a pair of optimisers, G's first."
    )
    assert all(isinstance(one, Opt) for one in made), (
        "Both results should be optimisers of `torch.optim`."
    )
    return list(made)


@exercise.observe
def what_they_hold(f) -> dict[str, object]:
    G, D = networks()
    for_g, for_d = pair(f, G, D, 0.003)
    settings = [one.param_groups[0] for one in (for_g, for_d)]
    return {
        "the weights held by G's optimiser": held(for_g, G, D),
        "the weights held by D's optimiser": held(for_d, G, D),
        "the kinds": [kind_of(one) for one in (for_g, for_d)],
        "the rates": [float(group["lr"]) for group in settings],
        "the betas": [list(group.get("betas", ())) for group in settings],
        "the weight decays": [float(group["weight_decay"]) for group in settings],
        "whether it goes uphill": [bool(group.get("maximize")) for group in settings],
        "amsgrad": [bool(group.get("amsgrad")) for group in settings],
    }


@exercise.must_hold
def each_moves_its_own(f) -> bool:
    """A step of G's optimiser leaves D as it is, and the other way round."""
    for turn in (0, 1):
        nets = networks()
        made = pair(f, *nets, 0.1)
        before = [weights(network) for network in nets]
        for network in nets:
            sum(w.sum() for w in network.parameters()).backward()  # type: ignore[union-attr]
        made[turn].step()
        still = [same(weights(n), b) for n, b in zip(nets, before, strict=True)]
        if still != [turn == 1, turn == 0]:
            return False
    return True


@exercise.mistake(hint="idea")
def one_for_both(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """One optimiser holds the weights of both players, so each turn moves both of them:
    G's turn teaches D to be fooled, and D's turn teaches G to be caught. Make two, each
    over one network's parameters."""
    shared = Adam([*G.parameters(), *D.parameters()], lr, (0.5, 0.99))
    return shared, shared


@exercise.mistake(hint="formula")
def exchanged(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """The pair is exchanged: G's optimiser comes first, as in the arguments."""
    for_g, for_d = optimizers(G, D, lr)
    return for_d, for_g


@exercise.mistake(hint="idea")
def usual_momentum(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """You keep Adam's usual betas, (0.9, 0.999). With so much momentum a player keeps
    its direction for many steps after the opponent has changed, and the two can circle.
    Give `betas=(0.5, 0.99)`."""
    return Adam(G.parameters(), lr), Adam(D.parameters(), lr)


@exercise.mistake(hint="line")
def rate_left_out(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """The rate `lr` is never used, so Adam takes its own, 0.001. Pass `lr` to both."""
    return optimizers(G, D, 1e-3)


@exercise.mistake(hint="formula")
def usual_second_beta(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """Your second beta is 0.999, as in many GANs. Here 0.99 is asked for: with it the
    running mean of the squared gradient follows a change sooner."""
    betas = (0.5, 0.999)
    return Adam(G.parameters(), lr, betas), Adam(D.parameters(), lr, betas)


@exercise.mistake(hint="line")
def with_weight_decay(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """You add weight decay, which pulls all weights towards 0 at every step. It is
    another method than the one asked for: leave `weight_decay` at 0."""
    betas, decay = (0.5, 0.99), 1e-4
    return (
        Adam(G.parameters(), lr, betas, weight_decay=decay),
        Adam(D.parameters(), lr, betas, weight_decay=decay),
    )


@exercise.mistake(hint="idea")
def d_uphill(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """D's optimiser has `maximize=True`, so it raises the loss that it is given. Here D
    has a loss of its own, which falls as D improves: both optimisers go downhill."""
    for_g = Adam(G.parameters(), lr, (0.5, 0.99))
    return for_g, Adam(D.parameters(), lr, (0.5, 0.99), maximize=True)


@exercise.mistake(hint="idea")
def without_momentum(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """RMSprop divides by the size of the gradient, as Adam does, but has no running
    mean of the gradient itself. The exercise asks for Adam with the betas (0.5,
    0.99)."""
    kind = torch.optim.RMSprop
    return kind(G.parameters(), lr), kind(D.parameters(), lr)


@exercise.mistake(hint="idea")
def plain_descent(G: Net, D: Net, lr: float) -> tuple[Opt, Opt]:
    """Plain gradient descent takes steps as long as the gradient is large, and learns
    slowly here. The exercise asks for Adam with the betas (0.5, 0.99)."""
    kind = torch.optim.SGD
    return kind(G.parameters(), lr), kind(D.parameters(), lr)
