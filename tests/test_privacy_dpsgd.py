"""DP-SGD: gradients of single examples, clipping, noise, sampling, refusals."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from aigc_course import privacy
from aigc_course.errors import CourseError

ORACLE = json.loads((Path(__file__).parent / "privacy_oracle.json").read_text("utf-8"))


def network() -> nn.Sequential:
    """A small network whose weights are given by a formula, the same everywhere."""
    made = nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2),
        nn.GroupNorm(1, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(27, 5),
    ).double()
    with torch.no_grad():
        for parameter in made.parameters():
            places = torch.arange(parameter.numel(), dtype=torch.float64)
            parameter.copy_((places + 1).sin().view(parameter.shape) / 2)
    return made


def examples(n: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = torch.arange(n * 49, dtype=torch.float64).cos().view(n, 1, 7, 7)
    return inputs, torch.arange(n) % 5


def trained(lr=0.1, **changes):
    torch.manual_seed(0)
    net = nn.Linear(4, 2)
    settings = {
        "rate": 0.1,
        "noise": 2.0,
        "clip": 1.0,
        "budget": privacy.PrivacyBudget(1.0, 1e-5),
        "generator": torch.Generator().manual_seed(0),
    } | changes
    optimiser = torch.optim.SGD(net.parameters(), lr=lr)
    return privacy.PrivateSGD(net, cross_entropy, optimiser, **settings)


def test_gradients_of_single_examples_are_those_of_a_loop():
    net, (inputs, targets) = network(), examples()
    found = privacy.per_example_gradients(net, cross_entropy, inputs, targets)
    for i in range(len(inputs)):
        net.zero_grad()
        cross_entropy(net(inputs[i : i + 1]), targets[i : i + 1]).backward()
        for name, parameter in net.named_parameters():
            assert torch.allclose(found[name][i], parameter.grad, atol=1e-12)


def test_gradients_are_those_that_opacus_gave():
    net, (inputs, targets) = network(), examples()
    found = privacy.per_example_gradients(net, cross_entropy, inputs, targets)
    for name, stored in ORACLE["gradients"].items():
        flat = found[name].flatten(1)
        assert torch.allclose(
            flat.norm(dim=1), torch.tensor(stored).double(), atol=1e-6
        )


@pytest.mark.filterwarnings("ignore:Full backward hook")  # of Opacus
def test_gradients_are_those_of_opacus_where_it_is_installed():
    opacus = pytest.importorskip("opacus")
    net, (inputs, targets) = network(), examples()
    mine = privacy.per_example_gradients(net, cross_entropy, inputs, targets)
    wrapped = opacus.GradSampleModule(net, loss_reduction="sum")
    cross_entropy(wrapped(inputs), targets, reduction="sum").backward()
    for name, parameter in net.named_parameters():
        assert float((mine[name] - parameter.grad_sample).abs().max()) <= 1e-6


def test_clipping_is_over_all_parameters_of_an_example_together():
    net, (inputs, targets) = network(), examples()
    raw = privacy.per_example_gradients(net, cross_entropy, inputs, targets)
    bound = float(privacy.norms(raw).median())
    clipped = privacy.clip_gradients(raw, bound)
    before, after = privacy.norms(raw), privacy.norms(clipped)
    assert torch.allclose(after, before.clamp(max=bound))
    assert float(before.max()) > bound > float(before.min())
    for name, g in raw.items():  # the direction stays
        factor = (after / before).view(-1, *[1] * (g.ndim - 1))
        assert torch.allclose(clipped[name], g * factor)


def test_one_example_moves_the_sum_by_no_more_than_the_bound():
    raw = {"w": 100 * torch.randn(8, 3, 2).double(), "b": torch.randn(8, 2).double()}
    whole = privacy.noisy_mean(raw, 0.7, 0.0, 1.0)
    fewer = privacy.noisy_mean({k: g[1:] for k, g in raw.items()}, 0.7, 0.0, 1.0)
    moved = math.sqrt(sum(float((whole[k] - fewer[k]).square().sum()) for k in raw))
    assert moved == pytest.approx(0.7)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_counts_as_zero(bad):
    raw = {"w": torch.ones(2, 3), "b": torch.ones(2, 1)}
    raw["w"][0, 1] = bad
    clipped = privacy.clip_gradients(raw, 1.0)
    assert torch.equal(privacy.norms(clipped).round(decimals=5), torch.tensor([0.0, 1]))


def test_a_zero_gradient_stays_zero():
    clipped = privacy.clip_gradients({"w": torch.zeros(3, 2)}, 1.0)
    assert torch.equal(clipped["w"], torch.zeros(3, 2))


def test_the_noise_has_the_deviation_it_should_and_an_empty_batch_gets_it_too():
    empty = {"w": torch.zeros(0, 200, 300)}
    chance = torch.Generator().manual_seed(0)
    found = privacy.noisy_mean(empty, 0.5, 3.0, 10.0, chance)["w"]
    assert float(found.std()) == pytest.approx(3.0 * 0.5 / 10, rel=0.02)
    assert abs(float(found.mean())) < 4 * 0.15 / 60_000**0.5


def test_poisson_batches_differ_in_size_as_they_should():
    chance = torch.Generator().manual_seed(0)
    sizes = [len(privacy.poisson_sample(1000, 0.02, chance)) for _ in range(2000)]
    sizes = torch.tensor(sizes).double()
    assert float(sizes.mean()) == pytest.approx(20, abs=0.5)
    assert float(sizes.var()) == pytest.approx(1000 * 0.02 * 0.98, rel=0.15)


def test_training_learns_and_keeps_its_budget():
    chance = torch.Generator().manual_seed(1)
    inputs = torch.randn(500, 4, generator=chance)
    targets = (inputs[:, 0] > 0).long()
    budget = privacy.PrivacyBudget(8.0, 1e-5, n=500)
    learner = trained(budget=budget, noise=1.0, lr=1.0)
    for _ in range(30):
        learner.step(inputs, targets)
    right = (learner.network(inputs).argmax(1) == targets).double().mean()
    assert float(right) > 0.9 and 0 < budget.spent <= 8.0


def test_a_step_over_the_budget_is_refused_before_anything_changes():
    learner = trained(budget=privacy.PrivacyBudget(0.5, 1e-5))
    inputs, targets = torch.randn(50, 4), torch.zeros(50).long()
    left = learner.budget.steps_left(2.0, 0.1)
    for _ in range(left):
        learner.step(inputs, targets)
    kept = {k: v.clone() for k, v in learner.network.state_dict().items()}
    state, spent = learner.generator.get_state(), learner.budget.spent
    with pytest.raises(CourseError, match="budget of epsilon = 0.5 is spent"):
        learner.step(inputs, targets)
    assert all(torch.equal(v, kept[k]) for k, v in learner.network.state_dict().items())
    assert torch.equal(state, learner.generator.get_state())
    assert learner.budget.spent == spent


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm1d(4),
        nn.SyncBatchNorm(4),
        nn.InstanceNorm1d(4, track_running_stats=True),
    ],
)
def test_batch_normalisation_is_refused(layer):
    net = nn.Sequential(nn.Linear(4, 4), layer)
    with pytest.raises(CourseError, match=r"1 is a .*mixes the examples of a batch"):
        privacy.refuse_batch_norm(net)
    with pytest.raises(CourseError, match="GroupNorm"):
        privacy.per_example_gradients(
            net, cross_entropy, torch.zeros(2, 4), torch.zeros(2).long()
        )


def test_other_normalisations_are_taken():
    privacy.refuse_batch_norm(nn.Sequential(nn.GroupNorm(1, 4), nn.LayerNorm(4)))
    privacy.refuse_batch_norm(nn.InstanceNorm2d(4))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"clip": 0.0}, "bound has to be above 0"),
        ({"rate": 0.0}, "sampling rate"),
        ({"noise": -1.0}, "noise has to be above 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(changes, says):
    with pytest.raises(CourseError, match=says):
        trained(**changes)


def test_other_bad_input_is_refused():
    with pytest.raises(CourseError, match="2 inputs and 3 targets"):
        privacy.per_example_gradients(
            nn.Linear(4, 2), cross_entropy, torch.zeros(2, 4), torch.zeros(3).long()
        )
    learner = trained()
    with pytest.raises(CourseError, match="3 inputs and 5 targets"):
        learner.step(torch.zeros(3, 4), torch.zeros(5).long())
    assert learner.budget.spent == 0
    with pytest.raises(CourseError, match="no example"):
        trained().step(torch.zeros(0, 4), torch.zeros(0).long())
    with pytest.raises(CourseError, match="above 0"):
        privacy.clip_gradients({"w": torch.ones(1, 2)}, 0.0)


def test_a_step_moves_by_the_clipped_sum_and_its_noise_over_the_expected_number():
    """The whole step, not its parts: 400 steps from the same weights."""
    inputs = torch.zeros(50, 4)
    inputs[:, 0] = 100.0  # one long gradient for all, of norm 1 once it is clipped
    targets = torch.zeros(50).long()
    budget = privacy.PrivacyBudget(math.inf, 1e-5)
    learner = trained(budget=budget, rate=0.2, noise=2.0, clip=1.0, lr=0.0)
    learner.network.weight.data.zero_()
    drawn, found = [], []
    for _ in range(400):
        drawn.append(learner.step(inputs, targets))
        found.append(learner.network.weight.grad.clone())
    grads, sizes = torch.stack(found), torch.tensor(drawn).float()
    quiet = grads[:, :, 1:]  # no input, so that only noise is here
    assert float(quiet.std()) == pytest.approx(2.0 / 10, rel=0.05)
    assert float(quiet.std(0).min()) > 0.15  # each weight gets its own, each time
    assert float(sizes.std()) == pytest.approx((50 * 0.2 * 0.8) ** 0.5, rel=0.15)
    slope = torch.linalg.lstsq(sizes[:, None], -grads[:, :1, 0]).solution
    assert float(slope) == pytest.approx(1 / math.sqrt(2) / 10, rel=0.05)


def test_a_step_is_booked_with_its_own_noise_and_rate():
    learner = trained(rate=0.2, noise=3.0)
    learner.step(torch.randn(20, 4), torch.zeros(20).long())
    expected = privacy.subsampled_epsilon(3.0, 0.2, 1, 1e-5)
    assert learner.budget.spent == pytest.approx(expected, rel=1e-9)
