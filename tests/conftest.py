"""What all tests share: no network, no cache of the user, no windows, one thread."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nbbuild.project import Project

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS / "no_network"), str(TESTS.parent / "tools")]
sys.path.append(str(TESTS.parent))  # for `from tests.answers import right`

import loopback_only  # noqa: E402

# sitecustomize is for the processes that tests start; the others hold no tests of ours
collect_ignore = ["no_network", "answers", "also_right", "how_to_add"]

_cache = tempfile.TemporaryDirectory(prefix="aigc-tests-", ignore_cleanup_errors=True)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> "Project":
    """The tiny project, built once; a test that changes it takes `project`."""
    import tiny
    from nbbuild import build

    project = tiny.make(tmp_path_factory.mktemp("built"))
    source = build.linted(project.chapters()[0], project)
    build.build_solution(source, project)
    build.build_student(source, project)
    return project


@pytest.fixture
def project(built: "Project", tmp_path: Path) -> "Project":
    """A copy of the built tiny project."""
    shutil.copytree(built.root, tmp_path / "copy")
    return replace(built, root=tmp_path / "copy")


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the shipped generator: what it costs is its export to ONNX."""
    for name in ("onnx", "onnxscript", "onnxruntime", "cryptography"):
        pytest.importorskip(name)
    from aigc_course.release import bundle

    folder = tmp_path_factory.mktemp("dist") / "digits"
    bundle.make("mnist_dcgan", folder)
    return folder


@pytest.fixture(autouse=True)
def whole_floats() -> Iterator[None]:
    """`training.prepare` flushes tiny numbers to zero, for the whole process."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(autouse=True)
def no_seeds_for_gpus() -> None:
    """Without a GPU, torch notes each seed for later, with the stack of calls: 1 ms."""
    torch = sys.modules.get("torch")
    if not torch or hasattr(torch, "seeds_no_gpu") or torch.cuda.is_available():
        return
    for kind in (torch.cuda, torch.xpu, torch.mtia):
        kind.manual_seed_all = lambda seed: None
    torch.seeds_no_gpu = True


def pytest_configure(config: pytest.Config) -> None:
    """Prepare this process and those it starts, before torch or pyplot is imported."""
    config.addinivalue_line("markers", "slow: trains in earnest, or starts processes")
    config.addinivalue_line(
        "markers", 'equation(id, ...): the numeric test of equation "N.M" of chapter N'
    )
    loopback_only.install()
    paths = [str(TESTS / "no_network"), os.environ.get("PYTHONPATH", "")]
    os.environ.update(
        {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "AIGC_CACHE": _cache.name,
            "AIGC_STATE": f"{_cache.name}/state",
            "MPLBACKEND": "Agg",
            "JUPYTER_PLATFORM_DIRS": "1",  # jupyter_core warns where it is unset
        }
    )
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_unconfigure() -> None:
    """Remove the cache that the tests used."""
    _cache.cleanup()
