"""`aigc shape` as a person uses it, and the generator that ships."""

import numpy as np
import pytest
import torch
import trimesh
from click.testing import CliRunner, Result

from aigc_course import pretrained
from aigc_course.apps.shapes import (
    grids,
    latents,
    measure,
    output,
    priors,
    shipped,
    stl,
)
from aigc_course.apps.shapes.families import KINDS
from aigc_course.cli import OneSentence
from aigc_course.commands.shape import shape
from aigc_course.errors import CourseError

aigc_group = OneSentence("aigc", commands={"shape": shape})


def aigc(*words: object) -> Result:
    return CliRunner().invoke(aigc_group, [str(word) for word in words])


def refused(result: Result, words: str) -> None:
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    assert words in result.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_written_and_opened_by_another_program(kind, tmp_path) -> None:
    out = tmp_path / "new" / "shapes"
    result = aigc("shape", "--kind", kind, "--n", 3, "--seed", 5, "--out", out)
    assert result.exit_code == 0, result.output
    assert f"3 shapes of the kind {kind}" in result.output
    names = [f"{kind}_0{i}.stl" for i in (1, 2, 3)]
    assert sorted(path.name for path in out.iterdir()) == names
    assert [path.name for path in out.parent.iterdir()] == ["shapes"]
    for name in names:
        other = trimesh.load(out / name)
        assert other.is_watertight and other.is_winding_consistent and other.volume > 0
        assert other.body_count == 1
        assert np.array_equal(other.triangles.astype(np.float32), stl.read(out / name))
        assert other.bounds[0, 2] == 0 and (other.extents <= output.TALL).all()


def test_a_seed_gives_the_same_files_and_more_the_same_first_ones(tmp_path) -> None:
    for name, n, seed in (("a", 2, 1), ("b", 2, 1), ("c", 4, 1), ("d", 2, 2)):
        aigc(
            "shape", "--kind", "mug", "--n", n, "--seed", seed, "--out", tmp_path / name
        )
    read = {
        name: [path.read_bytes() for path in sorted((tmp_path / name).iterdir())]
        for name in "abcd"
    }
    assert read["a"] == read["b"] == read["c"][:2] != read["d"]


def test_bad_input_is_one_sentence_and_writes_nothing(tmp_path) -> None:
    out = tmp_path / "out"
    refused(aigc("shape", "--kind", "lamp", "--out", out), "chair, table, vase, mug")
    refused(aigc("shape", "--kind", "mug", "--n", 0, "--out", out), "0")
    refused(aigc("shape", "--kind", "mug", "--seed", -1, "--out", out), "-1")
    refused(aigc("shape", "--kind", "mug"), "--out")
    assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    refused(aigc("shape", "--kind", "mug", "--out", out), "new or empty")
    refused(aigc("shape", "--kind", "mug", "--out", out / "mine.txt"), "is a file")
    refused(aigc("shape", "--kind", "mug", "--out", out / "mine.txt" / "x"), "Cannot")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / "mine.txt").read_text() == "mine"


def test_nothing_is_left_when_a_file_cannot_be_written(tmp_path, monkeypatch) -> None:
    def full(path, content) -> None:
        if path.name.endswith("02.stl"):
            raise CourseError("The disk is full.")
        path.write_bytes(content)

    monkeypatch.setattr(output.files, "write_bytes", full)
    with pytest.raises(CourseError, match="full"):
        output.write("chair", 3, 0, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_used(tmp_path) -> None:
    (tmp_path / "out").mkdir()
    assert len(output.write("table", 1, 0, tmp_path / "out").paths) == 1
    assert len(list((tmp_path / "out").glob("*.stl"))) == 1


def test_a_generator_of_broken_shapes_is_given_up(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(output.measure, "pieces", lambda field: 2)
    monkeypatch.setattr(output, "MOST_DRAWS", 1)
    with pytest.raises(CourseError, match="0 of 2 shapes"):
        output.write("chair", 2, 0, tmp_path / "out")


def test_the_shipped_generator_draws_chairs_on_four_legs() -> None:
    generator = shipped.generator()
    chairs = generator.sample("chair", 40, 3)
    assert chairs.shape == (40, *grids.HALF)
    found = measure.shares(chairs)
    assert found.legs >= 0.9 and found.pieces >= 0.8 and found.watertight == 1
    assert torch.equal(chairs, generator.sample("chair", 40, 3))
    mugs = measure.shares(generator.sample("mug", 20, 3))
    assert mugs.holes >= 0.8


def test_the_shipped_files_are_small_and_described() -> None:
    about = pretrained.card(shipped.NAME)
    assert about["bytes"] <= 500_000 and about["kinds"] == KINDS
    note = (pretrained.FOLDER / f"{shipped.NAME}.md").read_text("utf-8")
    assert about["sha256"] in note and about["command"] in note


def test_packing_moves_a_field_by_little() -> None:
    fields = grids.fields("vase", 60, 0)
    basis = latents.fit(fields, 10)
    packed = shipped.packed("vase", basis)
    again = shipped.unpacked("vase", packed)
    z = basis.encode(fields)
    gap = (again.decode(z) - basis.decode(z)).abs().max()
    assert gap < 0.05 * grids.STEP
    assert packed["vase.vectors"].dtype == torch.int8


def test_packing_moves_a_velocity_by_little() -> None:
    torch.manual_seed(0)
    velocity = priors.network(6, 24)
    torch.nn.init.normal_(velocity.net.last.weight)
    other = priors.network(6, 24)
    other.load_state_dict(shipped.unpacked_flow(shipped.packed_flow(velocity)))
    x, labels = torch.randn(20, 6), torch.arange(20) % 4
    want = velocity(x, 0.3, labels)
    assert (other(x, 0.3, labels) - want).norm() < 0.03 * want.norm()
