"""Every model of `aigc train` as an ONNX file, and files that are no such thing."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from aigc_course import models
from aigc_course.errors import CourseError
from aigc_course.gan import pretrained_generator
from aigc_course.release import export, quantise
from aigc_course.release.drawing import Drawing, drawing
from aigc_course.release.parity import TOLERANCE, parity
from aigc_course.vae.vq import VQVAE

QUICK = ("dcgan", "fast")


def changed(learner: object) -> Drawing:
    """The model's drawing with random numbers where a fresh network has zeros."""
    one = drawing(learner)
    dice = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weights in one.module.parameters():
            if not weights.any():
                weights.copy_(0.05 * torch.randn(weights.shape, generator=dice))
    return one


@pytest.mark.parametrize("key", list(models.known()), ids="-".join)
def test_a_drawing_draws_what_the_model_samples(key: tuple[str, str]) -> None:
    torch.manual_seed(0)
    learner = models.get(*key).build()
    one = drawing(learner)
    got = one(*one.draw(3, 7))
    if one.output == "images":
        expected: Tensor = learner.sample(3, torch.Generator().manual_seed(7))
        assert torch.equal(got, expected)
    elif one.output == "velocity":
        x, t, *label = one.draw(3, 7)
        assert got.shape == x.shape and t.min() >= 0 and t.max() <= 1
        net = learner.trained()  # each row has its own time
        velocity = getattr(net, "velocity", net)
        for i in range(3):
            here = [each[i : i + 1] for each in (x, t, *label)]
            alone = velocity(*here, *([] if label else [None]))
            assert torch.allclose(got[i : i + 1], alone, atol=1e-5)
    else:
        assert got.shape == (3, *one.inputs[0].shape, one.inputs[0].count)


@pytest.mark.slow  # 3 processor seconds each, 8 more for the first
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["cvae", "vq-vae", "flow"])
def test_a_model_is_the_same_in_onnx_runtime_at_four_batch_sizes(
    name: str, tmp_path: Path
) -> None:
    # one of each kind of input; benchmarks/shipping.py takes every model
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package)
    torch.manual_seed(0)
    one = changed(models.get(name).build())
    path = export.export(one, tmp_path / "model.onnx")
    sizes = (1, 7, 64) if one.output == "logits" else (1, 7, 64, 1000)
    assert max(parity(one, path, sizes).values()) <= TOLERANCE
    batch = export.load(path).graph.input[0].type.tensor_type.shape.dim[0]
    assert batch.dim_param == export.BATCH
    assert not export.operators(path)["BatchNormalization"]


def test_what_cannot_be_exported_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    one = drawing(pretrained_generator())
    fixed = onnx.load(str(_tiny(tmp_path / "t.onnx")))
    fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 3
    content = fixed.SerializeToString()
    (tmp_path / "t.onnx").unlink()

    def written(module: object, example: object, path: Path, **_: object) -> None:
        path.write_bytes(content)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a branch\nthat depends on data")

    for way, words in (
        (written, "batch of x is fixed at 3"),
        (broken, "a branch that"),
    ):
        monkeypatch.setattr(torch.onnx, "export", way)
        with pytest.raises(CourseError, match=words):
            export.export(one, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.timeout(900)  # 3 processor seconds after the first
def test_rewritten_there_is_no_transposed_convolution(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    one = drawing(pretrained_generator())
    path = export.export(one, tmp_path / "g.onnx", rewrite=True)
    kinds = export.operators(path)
    assert kinds["Conv"] == 2 and not kinds["ConvTranspose"]
    assert max(parity(one, path, (1, 7)).values()) <= TOLERANCE


def _tiny(path: Path, operator: str = "Relu", opset: int = 20) -> Path:
    onnx = pytest.importorskip("onnx")
    x, y = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 2])
        for name in "xy"
    )
    node = onnx.helper.make_node(operator, ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [x], [y])
    kind = onnx.helper.make_opsetid("", opset)
    model = onnx.helper.make_model(graph, opset_imports=[kind], ir_version=10)
    path.write_bytes(model.SerializeToString())
    return path


