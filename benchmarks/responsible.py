"""What chapter 17 says of shares, own output, federated learning, leaks and energy.

    python benchmarks/responsible.py [--only PART ...]

shares: coverage of the intervals, and shares of the shipped generator without and with
truncation. collapse: digits fed on their own, replaced and accumulated. federated: 20
rounds of the MLP VAE over five processes, beside one client alone and training in one
place, equal steps of equal batches. attacks: a client that is killed, one that poisons,
one that says nothing, masked rounds. leak: pictures out of gradients. energy: joules of
drawing and of training, measured or assumed. Parts that were measured before stay in
the record, so that each can be run alone.
"""

import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import click
import torch
from records import FOLDER, record
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from aigc_course import data, energy, federated, metrics, training, vae
from aigc_course.errors import CourseError
from aigc_course.federated import leak, rules
from aigc_course.federated.job import local_update, own_batches, weights_of
from aigc_course.files import read_json
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.metrics import shares
from aigc_course.theory import collapse, own_output

ROUNDS = 20
JUDGED = 2000  # test digits for a bound
SIMULATIONS = 200
DRAWN = 10_000


def measured_shares() -> dict[str, Any]:
    """Coverage with a judge that is right on 97 %, and the shipped generator."""
    true = torch.tensor([0.3, 0.2, 0.1, 0.1, 0.1, 0.08, 0.06, 0.03, 0.02, 0.01])
    rates = torch.full((10, 10), 0.03 / 9).double().fill_diagonal_(0.97)
    found: dict[str, Any] = {"coverage": {}}
    for images, judged in ((500, 2000), (2000, 5000), (10_000, 10_000)):
        seen = shares.coverage(true, rates, images, judged, SIMULATIONS)
        row = {
            "corrected": round(seen.corrected, 4),
            "worst_class": round(seen.worst, 4),
            "raw": round(seen.raw, 4),
        }
        found["coverage"][f"{images} images, {judged} judged"] = row
    test = data.load("mnist", "test")
    confusion = shares.confusion_counts(metrics.classify(test.images), test.labels)
    for limit in (None, 1.0, 0.5):
        counts = metrics.class_histogram(metrics.features(_drawn(limit)))
        seen_now = shares.corrected_shares(counts, confusion)
        even = torch.full((10,), 0.1).double()
        name = f"latents within {limit}" if limit else "all latents"
        found[name] = {
            "corrected": [round(p, 4) for p in seen_now.estimate.tolist()],
            "low": [round(p, 4) for p in seen_now.low.tolist()],
            "high": [round(p, 4) for p in seen_now.high.tolist()],
            "from_even": round(float((seen_now.estimate - even).abs().sum()) / 2, 4),
        }
    return found


@torch.no_grad()
def _drawn(limit: float | None, n: int = DRAWN) -> Tensor:
    """Digits of the shipped generator; each latent drawn within +-limit."""
    network, generator = pretrained_generator(), torch.Generator().manual_seed(0)
    z = torch.randn(n, network.latent, generator=generator)
    if limit is not None:  # the inverse of the normal's distribution function
        half = torch.erf(torch.tensor(limit / 2**0.5))
        u = torch.rand(n, network.latent, generator=generator) * 2 - 1
        z = 2**0.5 * torch.erfinv(u * half)
    return torch.cat([network(part) for part in z.split(500)])


def fed_on_itself() -> dict[str, Any]:
    """Variance within classes and diversity of classes, beside what theory gives."""
    train = data.load("mnist")
    n, generations, found = 500, 20, {}
    for name, accumulate in (("replace", False), ("accumulate", True)):
        kept, diverse = [], []
        for seed in (0, 1, 2, 3, 4):
            some = data.subset(train, n, seed)
            run = own_output.feed(
                some.images,
                some.labels,
                own_output.class_gaussians,
                generations,
                accumulate,
                seed,
            )
            # from the first model on, since it leaves out what 50 directions miss
            kept.append(run[-1].variance() / run[1].variance())
            diverse.append(run[-1].diversity() / run[0].diversity())
        per_class = n // 10
        exact = collapse.expected_variance(per_class, generations, accumulate)
        found[name] = {
            "variance_kept": [round(x, 3) for x in kept],
            "variance_of_one_gaussian": round(float(exact[-1] / exact[1]), 3),
            "diversity_kept": [round(x, 4) for x in diverse],
            "diversity_exact": round(
                float(collapse.expected_diversity(n, generations, accumulate)[-1])
                / 0.9,
                4,
            ),
        }
    return {"digits": n, "generations": generations, **found}


def together(seeds: int) -> dict[str, Any]:
    """-ELBO in nats of test digits after the same number of local steps."""
    train = data.load("mnist")
    bounds: dict[str, list[float]] = {}
    clock: list[float] = []
    for seed in range(seeds):
        job = federated.Job(seed=seed)
        rows = federated.split(train.labels, 5, "iid", seed)
        with federated.Federation(train.images, rows, job) as clients:
            for how in ("iid", "two", "unequal"):
                clients.restart(federated.split(train.labels, 5, how, seed))
                start = time.monotonic()
                for _ in range(ROUNDS):
                    clients.round()
                clock.append(time.monotonic() - start)
                bounds.setdefault(how, []).append(_bound(clients.learner()))
        bounds.setdefault("alone", []).append(_by_one(train.images[rows[0]], job))
        bounds.setdefault("central", []).append(_by_one(train.images, job))
        print(seed, bounds, clock, flush=True)
    return {
        "seeds": seeds,
        "rounds": ROUNDS,
        "seconds_of_20_rounds": [round(s, 1) for s in clock],
        "bounds": {k: [round(x, 2) for x in v] for k, v in bounds.items()},
        "median": {k: round(statistics.median(v), 2) for k, v in bounds.items()},
    }


