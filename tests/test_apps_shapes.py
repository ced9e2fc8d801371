"""Shapes: distances, meshes, files, and measures."""

import numpy as np
import pytest
import torch
from trimesh import load as load_mesh

from aigc_course.apps.shapes import (
    grids,
    latents,
    measure,
    mesh,
    picture,
    priors,
    stl,
)
from aigc_course.apps.shapes.distances import cylinder, handle, turned
from aigc_course.apps.shapes.families import FLOOR, KINDS, distances, settings
from aigc_course.errors import CourseError


@pytest.fixture(scope="module")
def fields():
    return {kind: grids.fields(kind, 6, 3) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_distances_change_by_at_most_the_way(kind) -> None:
    places = 2 * torch.rand(400, 3) - 1
    step = 0.1 * torch.randn(400, 3)
    asked = settings(kind, 5, 0)
    here = distances(kind, asked, places.unbind(1))
    there = distances(kind, asked, (places + step).unbind(1))
    assert ((there - here).abs() <= step.norm(dim=1) + 1e-5).all()


@pytest.mark.parametrize("kind", KINDS)
def test_outside_the_distance_is_the_way_to_the_surface(kind) -> None:
    asked = settings(kind, 1, 4)
    # points near the surface slide onto it along the slope
    p = (2 * torch.rand(60_000, 3) - 1).requires_grad_(True)
    d = distances(kind, asked, p.unbind(1))[0]
    (slope,) = torch.autograd.grad(d.sum(), p)
    near = d.abs() < 0.1
    surface = (p - d[:, None] * slope)[near].detach()
    on = distances(kind, asked, surface.unbind(1))[0].abs() < 1e-4
    outside = d > 0.15
    found = torch.cdist(p[outside][:200].detach(), surface[on]).amin(1)
    assert torch.allclose(found, d[outside][:200], atol=0.04)


def test_solids_of_which_the_distance_is_known() -> None:
    def at(*place: float) -> tuple[torch.Tensor, ...]:
        return tuple(torch.tensor([one]) for one in place)

    assert cylinder(*at(3.0, 4.0, 0.0), 2.0, 1.0).item() == pytest.approx(3)
    assert cylinder(*at(0.0, 0.0, 0.2), 2.0, 1.0).item() == pytest.approx(-0.8)
    assert handle(*at(1.0, 0.0, 0.0), 1.0, 0.1).item() == pytest.approx(-0.1)
    assert handle(*at(-1.0, 1.0, 0.0), 1.0, 0.1).item() == pytest.approx(0.9)
    r, h = torch.tensor([[0.0, 1.0, 1.0, 0.0]]), torch.tensor([[-1.0, -1.0, 1.0, 1.0]])
    assert turned(*at(0.0, 3.0, 0.0), r, h).item() == pytest.approx(2)
    assert turned(*at(0.0, 0.0, 0.4), r, h).item() == pytest.approx(-0.6)


def test_settings_are_reproducible_and_differ() -> None:
    assert torch.equal(settings("mug", 5, 1), settings("mug", 5, 1))
    assert not torch.equal(settings("mug", 5, 1), settings("mug", 5, 2))
    with pytest.raises(CourseError, match="'lamp'.*chair, table, vase, mug"):
        settings("lamp", 5, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_meshes_are_closed_and_lie_on_the_surface(kind, fields) -> None:
    asked = settings(kind, 6, 3)
    for i, half in enumerate(fields[kind]):
        found = mesh.from_field(half)
        assert found.watertight and found.volume > 0
        x, y, z = torch.from_numpy(found.corners).unbind(1)
        gaps = distances(kind, asked[i : i + 1], (x, y, z)).abs()
        assert gaps.max() < grids.STEP / 2 and gaps.mean() < grids.STEP / 10
        assert abs(found.corners[:, 2].min() - FLOOR) < 0.05
        assert measure.pieces(half) == 1


def test_a_mesh_with_a_hole_is_not_watertight(fields) -> None:
    whole = mesh.from_field(fields["vase"][0])
    assert not mesh.Mesh(whole.corners, whole.triangles[1:]).watertight
    turned_over = whole.triangles.copy()
    turned_over[0] = turned_over[0, ::-1]
    assert not mesh.Mesh(whole.corners, turned_over).watertight


def test_an_empty_field_has_no_mesh() -> None:
    with pytest.raises(CourseError, match="no inside"):
        mesh.from_field(torch.full(grids.HALF, 0.1))


def test_holes_and_legs_are_counted(fields) -> None:
    assert all(measure.legs(half) == 4 for half in fields["chair"])
    assert {measure.legs(half) for half in fields["table"]} <= {1, 4}
    assert all(mesh.from_field(half).euler == 2 for half in fields["vase"])
    broken = fields["chair"][0].clone()
    broken[:, : grids.SIDE // 2, :8] = grids.BAND  # both legs in front are gone
    assert measure.legs(broken) == 2
    no_seat = fields["chair"][0].clone()
    no_seat[:3] = grids.BAND  # two sides that do not meet
    assert measure.legs(no_seat) == 0
    apart = fields["chair"][0].clone()
    apart[:, :, 5] = grids.BAND
    assert measure.legs(apart) == 0 and measure.pieces(apart) == 5


def test_points_are_spread_by_area() -> None:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 3]], np.float32)
    flat = mesh.Mesh(corners, np.array([[0, 1, 2], [0, 1, 3]], np.int32))
    points = mesh.surface(flat, 4_000, 0)
    assert (points[:, 2] > 0).mean() == pytest.approx(0.75, abs=0.01)
    assert points[points[:, 2] == 0].mean(0) == pytest.approx(
        [1 / 3, 1 / 3, 0], abs=0.03
    )
    assert np.array_equal(points, mesh.surface(flat, 4_000, 0))


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_read_back_equal_by_another_program(kind, fields, tmp_path) -> None:
    made = mesh.from_field(fields[kind][0])
    path = tmp_path / "one.stl"
    stl.write(made, path)
    assert np.array_equal(stl.read(path), made.places)
    other = load_mesh(path)
    assert other.is_watertight and other.is_winding_consistent
    assert np.array_equal(other.triangles.astype(np.float32), made.places)
    assert other.volume == pytest.approx(made.volume, rel=1e-5)
    assert other.euler_number == made.euler
    normals = np.frombuffer(path.read_bytes(), stl.ROW, offset=84)["normal"]
    assert np.allclose(normals, other.face_normals, atol=1e-3)


