"""Patient: a DCGAN without what makes it a DCGAN."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim import Adam

from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import fixed

Parts = dict[str, Any]

patient = Patient(
    "dcgan_recipe",
    ward="B",
    number=22,
    title="The parts of a DCGAN",
    symptom="Everything runs. When the gradient of a weight changes its sign, as it"
    " does in a game, the optimisers move the weight on in the old direction for"
    " several steps.",
    cause="Adam keeps its default momentum of 0.9 for both players, G has no batch"
    " normalisation, and the pictures stay in [0, 1] although G ends in tanh. Radford"
    " et al. 2016 set beta_1 = 0.5, normalise the hidden maps, and scale to [-1, 1].",
    figure=("step", "weight"),
    same_draws=False,
)


@patient.shown
def dcgan(latent: int) -> Parts:
    """G and D, their optimisers, and `prepare`: uint8 pictures -> input of D."""
    g = nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.Unflatten(1, (8, 7, 7)),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 1, kernel_size=4, stride=4, padding=0),
        nn.Tanh(),
    )
    d = nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=4, stride=4),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, 1),
    )
    for_g, for_d = (Adam(net.parameters(), lr=2e-4) for net in (g, d))
    return {
        "G": g,
        "D": d,
        "for G": for_g,
        "for D": for_d,
        "prepare": lambda images: images.float() / 255,
    }


@patient.repair
def all_three(latent: int) -> Parts:
    """The reference: momentum 0.5, normalised maps, [-1, 1]."""
    g = nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.Unflatten(1, (8, 7, 7)),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 1, kernel_size=4, stride=4, padding=0),
        nn.Tanh(),
    )
    d = nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=4, stride=4),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, 1),
    )
    for_g, for_d = (Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (g, d))
    return {
        "G": g,
        "D": d,
        "for G": for_g,
        "for D": for_d,
        "prepare": lambda images: images.float() / 127.5 - 1,
    }


@patient.repair
def normalised_rows(latent: int) -> Parts:
    """The numbers are normalised before they become maps."""
    g = nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.BatchNorm1d(8 * 7 * 7),
        nn.Unflatten(1, (8, 7, 7)),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 1, kernel_size=4, stride=4, padding=0),
        nn.Tanh(),
    )
    d = nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=4, stride=4),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, 1),
    )
    for_g, for_d = (Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (g, d))
    return {
        "G": g,
        "D": d,
        "for G": for_g,
        "for D": for_d,
        "prepare": lambda images: 2 * (images.float() / 255) - 1,
    }


@patient.repair
def named_settings(latent: int) -> Parts:
    """Two optimisers written out; the middle of the range taken off."""
    g = nn.Sequential(
        nn.Linear(latent, 8 * 7 * 7),
        nn.Unflatten(1, (8, 7, 7)),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.ConvTranspose2d(8, 1, kernel_size=4, stride=4, padding=0),
        nn.Tanh(),
    )
    d = nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=4, stride=4),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, 1),
    )
    for_g = Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
    for_d = Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
    return {
        "G": g,
        "D": d,
        "for G": for_g,
        "for D": for_d,
        "prepare": lambda images: (images.float() - 127.5) / 127.5,
    }


def _parts(
    latent: int,
    normalise: bool,
    beta: float,
    scale: float,
    shift: float,
    width: int = 8,
) -> Parts:
    """The parts with any of the three settings."""
    first: list[nn.Module] = [nn.Linear(latent, width * 49)]
    first += [nn.Unflatten(1, (width, 7, 7))]
    first += [nn.BatchNorm2d(width)] if normalise else []
    last = nn.ConvTranspose2d(width, 1, kernel_size=4, stride=4)
    g = nn.Sequential(*first, nn.ReLU(), last, nn.Tanh())
    body = (nn.Conv2d(1, width, 4, stride=4), nn.LeakyReLU(0.2), nn.Flatten())
    d = nn.Sequential(*body, nn.Linear(width * 49, 1))

    def prepare(images: Tensor) -> Tensor:
        return images.float() * scale + shift

    for_g, for_d = (Adam(n.parameters(), 2e-4, (beta, 0.999)) for n in (g, d))
    return {"G": g, "D": d, "for G": for_g, "for D": for_d, "prepare": prepare}


@patient.right
def by_settings(latent: int) -> Parts:
    """The three settings as arguments."""
    return _parts(latent, True, 0.5, 2 / 255, -1)


@patient.right
def wider(latent: int) -> Parts:
    """Twice the channels."""
    return _parts(latent, True, 0.5, 1 / 127.5, -1.0, width=16)


@patient.right
def set_in_groups(latent: int) -> Parts:
    """The momentum is set in the groups of the optimisers."""
    parts = _parts(latent, True, 0.9, 2 / 255, -1)
    for name in ("for G", "for D"):
        for group in parts[name].param_groups:
            group["betas"] = (0.5, 0.999)
    return parts


@patient.disguise
def named_default(latent: int) -> Parts:
    """The default momentum written out; 256 instead of 255."""
    return _parts(latent, False, 0.9, 1 / 256, 0.0)


@patient.disguise
def higher_momentum(latent: int) -> Parts:
    """More momentum still, and more channels."""
    return _parts(latent, False, 0.95, 1 / 255, 0.0, width=12)


@patient.disguise
def adamw(latent: int) -> Parts:
    """AdamW with its defaults, and dropout where the normalisation should be."""
    parts = _parts(latent, False, 0.9, 1 / 255, 0.0)
    parts["G"] = nn.Sequential(*parts["G"][:3], nn.Dropout(0.1), *parts["G"][3:])
    for name in "GD":
        parts[f"for {name}"] = torch.optim.AdamW(parts[name].parameters(), 2e-4)
    return parts


@patient.patch
def only_the_range(latent: int) -> Parts:
    """You scale the pictures to the range of tanh. The momentum of 0.9 and the missing
    normalisation are left."""
    return _parts(latent, False, 0.9, 2 / 255, -1)


@patient.patch
def only_the_momentum(latent: int) -> Parts:
    """You lower the momentum. The pictures are still in [0, 1], and G has no
    normalisation."""
    return _parts(latent, False, 0.5, 1 / 255, 0.0)


@patient.patch
def only_normalised(latent: int) -> Parts:
    """You normalise the maps of G. The momentum of 0.9 and the range [0, 1] are
    left."""
    return _parts(latent, True, 0.9, 1 / 255, 0.0)


@patient.patch
def slower(latent: int) -> Parts:
    """You lower the learning rate. The steps are smaller, and none of the three faults
    is gone."""
    parts = _parts(latent, False, 0.9, 1 / 255, 0.0)
    for name in ("for G", "for D"):
        parts[name].param_groups[0]["lr"] = 2e-5
    return parts


def _steps_back(optimizer: torch.optim.Optimizer) -> int:
    """Steps until a weight turns round after its gradient did."""
    weight = optimizer.param_groups[0]["params"][0]
    old = weight.detach().clone()
    for i in range(40):
        before = weight.detach().clone()
        weight.grad = torch.full_like(weight, 1.0 if i < 20 else -1.0)
        optimizer.step()
        if i >= 20 and (weight.detach() > before).all():
            weight.data.copy_(old)
            return i - 20
    return 20


def _needs_companions(g: nn.Module, latent: int) -> bool:
    """Whether, in training, a picture depends on the batch it is drawn in."""
    z = torch.randn(8, latent)
    state = torch.get_rng_state()
    one = g(z)[:2]
    torch.set_rng_state(state)
    return not torch.allclose(one, g(torch.cat([z[:2], 3 * z[2:] + 1]))[:2], atol=1e-5)


def _range(prepare: Function) -> tuple[float, float]:
    pixels = torch.tensor([[0, 255]], dtype=torch.uint8)
    low, high = prepare(pixels).flatten().tolist()
    return low, high


@patient.test
def exposes(make: Function) -> None:
    """Range, momentum and normalisation, each seen by what it does."""
    parts = make(6)
    low, high = parts["prepare"](torch.tensor([0, 255], dtype=torch.uint8)).tolist()
    assert abs(low + 1) < 0.02 and abs(high - 1) < 0.02, "the range of tanh"
    for name in ("for G", "for D"):
        assert _steps_back(parts[name]) <= 2, "beta_1 = 0.5 turns round at once"
    assert _needs_companions(parts["G"], 6), "batch normalisation in G"


@patient.calls
def one_call(make: Function) -> dict[str, object]:
    """Pictures, their logits, and prepared images."""
    parts = make(6)
    images = torch.randint(256, (4, 1, 28, 28), dtype=torch.uint8)
    fake = parts["G"](torch.randn(4, 6))
    return {"fake": fake, "D": parts["D"](fake), "real": parts["prepare"](images)}


@patient.does
def measured(make: Function) -> dict[str, object]:
    """Range, turning and normalisation; the rates."""
    parts = make(6)
    return {
        "range": torch.tensor(_range(parts["prepare"])),
        "turning": float(max(_steps_back(parts[f"for {n}"]) for n in "GD")),
        "normalised": float(_needs_companions(parts["G"], 6)),
        "rates": str([parts[f"for {n}"].param_groups[0]["lr"] for n in "GD"]),
    }


@patient.elsewhere
def around(make: Function) -> dict[str, object]:
    """Shapes of pictures and logits, the rates, and whose weights are trained."""
    parts = make(6)
    fake = parts["G"](fixed(1, 4, 6).float()).detach()
    groups = {name: parts[f"for {name}"].param_groups for name in "GD"}
    owned = {
        name: [id(w) for group in groups[name] for w in group["params"]]
        == [id(w) for w in parts[name].parameters()]
        for name in "GD"
    }
    images = (fixed(2, 2, 1, 28, 28).sigmoid() * 255).to(torch.uint8)
    return {
        "pictures": list(fake.shape),
        "outside": float((fake.abs() > 1).sum()),
        "logits": list(parts["D"](fake).shape),
        "rates": str([groups[name][0]["lr"] for name in "GD"]),
        "second betas": str([groups[name][0]["betas"][1] for name in "GD"]),
        "owned": str(owned),
        "prepared": f"{list(parts['prepare'](images).shape)}",
        "images": images,
    }


@patient.hidden
def range_of_tanh(make: Function) -> bool:
    """Black is -1 and white 1, as at the end of G."""
    low, high = _range(make(6)["prepare"])
    return abs(low + 1) < 1e-5 and abs(high - 1) < 1e-5


@patient.hidden
def turns_round(make: Function) -> bool:
    """Both optimisers have beta_1 = 0.5: a weight turns round soon after its
    gradient."""
    parts = make(6)
    return all(_steps_back(parts[f"for {name}"]) <= 2 for name in "GD")


@patient.hidden
def normalises(make: Function) -> bool:
    """G normalises by the batch, and the output alone does not make up for it."""
    parts = make(6)
    norms = (nn.BatchNorm1d, nn.BatchNorm2d)
    has = any(isinstance(layer, norms) for layer in parts["G"].modules())
    return has and _needs_companions(parts["G"], 6)


@patient.trains
def training(make: Function, count: int) -> dict[str, list[float]]:
    """A bias of G is pulled up, then down; G learns a fixed picture for the loss."""
    parts = make(6)
    g, optimizer = parts["G"], parts["for G"]
    weight = optimizer.param_groups[0]["params"][-1]
    curves: dict[str, list[float]] = {"loss": [], "weight": []}
    for i in range(count):
        optimizer.zero_grad()
        weight.grad = torch.full_like(weight, -1.0 if i < count // 2 else 1.0)
        optimizer.step()
        curves["weight"].append(float(weight.detach().mean()))
    target = torch.zeros(8, 1, 28, 28)
    for _ in range(count):
        loss = mse_loss(g(torch.randn(8, 6)), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        curves["loss"].append(float(loss.detach()))
    return curves