def _by_one(images: Tensor, job: federated.Job) -> float:
    """As many steps as one client takes, in one place."""
    training.seed_everything(job.seed)
    learner = job.build()
    local_update(
        learner, weights_of(learner), own_batches(images, job, 0), ROUNDS * job.steps
    )
    return _bound(learner)


def _bound(learner: vae.VAE) -> float:
    x = data.to_float(data.load("mnist", "test").images[:JUDGED])
    try:
        found = vae.judge(
            learner, x, samples=2, generator=torch.Generator().manual_seed(0)
        )
    except CourseError:  # weights without numbers
        return float("inf")
    return -found.elbo


def attacked() -> dict[str, Any]:
    """The same federation, with one of five clients behaving badly."""
    train = data.load("mnist")
    rows = federated.split(train.labels)
    found: dict[str, Any] = {}
    with federated.Federation(train.images, rows) as clients:

        def run(rule: str, masked: bool = False) -> float:
            clients.restart()
            for _ in range(8):
                clients.round(rule, masked)
            return round(_bound(clients.learner()), 2)

        found["clean"] = {rule: run(rule) for rule in ("median", "mean")}
        plain = clients.weights
        found["masked"] = run("mean", masked=True)
        apart = [(plain[n] - one).abs().max() for n, one in clients.weights.items()]
        found["masked_weights_apart"] = float(max(apart))
        clients.behaviours = {"client 5": "poison"}
        poisoned = {rule: run(rule) for rule in rules.RULES}
        found["poisoned"] = {k: v if v < 1e6 else "inf" for k, v in poisoned.items()}
        for how in ("dies", "nan", "huge", "shapes", "garbage", "long", "silent"):
            clients.behaviours = {}
            clients.restart()
            clients.behaviours = {"client 5": how}
            clients.patience = 15.0 if how == "silent" else 120.0
            seen = clients.round()
            found[how] = {"taken": len(seen.taken), **seen.refused}
        clients.patience = 120.0
    return found


def leaked() -> dict[str, Any]:
    """Largest error of one picture; how many of 128 come out of chosen weights."""
    test = data.load("mnist", "test")
    x, y = data.to_float(test.images).flatten(1), test.labels
    errors = []
    for k in range(20):
        torch.manual_seed(k)
        net = nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))
        one = leak.picture_from_gradient(*_gradient(net, x[k : k + 1], y[k : k + 1]))
        errors.append(float((one - x[k]).abs().max()))
    trap, caught = leak.imprint(x[5000:]), []
    for seed in range(5):
        rows = torch.randperm(5000, generator=torch.Generator().manual_seed(seed))[:128]
        rebuilt = leak.rebuilt(*_gradient(trap, x[rows], y[rows]))
        caught.append(int(leak.recovered(x[rows], rebuilt).sum()))
    return {"one_picture_largest_error": max(errors), "of_128": caught}


def _gradient(net: nn.Sequential, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    first = net[0]
    assert isinstance(first, nn.Linear)
    weight, bias = torch.autograd.grad(
        cross_entropy(net(x), y), [first.weight, first.bias]
    )
    return weight, bias


def joules() -> dict[str, Any]:
    """Of 1,000 digits from the shipped generator, and of an FID point in training."""
    with energy.meter() as drawing:
        _drawn(None, 2000)
    real = metrics.features(data.load("mnist", "test").images)
    job = federated.Job()
    learner, fids = job.build(), []
    own = own_batches(data.load("mnist").images, job, 0)
    used = []
    for steps in (100, 400):
        with energy.meter() as training_now:
            local_update(learner, weights_of(learner), own, steps)
        used.append(training_now)
        images = learner.sample(5000, torch.Generator().manual_seed(0))
        fids.append(float(metrics.fid(metrics.features(images), real)))
    return {
        "how": drawing.how,
        "watts": drawing.watts,
        "joules_per_1000_digits": round(energy.per_pictures(drawing, 2000), 3),
        "vae_fid_after_100_and_500_steps": [round(x, 2) for x in fids],
        "joules_per_fid_point": round(energy.per_fid_point(used[1], *fids), 3),
    }


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "leak": leaked,
    "shares": measured_shares,
    "collapse": fed_on_itself,
    "energy": joules,
    "attacks": attacked,
}


@click.command()
@click.option("--only", type=click.Choice([*PARTS, "federated"]), multiple=True)
@click.option("--seeds", default=3, help="Of the part federated.")
def main(only: tuple[str, ...], seeds: int) -> None:
    """Measure the parts that are asked for, and keep the others of the record."""
    torch.set_num_threads(1)
    file = FOLDER / "responsible.json"
    parts = PARTS | {"federated": partial(together, seeds)}
    for part in only or parts:
        found = parts[part]()
        figures = read_json(file)["figures"] if file.exists() else {}
        figures[part] = found
        figures.setdefault("load", {})[part] = round(os.getloadavg()[0], 1)
        record("responsible", figures, judged=JUDGED, drawn=DRAWN)


if __name__ == "__main__":
    main()