def test_a_file_runs_and_refuses_what_does_not_fit(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    session = export.session(_tiny(tmp_path / "t.onnx"))
    got = export.run(session, [np.float32([[-1, 2]])])
    assert got.tolist() == [[0, 2]]
    for bad in ([], [np.zeros((1, 3), np.float32)], [np.zeros((1, 2), np.int64)]):
        with pytest.raises(CourseError, match=r"takes x|refuses"):
            export.run(session, bad)


def test_eight_bits_without_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    x, y = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", 2])
        for name in "xy"
    )
    weights = onnx.numpy_helper.from_array(np.float32([[1, 0.5], [-1, 0.25]]), "w")
    node = onnx.helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [x], [y], [weights])
    kind = onnx.helper.make_opsetid("", 20)
    model = onnx.helper.make_model(graph, opset_imports=[kind], ir_version=10)
    plain = tmp_path / "t.onnx"
    plain.write_bytes(model.SerializeToString())
    # the second row's sum is cut off where weights take all 8 bits and there is no VNNI
    rows = np.float32([[1, -1], [0.5, 0.5], [0, 1]])
    handlers, disabled = [*logging.getLogger().handlers], logging.root.manager.disable
    made = (
        quantise.dynamic(plain, tmp_path / "dynamic.onnx"),
        quantise.static(plain, tmp_path / "static.onnx", [[rows]]),
    )
    assert logging.getLogger().handlers == handlers
    assert logging.root.manager.disable == disabled and not caplog.records
    expected = export.run(export.session(plain), [rows])
    for path in made:
        got = export.run(export.session(path), [rows])
        assert 0 < np.abs(got - expected).max() < 0.03
    with pytest.raises(CourseError, match="at least one batch"):
        quantise.static(plain, tmp_path / "no.onnx", [])


def test_files_that_are_no_models_get_a_sentence(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    whole = _tiny(tmp_path / "t.onnx").read_bytes()
    (tmp_path / "half.onnx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "empty.onnx").write_bytes(b"")
    for name in ("half", "text", "empty"):
        with pytest.raises(CourseError, match="no ONNX file, or is damaged"):
            export.session(tmp_path / f"{name}.onnx")
    with pytest.raises(CourseError, match="no ONNX file|cannot be run"):
        export.session(_tiny(tmp_path / "unknown.onnx", "Unheard"))
    with pytest.raises(CourseError, match="no ONNX file|cannot be run"):
        export.session(_tiny(tmp_path / "newer.onnx", opset=9_999))
    with pytest.raises(CourseError, match="There is no file"):
        export.session(tmp_path / "nothing.onnx")


def test_weights_beside_the_file_are_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(str(_tiny(tmp_path / "t.onnx")))
    one = onnx.numpy_helper.from_array(np.zeros(2, np.float32), "w")
    one.data_location = onnx.TensorProto.EXTERNAL
    place = one.external_data.add()
    place.key, place.value = "location", "../secret"
    model.graph.initializer.append(one)
    (tmp_path / "t.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(CourseError, match="one file"):
        export.load(tmp_path / "t.onnx")


def test_what_draws_nothing_is_refused_with_the_reason() -> None:
    with pytest.raises(CourseError, match="A Linear is not exported"):
        drawing(torch.nn.Linear(1, 1))
    vq = models.get("vq-vae").build()
    assert isinstance(vq, VQVAE)
    vq.prior = lambda n, generator: torch.zeros(n, 7, 7, dtype=torch.long)
    with pytest.raises(CourseError, match="one code after another"):
        drawing(vq)
    with pytest.raises(CourseError, match="at least 1"):
        drawing(models.get(*QUICK).build()).draw(0)
