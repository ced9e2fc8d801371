"""What a file of weights can hold, keys and signatures, folding, whole numbers."""

import json
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import nn

from aigc_course import models, pretrained
from aigc_course.errors import CourseError
from aigc_course.gan import pretrained_generator
from aigc_course.release import files, folding, golden, quantise, signing
from aigc_course.release.drawing import drawing

WEIGHTS = pretrained.FOLDER / "mnist_dcgan.safetensors"


def test_a_pickle_runs_a_function_and_is_seen_through_without_running(
    tmp_path: Path,
) -> None:
    path = tmp_path / "weights.pkl"
    files.harmless_pickle(path, "It ran.")
    files.WHAT_RAN.clear()
    assert files.globals_of(path) == ["aigc_course.release.files.note"]
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)
    assert files.WHAT_RAN == []
    pickle.loads(path.read_bytes())
    assert files.WHAT_RAN == ["It ran."]
    with pytest.raises(CourseError, match="no pickle"):
        files.globals_of(WEIGHTS)


def test_the_header_read_by_hand_is_that_of_the_library() -> None:
    found = files.header(WEIGHTS)
    for name, tensor in pretrained.load_weights("mnist_dcgan").items():
        assert found.tensors[name].shape == tuple(tensor.shape)


DAMAGE = {
    "fewer than 8": lambda head, data: b"1234",
    "would have": lambda head, data: (2**60).to_bytes(8, "little") + data,
    "right form": lambda head, data: _file(b"[1]", data),
    "unknown type": lambda head, data: _with(head, data, dtype="F3"),
    "place of": lambda head, data: _with(head, data, data_offsets=[4, 12]),
    "does not fit its shape": lambda head, data: _with(head, data, shape=[3]),
    "and names": lambda head, data: _with(head, data + b"x"),
}


def _file(head: bytes, data: bytes) -> bytes:
    return len(head).to_bytes(8, "little") + head + data


def _with(head: dict, data: bytes, **changes: object) -> bytes:
    return _file(json.dumps({"w": {**head["w"], **changes}}).encode(), data)


@pytest.mark.parametrize("words", DAMAGE)
def test_damaged_headers_are_named(tmp_path: Path, words: str) -> None:
    whole = save({"w": torch.ones(2)})
    length = int.from_bytes(whole[:8], "little")
    head, data = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    (tmp_path / "w.safetensors").write_bytes(DAMAGE[words](head, data))
    with pytest.raises(CourseError, match=words):
        files.header(tmp_path / "w.safetensors")


