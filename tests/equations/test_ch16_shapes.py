"""The equations of chapter 16 on shapes."""

import numpy as np
import pytest
import torch

from aigc_course.apps.shapes import grids, latents, measure
from aigc_course.apps.shapes.distances import box, union
from aigc_course.exercises.ch16.nearest_accuracy import nearest_accuracy, squares


def sample_of_boxes(boxes: list[tuple[list[float], list[float]]], n: int) -> np.ndarray:
    """Points on the faces of boxes that lie inside no other box, [m, 3]."""
    chance = np.random.default_rng(0)
    found = []
    for centre, half in boxes:
        p = chance.uniform(-1, 1, (n, 3))
        rows, axis = np.arange(n), chance.integers(3, size=n)
        p[rows, axis] = np.sign(p[rows, axis])
        found.append(p * half + centre)
    kept = np.concatenate(found)
    for centre, half in boxes:
        inside = (np.abs(kept - centre) < np.array(half) - 1e-9).all(1)
        kept = kept[~inside]
    return kept


@pytest.mark.equation("16.21")
def test_the_distance_of_a_union_is_the_least_outside() -> None:
    boxes = [([0.0, 0.0, 0.3], [0.6, 0.4, 0.1]), ([0.4, 0.0, -0.2], [0.1, 0.3, 0.45])]
    places = 2 * torch.rand(60, 3, dtype=torch.float64) - 1
    parts = []
    for centre, half in boxes:
        x, y, z = (places - torch.tensor(centre, dtype=torch.float64)).unbind(1)
        parts.append(box(x, y, z, half))
    found = union(*parts)
    surface = torch.from_numpy(sample_of_boxes(boxes, 60_000))
    near = torch.cdist(places, surface).amin(1)
    outside = found > 0
    assert torch.allclose(found[outside], near[outside], atol=0.01)
    # inside the union it is a bound: never deeper than the distance to the surface
    assert (~outside).any()
    assert (found[~outside].abs() <= near[~outside] + 0.01).all()


@pytest.mark.equation("16.22")
def test_the_components_give_the_least_squared_error() -> None:
    torch.manual_seed(0)
    fields = grids.fields("chair", 60, 0)
    basis = latents.fit(fields, 8)
    flat = fields.flatten(1) - fields.flatten(1).mean(0)
    identity = basis.vectors @ basis.vectors.T
    assert torch.allclose(identity, torch.eye(8), atol=1e-4)
    error = (basis.decode(basis.encode(fields)) - fields).square().sum()
    # the squares of the other singular values (Eckart and Young 1936)
    rest = torch.linalg.svdvals(flat)[8:].square().sum()
    assert error == pytest.approx(float(rest), rel=1e-2)
    other, _ = torch.linalg.qr(torch.randn(flat.shape[1], 8))
    assert (flat - flat @ other @ other.T).square().sum() > error


@pytest.mark.equation("16.23")
def test_the_chamfer_distance_is_the_mean_over_both_sets() -> None:
    a, b = torch.rand(2, 5, 3), torch.rand(3, 7, 3)
    found = measure.chamfer(a, b)
    for i in range(2):
        for j in range(3):
            there = [min(float((x - y) @ (x - y)) for y in b[j]) for x in a[i]]
            back = [min(float((x - y) @ (x - y)) for x in a[i]) for y in b[j]]
            want = sum(there) / 5 + sum(back) / 7
            assert float(found[i, j]) == pytest.approx(want, abs=1e-6)
    assert torch.allclose(found, measure.chamfer(b, a).mT, atol=1e-6)


@pytest.mark.equation("16.24")
def test_coverage_and_matching_distance() -> None:
    gaps = torch.tensor([[1.0, 4.0, 2.0], [0.5, 3.0, 6.0], [5.0, 5.0, 1.5]])
    # nearest real shapes of the three generated: 0, 0, 2
    assert measure.coverage(gaps) == pytest.approx(2 / 3)
    assert measure.mmd(gaps) == pytest.approx((0.5 + 3.0 + 1.5) / 3)
    copies = measure.chamfer(torch.rand(6, 9, 3), torch.rand(4, 9, 3))
    assert measure.mmd(torch.zeros(4, 4)) == 0
    assert 1 / 4 <= measure.coverage(copies) <= 1


@pytest.mark.equation("16.25")
def test_the_accuracy_of_the_nearest_neighbour() -> None:
    torch.manual_seed(0)
    a, b = torch.randn(300, 2), torch.randn(200, 2)
    same = squares(a, b)
    assert measure.nearest_accuracy(*same) == nearest_accuracy(*same)
    # two samples of one law: N (N - 1) / ... pairs of one set among all pairs
    n, m, total = 300, 200, 500
    chance = (n * (n - 1) + m * (m - 1)) / (total * (total - 1))
    assert measure.nearest_accuracy(*same) == pytest.approx(chance, abs=0.07)
    assert measure.nearest_accuracy(*squares(a, b + 50)) == 1
    assert measure.nearest_accuracy(*squares(5 * b, 5 * b + 1e-3)) < 0.05
