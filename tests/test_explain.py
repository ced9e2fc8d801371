"""Explanations: what maps cause, shares of pixels, the sanity check and directions."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from aigc_course import data
from aigc_course.control.latent import Direction, direction
from aigc_course.errors import CourseError
from aigc_course.explain import directions, gradients, intervals, maps, sanity
from aigc_course.gan.networks import DCGANGenerator, Generator
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.metrics.features import FeatureNet, extractor


@pytest.fixture(scope="module")
def generator() -> Generator:
    return pretrained_generator()


@pytest.fixture(scope="module")
def z(generator: Generator) -> Tensor:
    return generator.latents(60, torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def digits() -> tuple[Tensor, Tensor]:
    test = data.load("mnist", "test")
    return data.to_float(test.images[:6]), test.labels[:6]


# --- effects -------------------------------------------------------------------------


def test_effect_is_the_paired_interval_of_student() -> None:
    from scipy.stats import ttest_rel

    random = torch.Generator().manual_seed(0)
    before, after = torch.randn(2, 30, generator=random).double()
    found = intervals.effect(before, after)
    oracle = ttest_rel(after, before).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high))
    assert found.value == pytest.approx(float((after - before).mean()))


def test_no_change_in_n_pictures_is_not_certain() -> None:
    same = torch.zeros(100)
    found = intervals.effect(same, same)
    assert found.value == 0 and found.low < 0 < found.high and not found.clear


@pytest.mark.parametrize("gain, loss", [(0.02, 0.02), (0.1, 0.0), (0.3, 0.1)])
def test_intervals_of_yes_and_no_cover(gain: float, loss: float) -> None:
    random, hits = torch.Generator().manual_seed(1), 0
    for _ in range(300):
        u = torch.rand(200, generator=random)
        before = ((u > 0.5) | (u < loss)).float()
        after = before.clone()
        after[u < loss] = 0.0  # who loses was counted before
        gains = (u > loss) & (u < loss + gain)
        before[gains], after[gains] = 0.0, 1.0
        found = intervals.effect(before, after)
        hits += found.low <= gain - loss <= found.high
    assert hits >= 274  # 95 % of 300 less three deviations


def test_more_comparisons_widen_the_interval() -> None:
    before, after = torch.randn(2, 40, generator=torch.Generator().manual_seed(2))
    one, many = (intervals.effect(before, after, comparisons=k) for k in (1, 100))
    assert many.low < one.low < one.high < many.high
    assert str(one).startswith(f"{one.value:+.3f} [")


# --- maps ----------------------------------------------------------------------------


def test_layers_of_maps(generator: Generator) -> None:
    assert maps.layers(generator) == {"7x7": 12, "14x14": 15}
    assert maps.map_count(generator, "7x7") == 32
    reference = DCGANGenerator("reference")
    assert maps.layers(reference) == {"7x7": 3, "7x7-2": 6, "14x14": 9}
    assert reference.training


@torch.no_grad()
@pytest.mark.parametrize("layer", ["7x7", "14x14"])
def test_ablation_by_hook_and_from_maps_agree(
    generator: Generator, z: Tensor, layer: str
) -> None:
    plain = generator(z)
    with maps.ablated(generator, layer, [2, 5], torch.tensor([0.5, 1.0])):
        by_hook = generator(z)
    found = maps.activations(generator, layer, z)
    values = torch.tensor([0.5, 1.0])
    again = maps.from_maps(generator, layer, found, [2, 5], values)
    assert torch.allclose(by_hook, again, atol=1e-5)
    assert not torch.allclose(by_hook, plain, atol=1e-2)
    assert torch.equal(generator(z), plain)  # the hook is gone


def test_hook_is_gone_after_an_error(generator: Generator) -> None:
    with pytest.raises(ZeroDivisionError), maps.ablated(generator, "7x7", 0):
        _ = 1 / 0
    assert not generator.net[12]._forward_hooks


@torch.no_grad()
def test_ablating_is_setting_the_next_layers_weights_to_zero(
    generator: Generator, z: Tensor
) -> None:
    found = maps.activations(generator, "7x7", z)
    ablated = maps.from_maps(generator, "7x7", found, 4)
    layer = generator.net[13]
    kept = layer.weight[4].clone()
    layer.weight[4] = 0
    by_weights = generator(z)
    layer.weight[4] = kept
    assert torch.allclose(ablated, by_weights, atol=1e-5)


def test_strong_map_makes_strokes_thinner(generator: Generator, z: Tensor) -> None:
    weak, strong = maps.set_effects(generator, "7x7", [27, 18], z)
    assert strong.high < -0.1 < weak.low


def test_map_effects_agree_with_set_effects(generator: Generator, z: Tensor) -> None:
    found = maps.map_effects(generator, "14x14", z)
    alone = maps.set_effects(generator, "14x14", [8], z)[0]
    assert found.thickness[8].value == pytest.approx(alone.value)
    assert found.thickness[8].low < alone.low  # more comparisons
    assert found.strongest(1)[0] in (4, 8, 10)
    assert len(found.classes) == 16 and len(found.classes[0]) == 10
    # pictures that leave a digit arrive at another
    assert sum(e.value for e in found.classes[8]) == pytest.approx(0, abs=1e-9)
    largest = found.strongest_class(9, 1)[0]
    assert abs(found.classes[largest][9].value) == max(
        abs(row[9].value) for row in found.classes
    )


def test_thickness_without_ink_is_zero() -> None:
    assert float(maps.thickness(torch.full((1, 1, 28, 28), -1.0))) == 0


# --- gradients -----------------------------------------------------------------------


def linear(x: Tensor) -> Tensor:
    return x.flatten(1) @ torch.linspace(-1, 1, 784)


def squared(x: Tensor) -> Tensor:
    return (x + 1).square().flatten(1).sum(1)


def test_all_methods_agree_where_the_score_is_linear(
    digits: tuple[Tensor, Tensor],
) -> None:
    x = digits[0]
    one = gradients.input_gradient(linear, x)
    two = gradients.integrated_gradients(linear, x, steps=1)
    assert torch.allclose(one.values, two.values, atol=1e-5)
    assert float(one.gap.abs().max()) < 1e-3


@pytest.mark.parametrize("rule", ["midpoint", "gauss"])
def test_integral_of_a_square_is_exact(
    digits: tuple[Tensor, Tensor], rule: str
) -> None:
    x = digits[0]
    found = gradients.integrated_gradients(squared, x, steps=4, rule=rule)
    assert torch.allclose(found.values, (x + 1).square(), atol=1e-4)
    # the gradient at x alone gives twice too much
    assert float(gradients.input_gradient(squared, x).values.sum()) == pytest.approx(
        2 * float(found.values.sum()), rel=1e-3
    )


def test_shares_of_the_classifier_sum_to_its_score(
    digits: tuple[Tensor, Tensor],
) -> None:
    x, labels = digits
    f = gradients.class_score(extractor(), labels)
    few, many = (gradients.integrated_gradients(f, x, steps=s) for s in (8, 64))
    assert float((many.gap / many.total).abs().median()) < 0.05
    assert float(many.gap.abs().mean()) < float(few.gap.abs().mean()) / 3
    assert torch.allclose(many.values.flatten(1).sum(1) - many.total, many.gap)


def test_black_pixels_get_nothing_from_a_black_baseline(
    digits: tuple[Tensor, Tensor],
) -> None:
    x, labels = digits
    f = gradients.class_score(extractor(), labels)
    found = gradients.integrated_gradients(f, x, steps=4)
    assert float(found.values[x == -1].abs().max()) == 0
    white = gradients.integrated_gradients(f, x, baseline=1.0, steps=4)
    assert float(white.values[x == -1].abs().max()) > 0


def test_log_odds_is_the_difference_of_scores(digits: tuple[Tensor, Tensor]) -> None:
    net, x = extractor(), digits[0]
    both = [gradients.class_score(net, c)(x) for c in (4, 9)]
    assert torch.allclose(gradients.log_odds(net, 4, 9)(x), both[0] - both[1])


def test_deletion_takes_the_largest_first(digits: tuple[Tensor, Tensor]) -> None:
    x = digits[0]
    values = squared_values = (x + 1).square()
    fall = gradients.deletion(squared, x, values, 0.2)
    least = gradients.deletion(squared, x, -squared_values, 0.2)
    everything = gradients.deletion(squared, x, values, 1.0)
    assert bool((fall > least).all())
    assert torch.allclose(everything, squared(x), rtol=1e-4)
    assert float(gradients.deletion(squared, x, values, 0.0).abs().max()) == 0


@pytest.mark.filterwarnings("ignore:Input Tensor:UserWarning")
@pytest.mark.filterwarnings("ignore:Setting backward hooks:UserWarning")
def test_captum_agrees(digits: tuple[Tensor, Tensor]) -> None:
    attr = pytest.importorskip("captum.attr")
    x, labels = digits
    net = extractor()
    f = gradients.class_score(net, labels)
    black = torch.full_like(x, -1.0)
    oracle = attr.IntegratedGradients(net).attribute(
        x, black, target=labels, n_steps=8, method="gausslegendre"
    )
    own = gradients.integrated_gradients(f, x, steps=8, rule="gauss")
    assert torch.allclose(own.values, oracle.float(), atol=1e-4)
    plain = attr.Saliency(net).attribute(x, target=labels, abs=False)
    assert torch.allclose(gradients.saliency(f, x), plain, atol=1e-5)
    guided = attr.GuidedBackprop(net).attribute(x, target=labels)
    assert torch.allclose(gradients.guided_backprop(net, x, labels), guided, atol=1e-5)


# --- sanity --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def agreement(digits: tuple[Tensor, Tensor]) -> Iterator[dict[str, list[float]]]:
    x, labels = digits
    yield {
        name: sanity.sanity(extractor(), x, labels, name)
        for name in ("gradient", "gradient x input", "guided backprop", "edges")
    }


def test_gradients_depend_on_the_network(agreement: dict[str, list[float]]) -> None:
    assert len(agreement["gradient"]) == 6
    assert agreement["gradient"][-1] < 0.35


def test_guided_backprop_does_not_notice_the_last_layer(
    agreement: dict[str, list[float]],
) -> None:
    assert agreement["guided backprop"][0] > 0.9
    assert agreement["guided backprop"][0] > agreement["gradient"][0] + 0.4


def test_edges_ask_no_network(agreement: dict[str, list[float]]) -> None:
    assert agreement["edges"] == pytest.approx([1.0] * 6)


def test_black_background_alone_gives_high_agreement(
    agreement: dict[str, list[float]], digits: tuple[Tensor, Tensor]
) -> None:
    assert agreement["gradient x input"][-1] > 0.95
    x, labels = digits
    in_ink = sanity.sanity(extractor(), x, labels, "gradient x input", ink_only=True)
    assert in_ink[-1] < 0.6


def test_randomised_leaves_the_first_layers_and_the_original() -> None:
    net = extractor()
    names = sanity.weight_layers(net)
    before = {name: w.clone() for name, w in net.state_dict().items()}
    fresh = sanity.randomised(net, 2, seed=1)
    for name in names:
        same = torch.equal(
            fresh.get_submodule(name).weight, net.get_submodule(name).weight
        )
        assert same == (name not in names[-2:])
    assert all(torch.equal(before[n], w) for n, w in net.state_dict().items())
    again = sanity.randomised(net, 2, seed=1)
    assert torch.equal(fresh.head.weight, again.head.weight)


def test_rank_agreement_is_spearmans() -> None:
    from scipy.stats import spearmanr

    random = torch.Generator().manual_seed(0)
    a = torch.randn(3, 1, 28, 28, generator=random)
    b = (a + torch.randn(a.shape, generator=random)).round()  # with ties
    found = sanity.rank_agreement(a, b, signed=True)
    oracle = [spearmanr(p.flatten(), q.flatten()).statistic for p, q in zip(a, b)]  # noqa: B905
    assert found.tolist() == pytest.approx(oracle)
    assert sanity.rank_agreement(a, -a).tolist() == pytest.approx([1.0] * 3)
    assert float(sanity.rank_agreement(a, torch.ones_like(a)).abs().max()) == 0


# --- directions ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def towards_thick(generator: Generator) -> Direction:
    latents = generator.latents(600, torch.Generator().manual_seed(5))
    with torch.no_grad():
        return direction(latents, maps.thickness(generator(latents)))


def test_a_direction_does_what_its_placebo_does_not(
    generator: Generator, z: Tensor, towards_thick: Direction
) -> None:
    kept = directions.promise(generator, towards_thick, z, 0.5)
    random = torch.Generator().manual_seed(1)
    other = directions.placebo(towards_thick, random)
    nothing = directions.promise(generator, other, z, 0.5)
    assert kept.obtained.low > 0.2 > abs(nothing.obtained.value)
    assert kept.length == pytest.approx(nothing.length, rel=1e-3)
    assert kept.label_changed.value > 0.05  # a side effect
    assert 0 < kept.share < 0.8  # fresh latents: most of it is left unexplained


def test_placebo_is_as_long_and_at_right_angles(towards_thick: Direction) -> None:
    other = directions.placebo(towards_thick, torch.Generator().manual_seed(2))
    assert float(other.weights.norm()) == pytest.approx(
        float(towards_thick.weights.norm()), rel=1e-5
    )
    assert float(other.weights @ towards_thick.weights) == pytest.approx(0, abs=1e-5)


def test_explained_is_one_for_the_truth_and_zero_for_the_mean() -> None:
    w = torch.tensor([1.0, 2.0])
    z = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
    assert directions.explained(Direction(w, 0.5, 1.0), z, z @ w + 0.5) == (
        pytest.approx(1)
    )
    mean = float((z @ w).mean())
    flat = Direction(torch.zeros(2), mean, 0.0)
    assert directions.explained(flat, z, z @ w) == pytest.approx(0, abs=1e-6)


# --- refused -------------------------------------------------------------------------

SHIPPED = pretrained_generator()
LATENTS = torch.zeros(2, 64)
GREY = torch.zeros(2, 1, 28, 28)
NET = FeatureNet().requires_grad_(False)
LABELS = torch.tensor([1, 2])
REFUSED = {
    "one picture": lambda: intervals.effect(torch.ones(1), torch.ones(1)),
    "two lengths": lambda: intervals.effect(torch.ones(3), torch.ones(2)),
    "NaN": lambda: intervals.effect(torch.ones(2), torch.ones(2) / 0 * 0),
    "level 1": lambda: intervals.effect(torch.ones(2), torch.ones(2), level=1.0),
    "layer": lambda: maps.map_count(SHIPPED, "3x3"),
    "map 32": lambda: maps.ablated(SHIPPED, "7x7", 32).__enter__(),
    "map -1": lambda: maps.set_effects(SHIPPED, "7x7", [-1], LATENTS),
    "latents": lambda: maps.activations(SHIPPED, "7x7", torch.zeros(2, 9)),
    "flat latents": lambda: maps.activations(SHIPPED, "7x7", torch.zeros(64)),
    "values": lambda: maps.map_effects(SHIPPED, "7x7", LATENTS, torch.zeros(3)),
    "training": lambda: maps.activations(DCGANGenerator(), "7x7", LATENTS),
    "bytes": lambda: gradients.saliency(linear, GREY.to(torch.uint8)),
    "steps 0": lambda: gradients.integrated_gradients(linear, GREY, steps=0),
    "rule": lambda: gradients.integrated_gradients(linear, GREY, rule="left"),
    "baseline 3": lambda: gradients.input_gradient(linear, GREY, 3.0),
    "baseline of one": lambda: gradients.input_gradient(linear, GREY, GREY[:1]),
    "score of a batch": lambda: gradients.saliency(torch.sum, GREY),
    "share 2": lambda: gradients.deletion(linear, GREY, GREY, 2.0),
    "values of one": lambda: gradients.deletion(linear, GREY, GREY[:1], 0.5),
    "method": lambda: sanity.sanity(NET, GREY, LABELS, "tea leaves"),
    "7 layers": lambda: sanity.randomised(NET, 7),
    "two shapes": lambda: sanity.rank_agreement(GREY, GREY[:1]),
    "change 0": lambda: directions.promise(
        SHIPPED, Direction(torch.ones(64), 0.0, 0.0), LATENTS, 0.0
    ),
    "equal values": lambda: directions.explained(
        Direction(torch.ones(64), 0.0, 0.0), LATENTS, torch.ones(2)
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_one_sentence(case: str) -> None:
    with pytest.raises(CourseError) as refusal:
        REFUSED[case]()
    message = str(refusal.value)
    assert message.endswith(".") and "\n" not in message


def test_a_network_with_inplace_relu_is_left_as_it_is() -> None:
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 5), nn.ReLU(inplace=True), nn.Linear(5, 10)
    )
    gradients.guided_backprop(net, GREY, LABELS)
    assert net[2].inplace and not net[2]._backward_hooks