def test_signatures_fit_one_message_and_one_key(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    # RFC 8032, section 7.1, test 2
    key = bytes.fromhex(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    )
    assert signing.public(key).hex() == (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    signature = signing.sign(b"\x72", key)
    assert signature.hex().startswith("92a009a9f0d4cab8720e820b5f642540")
    assert signing.is_signed(b"\x72", signature, signing.public(key))
    assert not signing.is_signed(b"\x73", signature, signing.public(key))
    other = signing.public(signing.new_key())
    assert not signing.is_signed(b"\x72", signature, other)
    signing.write_key(tmp_path / "k", key)
    assert signing.read_key(tmp_path / "k") == key
    with pytest.raises(CourseError, match="not overwritten"):
        signing.write_key(tmp_path / "k", key)


@pytest.mark.parametrize("ending", [b"\x0b", b" \n", b"\n\n", b"0\n"])
def test_a_key_file_holds_its_digits_and_nothing_else(
    tmp_path: Path, ending: bytes
) -> None:
    (tmp_path / "k").write_bytes(b"0" * 64 + ending)
    with pytest.raises(CourseError, match="holds no key"):
        signing.read_key(tmp_path / "k")


KINDS = [(2, 4, 1, 0), (2, 5, 2, 1), (1, 5, 2, 0), (3, 5, 1, 0), (2, 6, 2, 0)]


@pytest.mark.parametrize(("s", "k", "p", "extra"), KINDS)
def test_a_transposed_convolution_is_a_convolution_and_a_shuffle(
    s: int, k: int, p: int, extra: int
) -> None:
    torch.manual_seed(0)
    layer = nn.ConvTranspose2d(3, 2, k, s, p, extra).double()
    x = torch.randn(2, 3, 5, 4).double()
    assert torch.allclose(folding.as_convolution(layer)(x), layer(x), atol=1e-12)


def test_what_cannot_be_rewritten_is_refused() -> None:
    for layer in (
        nn.ConvTranspose2d(2, 2, 3, 2),
        nn.ConvTranspose2d(2, 2, 4, 2, 1, groups=2),
        nn.ConvTranspose2d(2, 2, (4, 2), 2, (1, 0)),
    ):
        with pytest.raises(CourseError, match="stride"):
            folding.as_convolution(layer)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("affine", [True, False])
def test_folding_keeps_the_function_of_every_kind(bias: bool, affine: bool) -> None:
    torch.manual_seed(0)
    pairs = [
        (nn.Linear(4, 3, bias=bias), nn.BatchNorm1d(3, affine=affine), (5, 4)),
        (nn.Conv2d(4, 3, 3, bias=bias), nn.BatchNorm2d(3, affine=affine), (5, 4, 6, 6)),
        (
            nn.ConvTranspose2d(4, 3, 3, bias=bias),
            nn.BatchNorm2d(3, affine=affine),
            (5, 4, 6, 6),
        ),
    ]
    for layer, norm, shape in pairs:
        both = nn.Sequential(layer, norm).double()
        both(3 * torch.randn(*shape).double() + 1)  # running statistics
        x = torch.randn(*shape).double()
        folded = folding.folded(both)
        assert [type(part) for part in folded] == [type(layer)]
        assert torch.allclose(folded(x), both.eval()(x), atol=1e-12)
    with pytest.raises(CourseError, match="do not belong"):
        folding.fold_batch_norm(nn.Linear(2, 5), nn.BatchNorm1d(4))


def test_the_shipped_generator_folded_and_rewritten() -> None:
    network = pretrained_generator()
    z = torch.randn(16, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        for other in (folding.folded(network), folding.rewritten(network)):
            assert (other(z) - network(z)).abs().max() < 3e-5
            assert not [m for m in other.modules() if isinstance(m, folding.Norm)]
    assert [m for m in network.modules() if isinstance(m, folding.Norm)]


def test_whole_numbers_stand_for_real_ones_within_half_a_step() -> None:
    dice = torch.Generator().manual_seed(0)
    for low, high in ((-1.0, 3.0), (0.5, 2.0), (-2.0, -1.0)):
        x = low + (high - low) * torch.rand(10_000, generator=dice)
        how = quantise.affine(x)
        q = quantise.quantise(x, how)
        assert q.min() >= -128 and q.max() <= 127
        error = (x - quantise.dequantise(q, how)).abs()
        assert error.max() <= how.scale * 1.0001
        assert error.quantile(0.99) <= how.scale / 2 * 1.0001
        assert quantise.dequantise(quantise.quantise(torch.zeros(1), how), how) == 0
    for bad in (torch.zeros(0), torch.tensor([float("nan")])):
        with pytest.raises(CourseError, match="finite"):
            quantise.affine(bad)


def test_golden_outputs_tell_other_weights() -> None:
    one = drawing(pretrained_generator())
    record = golden.golden(one, n=4)
    assert golden.check_golden(record, one) == ""
    with torch.no_grad():
        next(one.module.parameters())[0, 0] += 0.1
    assert "not the weights" in golden.check_golden(record, one)
    assert "not the weights" in golden.check_golden(record, lambda z: one(z)[:2])
    nan = golden.check_golden(record, lambda z: one(z) * float("nan"))
    assert "inf" in nan


def test_golden_inputs_keep_their_order() -> None:
    one = drawing(models.get("cvae").build())
    record = golden.golden(one, n=4)
    assert list(record) == ["input.0.z", "input.1.label", "output.images"]
    assert golden.check_golden(record, one) == ""
