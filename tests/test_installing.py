"""Whole installations from a small index on loopback: whichever way, and never half."""

import os
import random
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_index
from installing import place, setup
from installing.errors import Failed

# 5 to 15 s each on a quiet machine; a busy one takes many times as long
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
KILLS = int(os.environ.get("AIGC_KILLS", "2"))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Two folders of wheels: `pypi`, and `torch` with a small build of it."""
    for name, version in (
        small_index.BASE | small_index.CUDA | small_index.DEV
    ).items():
        small_index.wheel(tmp_path / "pypi", name, version)
    for name in ("torch", "torchvision"):
        small_index.wheel(tmp_path / "torch", name, small_index.BASE[name] + "+cpu")
    return tmp_path


@pytest.fixture
def root(wheels: Path) -> Path:
    """A small project whose pins are the wheels of `pypi`."""
    files = sorted((wheels / "pypi").glob("*.whl"))
    extra = [path for path in files if path.name.startswith("pytest")]
    base = [path for path in files if path not in extra]
    return small_index.project(wheels / "project", base, extra)


@pytest.fixture
def pypi(wheels: Path) -> Iterator[small_index.Index]:
    with small_index.served(wheels / "pypi") as index:
        yield index


@pytest.fixture
def uv(tmp_path: Path) -> str:
    """A PATH on which uv is found first."""
    program = pytest.importorskip("uv").find_uv_bin()
    (tmp_path / "bin").mkdir()
    shutil.copy(program, tmp_path / "bin")
    return os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])


@pytest.fixture
def without_uv() -> str:
    """A PATH without uv."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(f for f in folders if not (Path(f) / "uv").exists())


def test_uv_takes_torch_from_its_own_index_and_the_rest_from_the_mirror_of_pip(
    root: Path, pypi: small_index.Index, wheels: Path, uv: str
) -> None:
    with small_index.served(wheels / "torch") as small:
        asked = small_index.variables(pypi, wheels, PATH=uv, AIGC_TORCH=small.address)
        code, told = small_index.run(root, asked)
    assert (code, told.splitlines()[-1]) == (0, "reached"), told
    assert "about 0.4 GB to download" in told and "Installed in" in told
    found = small_index.installed(root)
    assert found["torch"] == "2.15.0+cpu" and found["numpy"] == "2.4.6"
    assert not {"triton", "nvidia_blas"} & set(found)
    assert not [file for file in pypi.files if file.startswith("torch")]
    # the second time there is nothing to do
    assert small_index.run(root, asked) == (0, "reached\n")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyPI's torch is small")
def test_an_index_that_never_answers_costs_ten_seconds_and_is_named(
    root: Path, pypi: small_index.Index, wheels: Path, uv: str
) -> None:
    """A proxy that accepts and then says nothing stands for a firewall."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        asked = small_index.variables(
            pypi, wheels, PATH=uv, HTTPS_PROXY=proxy, NO_PROXY="127.0.0.1"
        )
        start = time.monotonic()
        code, told = small_index.run(root, asked)
        whole = time.monotonic() - start
    assert code == 0 and small_index.installed(root)["torch"] == "2.15.0", told
    assert "PyTorch's own index cannot be reached, so torch comes from PyPI" in told
    assert "3.2 GB to download" in told
    seconds = float(told.split("Installed in ")[1].split(" s")[0])
    assert setup.PATIENCE <= 10 and seconds - 0.5 <= whole  # it is told rounded
    # the same without the detour
    shutil.rmtree(root / ".venv")
    start = time.monotonic()
    assert small_index.run(root, asked | {"AIGC_TORCH": "pip"})[0] == 0
    assert whole - (time.monotonic() - start) < 10 + 5  # a shared machine is uneven


def test_pip_installs_where_uv_is_not_to_be_had(
    root: Path, pypi: small_index.Index, wheels: Path, without_uv: str
) -> None:
    asked = small_index.variables(pypi, wheels, PATH=without_uv)
    code, told = small_index.run(root, asked)
    assert code == 0, told
    assert ("uv, which is faster" in told) == (sys.platform == "linux")
    assert set(small_index.installed(root)) >= {
        "torch",
        "numpy",
        "pytest",
        "aigc_course",
    }
    assert "torch-2.15.0-py3-none-any.whl" in pypi.files


def test_a_file_that_was_changed_on_the_way_is_refused(
    root: Path, pypi: small_index.Index, wheels: Path, uv: str
) -> None:
    small_index.wheel(wheels / "pypi", "numpy", "2.4.6", payload=10)
    asked = small_index.variables(pypi, wheels, PATH=uv, AIGC_TORCH="pip")
    code, told = small_index.run(root, asked)
    assert code == 2
    assert told.splitlines()[-1].startswith("The package index sent a file that is not")
    assert "numpy" not in small_index.installed(root)
    assert not place.is_ready("dev", root)


def test_without_a_network_there_is_one_sentence_and_no_half_installation(
    root: Path, pypi: small_index.Index, wheels: Path, uv: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nowhere = f"http://127.0.0.1:{server.getsockname()[1]}/simple"
    asked = small_index.variables(pypi, wheels, PATH=uv, AIGC_TORCH="pip")
    code, told = small_index.run(root, asked | {"PIP_INDEX_URL": nowhere})
    assert code == 2 and "Traceback" not in told
    assert told.splitlines()[-1].startswith("The package index cannot be reached")
    assert not place.is_ready("base", root) and place.is_usable(root)
    assert small_index.run(root, asked)[0] == 0


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX's")
@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_a_random_moment_and_repeated_it_is_whole(
    root: Path, wheels: Path, uv: str, without_uv: str, number: int
) -> None:
    """Every other time only the parent is killed, and its installer lives on."""
    dice = random.Random(number)
    path = dice.choice([uv, without_uv])
    with small_index.served(wheels / "pypi", delay=0.1) as index:
        asked = small_index.variables(index, wheels, PATH=path, AIGC_TORCH="pip")
        process = small_index.started(root, asked)
        time.sleep(dice.uniform(0.1, 12))
        if number % 2:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert not (place.marker(root).exists() and place.is_ready("dev", root))
        code, told = small_index.run(root, asked)
    assert code == 0, told
    wanted = small_index.BASE | small_index.CUDA | small_index.DEV
    found = small_index.installed(root)
    assert {
        name.replace("-", "_"): v for name, v in wanted.items()
    }.items() <= found.items()
    assert place.is_ready("dev", root) and not list(root.glob(".venv-old-*"))


def test_a_failure_in_mid_installation_is_not_trusted_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that touched nothing leaves a .venv that was ready for another kind alone."""
    place.interpreter(root).parent.mkdir(parents=True)
    place.interpreter(root).touch()
    place.finished("base", root)
    touched: list[Path] = []

    def packages(self: setup.Installation, *_: object) -> None:
        for path in touched:
            path.touch()
        raise Failed("stopped")

    monkeypatch.setattr(setup.clients, "pip_settings", lambda python: {})
    monkeypatch.setattr(setup.clients, "uv", lambda root: "uv")
    monkeypatch.setattr(setup.Installation, "_packages", packages)
    with pytest.raises(Failed, match="stopped"):
        setup.set_up("dev", root)
    assert place.is_ready("base", root) and place.is_usable(root)
    touched.append(place.scripts(root) / "half")
    with pytest.raises(Failed, match="stopped"):
        setup.set_up("dev", root)
    assert not place.is_ready("base", root) and not place.is_usable(root)