def test_broken_files_are_refused(fields, tmp_path) -> None:
    path = tmp_path / "one.stl"
    for content in (
        b"",
        b"solid x",
        stl.to_bytes(mesh.from_field(fields["mug"][0]))[:-1],
    ):
        path.write_bytes(content)
        with pytest.raises(CourseError, match="no binary STL"):
            stl.read(path)
    with pytest.raises(CourseError, match="There is no file"):
        stl.read(tmp_path / "two.stl")


def test_latents_keep_what_varies(fields) -> None:
    train = grids.fields("mug", 120, 0)
    basis = latents.fit(train, 16)
    again = basis.decode(basis.encode(fields["mug"]))
    assert (again - fields["mug"]).square().mean().sqrt() < 0.005
    with pytest.raises(CourseError, match="more than 16 shapes"):
        latents.fit(train[:16], 16)


def test_copies_and_other_shapes_are_told_apart(fields) -> None:
    many = grids.fields("chair", 60, 5)
    judge = measure.Judge(many[:20], many[20:])
    copies = judge(many[20:40])
    assert copies.near < 0.05 and 0.2 < copies.accuracy < 0.8
    tables = judge(grids.fields("table", 20, 5))
    assert tables.accuracy > 0.8 and tables.near > 1.2
    assert tables.mmd > 2 * copies.mmd


def test_rivals_draw_latents_like_those_they_know() -> None:
    z = torch.randn(400, 3) @ torch.tensor([[1.0, 0.5, 0], [0, 1, 0], [0, 0, 0.2]]) + 1
    g = torch.Generator().manual_seed(0)
    for draw, spread in ((priors.normal(z), 1.0), (priors.kernel(z, 0.01), 1.0)):
        found = draw(4_000, g)
        assert torch.allclose(found.mean(0), z.mean(0), atol=0.15)
        assert torch.allclose(torch.cov(found.T), spread * torch.cov(z.T), atol=0.2)
    assert torch.cov(priors.mixed(z)(4_000, g).T)[0, 0] == pytest.approx(
        float(torch.cov(z.T)[0, 0]) / 2, abs=0.1
    )


@pytest.mark.slow
def test_a_flow_learns_the_families() -> None:
    z = [0.1 * torch.randn(50, 2) + k for k in range(4)]
    velocity = priors.trained(z, steps=40, seed=0, width=16)
    low, high = (
        priors.drawn(velocity, "chair", 50, 0),
        priors.drawn(velocity, "mug", 50, 0),
    )
    assert low.mean() < high.mean() - 1
    assert torch.equal(low, priors.drawn(velocity, "chair", 50, 0))


def test_pictures_show_the_side_that_faces_us(fields) -> None:
    one = mesh.from_field(fields["mug"][0])
    seen = picture.around(one, (0, 90, 180))
    assert (
        seen.shape == (3, 1, picture.SIZE, picture.SIZE) and seen.dtype == torch.uint8
    )
    inked = [(side < 255).sum().item() for side in seen]
    assert inked[1] > 1.1 * inked[0]  # from the side the handle can be seen
    assert picture.turning([one], frames=3)[:3] == b"GIF"
