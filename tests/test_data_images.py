"""The sets: the catalogue, MNIST as it ships, and the enlarged digits."""

import lzma
import subprocess
import sys

import pytest
import torch
import torchvision

from aigc_course import data
from aigc_course.data import catalogue, digits, download, shipped
from aigc_course.errors import CourseError


@pytest.mark.parametrize("idx_set", catalogue.SETS.values(), ids=str)
def test_catalogue_agrees_with_torchvision(idx_set: catalogue.IdxSet) -> None:
    theirs = getattr(torchvision.datasets, idx_set.folder)
    names = [f"{file.name}.gz" for file in idx_set.files]
    assert names == [name for name, _ in theirs.resources]
    assert download.mirrors(idx_set) == theirs.mirrors
    # torchvision calls MNIST's classes "0 - zero"
    assert list(idx_set.classes) == [name.split(" - ")[0] for name in theirs.classes]


def test_hashes_are_well_formed_and_distinct() -> None:
    files = [file for idx_set in catalogue.SETS.values() for file in idx_set.files]
    hashes = [file.archive_sha256 for file in files]
    hashes += [file.sha256 for file in files if file.sha256]
    assert len(hashes) == len(set(hashes)) == 16
    assert all(len(bytes.fromhex(text)) == 32 for text in hashes)


@pytest.mark.parametrize("split, n", [("train", 1500), ("test", 297)])
def test_digits(split: str, n: int) -> None:
    found = data.load("digits", split)
    assert len(found) == n and found.images.shape == (n, 1, 28, 28)
    assert found.images.dtype == torch.uint8 and found.labels.dtype == torch.int64
    counts = torch.bincount(found.labels, minlength=10) / n
    assert (counts - 0.1).abs().max() < 0.006  # stratified: 0.097 to 0.102 in the whole


def test_digits_splits_part_the_whole() -> None:
    from sklearn.datasets import load_digits

    whole = digits.enlarge(torch.from_numpy(load_digits().images).float())
    parts = [data.load("digits", split).images[:, 0] for split in catalogue.SPLITS]
    rows = sorted(image.numpy().tobytes() for part in parts for image in part)
    assert rows == sorted(image.numpy().tobytes() for image in whole)


def test_digits_look_like_mnist() -> None:
    images = data.load("digits").images
    margin = images.clone()
    margin[..., 3:-3, 3:-3] = 0
    assert images.max() == 255 and margin.float().mean() < 0.5  # black frame
    # MNIST: mean 33.3, ink 19 %, full ink 9 % (measured on its 60,000 images)
    assert 28 < images.float().mean() < 42
    assert 0.15 < (images > 0).float().mean() < 0.25
    assert 0.06 < (images > 229).float().mean() < 0.12


def test_enlarging_keeps_place_and_orientation() -> None:
    spot = torch.zeros(1, 8, 8)
    spot[0, 0, 7] = 16
    row, column = divmod(int(digits.enlarge(spot).argmax()), 28)
    # cell (0, 7) covers rows 4 to 6.5 and columns 21.5 to 24 of the 28 × 28
    assert row in (4, 5, 6) and column in (21, 22, 23)


@pytest.mark.parametrize("name", ["minst", "MNIST", "", None])
def test_unknown_names(name: str) -> None:
    with pytest.raises(
        CourseError, match="there are mnist, fashion-mnist, kmnist, dig"
    ):
        data.load(name)


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(CourseError, match="Did you mean 'mnist'?"):
        data.load("minst")


@pytest.mark.parametrize("ask", [lambda s: data.load("digits", s), data.default])
def test_unknown_split(ask) -> None:
    with pytest.raises(CourseError, match="no split 'valid'; there are train and test"):
        ask("valid")


def test_repr_is_one_line() -> None:
    assert repr(data.load("digits", "test")) == (
        "<digits, test: 297 images, bundled with scikit-learn, enlarged from 8×8>"
    )


def test_import_leaves_the_slow_libraries_alone() -> None:
    code = (
        "import sys, aigc_course.data;"
        "print([m for m in ('torchvision', 'sklearn', 'requests') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


def test_torchvision_reads_the_same_digits(tmp_path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for split in catalogue.SPLITS:
        with lzma.open(shipped.FOLDER / f"{split}.xz") as packed:
            for file in catalogue.MNIST.split(split):
                (raw / file.name).write_bytes(packed.read(file.length))
    for split in catalogue.SPLITS:
        theirs = torchvision.datasets.MNIST(tmp_path, train=split == "train")
        ours = data.load("mnist", split)
        assert torch.equal(ours.images[:, 0], theirs.data)
        assert torch.equal(ours.labels, theirs.targets)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no getrusage")
def test_loading_both_splits_is_quick_and_small() -> None:
    code = (
        "import resource, time, torch; from aigc_course import data;"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "before, start = peak(), time.process_time();"
        "sets = [data.load('mnist', s) for s in ('train', 'test')];"
        "held = sum(s.images.nbytes + s.labels.nbytes for s in sets);"
        "print(time.process_time() - start, (peak() - before) * 1024 - held)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    seconds, above = map(float, done.stdout.split())
    assert seconds < 3  # 0.8 on a quiet machine, where 1.5 is the limit
    assert above < 150e6


def test_full_mnist() -> None:
    train, test = data.load("mnist"), data.load("mnist", "test")
    assert (len(train), len(test)) == (60_000, 10_000)
    assert round(float(train.images.float().mean()) / 255, 4) == 0.1307
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert test.labels.bincount().tolist()[:2] == [980, 1135]
    assert train.source.endswith("(SHA-256 as published)")
    assert train.classes == tuple("0123456789")


@pytest.mark.parametrize("n", [1_000, 2_000, 3_000])
def test_a_part_has_the_ink_of_its_split(n):
    images = data.load("mnist", "test")
    inks = (images.images > 127).double().mean(dim=(1, 2, 3))  # share of each digit
    error = float(inks.std()) / n**0.5
    for seed in range(3):
        (part,) = data.parts(images, n, seed=seed)
        share = float((part.images > 127).double().mean())
        assert abs(share - float(inks.mean())) < 3 * error
