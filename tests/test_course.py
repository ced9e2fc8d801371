"""The set-up is done when it must be, and only then; tasks fail with a sentence."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import course
import pins
import pytest
import tasks
from installing import clients, machine, pinned, place, setup, watch
from installing.errors import Failed
from installing.machine import Machine

REPOSITORY = Path(__file__).parents[1]
LINUX = Machine("Linux", "x86_64", 64, libc=("glibc", "2.36"))
MAC = Machine("Darwin", "arm64", 64, macos="14.5")
WINDOWS = Machine("Windows", "amd64", 64)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with pins and nothing installed."""
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "pins.txt").write_text("torch==2\n")
    return tmp_path


def pretend(kind: str, root: Path) -> None:
    """Leave what a finished installation leaves."""
    place.interpreter(root).parent.mkdir(parents=True, exist_ok=True)
    place.interpreter(root).touch()
    place.finished(kind, root)


def test_nothing_is_ready_at_first(root: Path) -> None:
    assert not place.is_ready("base", root)
    assert not place.is_ready("dev", root)


def test_base_is_not_dev_but_dev_is_base(root: Path) -> None:
    pretend("base", root)
    assert place.is_ready("base", root) and not place.is_ready("dev", root)
    place.stamp("base", root).unlink()
    pretend("dev", root)
    assert place.is_ready("base", root) and place.is_ready("dev", root)


@pytest.mark.parametrize("name", ["pyproject.toml", "pins.txt"])
def test_changed_pins_ask_for_another_installation(root: Path, name: str) -> None:
    pretend("dev", root)
    (root / name).write_text("changed")
    assert not place.is_ready("dev", root) and not place.is_ready("base", root)


def test_a_lost_interpreter_asks_for_another_installation(root: Path) -> None:
    pretend("dev", root)
    place.interpreter(root).unlink()
    assert not place.is_ready("dev", root)


def test_a_marker_outweighs_every_stamp(root: Path) -> None:
    pretend("dev", root)
    place.marker(root).touch()
    assert not place.is_ready("dev", root) and not place.is_usable(root)
    place.emptied(root)
    assert [path.name for path in (root / ".venv").iterdir()] == [place.MARKER]
    assert not list(root.glob(".venv-old-*"))


def test_a_second_set_up_waits_for_the_first(root: Path) -> None:
    """The lock outlives a killed parent: what it started holds it too."""
    if sys.platform == "win32":
        pytest.skip("a child does not inherit a lock on Windows")
    with place.alone(root) as lock:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"],
            stdin=subprocess.PIPE,
            pass_fds=[lock.fileno()],
        )
    with (root / ".venv-lock").open("w") as again:
        assert not place._locked(again, wait=False)
        child.communicate(b"\n")
        assert place._locked(again, wait=False)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(Failed, match=r"Cannot write in .*file \(.*\): the course"),
        place.alone(tmp_path / "file"),
    ):
        pass


def test_a_full_disk_is_named_before_the_download(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(root)._replace(free=10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    monkeypatch.setattr(machine, "here", lambda: LINUX)
    monkeypatch.delenv("AIGC_TORCH", raising=False)
    with pytest.raises(Failed, match=r"needs 2 GB of disk, and 1\.0 GB are free"):
        setup.set_up("base", root)
    assert not (root / ".venv").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("error: failed to write\n  cause: No space left on device", watch.DISK),
        ("ERROR: [Errno 28] No space left on device", watch.DISK),
        ("OSError: [Errno 122] Disk quota exceeded", watch.DISK),
        ("  dns error\n  failed to lookup address information", watch.NETWORK),
        ("NewConnectionError: [Errno 111] Connection refused", watch.NETWORK),
        ("ReadTimeoutError: Read timed out.", watch.NETWORK),
        ("× Hash mismatch for `numpy==2.4.6`", watch.CHANGED),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE", watch.CHANGED),
        ("error: Because numpy has no usable wheels", ""),
    ],
)
def test_why_an_installer_failed_is_told_in_a_sentence(text: str, reason: str) -> None:
    assert watch.Ended(1, text).reason == reason


def test_a_command_shows_what_it_downloads_and_stops_at_its_limit(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "HEARTBEAT", 0.3)
    program = "import time; print('Downloading torch (175.4MiB)\\n"
    program += "Downloading scipy (30MiB)\\n Downloaded scipy', flush=True);"
    command = [sys.executable, "-c", program + "print('noise'); time.sleep(60)"]
    ended = watch.run(command, root, {}, limit=3)
    told = capsys.readouterr().out
    assert ended.code is None and not ended.worked and ended.reason == watch.NETWORK
    assert "  Downloading torch (175.4MiB)\n" in told and " s: torch\n" in told
    assert "noise" not in told and "noise" not in ended.text  # Python kept it back


# what the machine is, what torch comes from


@pytest.mark.parametrize(
    ("there", "wish", "torch"),
    [
        (LINUX, "", "cpu"),
        (Machine("Linux", "aarch64", 64), "", "cpu"),
        (Machine("Linux", "x86_64", 64, nvidia=True), "", "auto"),
        (WINDOWS, "", "pip"),
        (Machine("Windows", "amd64", 64, nvidia=True), "", "auto"),
        (MAC, "", "pip"),
        (LINUX, "pip", "pip"),
        (WINDOWS, "cu130", "cu130"),
        (LINUX, "file:///wheels", "file:///wheels"),
    ],
)
def test_torch_suits_the_machine_or_the_wish(
    there: Machine, wish: str, torch: str
) -> None:
    assert machine.backend(there, wish) == torch
    assert machine.refusal(there) is None


def test_an_unknown_wish_is_refused() -> None:
    with pytest.raises(Failed, match="AIGC_TORCH is 'gpu'; it can be cpu, auto, pip"):
        machine.backend(LINUX, "gpu")


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (Machine("Darwin", "x86_64", 64, macos="15.0"), "Macs with Intel"),
        (
            Machine("Darwin", "arm64", 64, macos="13.6"),
            "needs macOS 14, and this is 13.6",
        ),
        (Machine("Windows", "arm64", 64), "Windows on ARM"),
        (Machine("Windows", "win32", 32), "64 bits"),
        (Machine("Linux", "x86_64", 64, libc=("musl", "")), "musl"),
        (Machine("Linux", "x86_64", 64, libc=("glibc", "2.17")), "glibc 2.28"),
        (Machine("Linux", "riscv64", 64), "riscv64"),
        (Machine("FreeBSD", "amd64", 64), "no torch for FreeBSD"),
    ],
)
def test_machines_without_torch_are_told_so(there: Machine, sentence: str) -> None:
    refused = machine.refusal(there)
    assert refused and sentence in refused and "\n" not in refused
    assert refused.count(". ") == 0


def test_what_pip_was_told_reaches_uv_and_uv_has_the_last_word() -> None:
    settings = {
        "index-url": "http://mirror/simple",
        "extra-index-url": "http://a/simple\nhttp://b/simple",
        "find-links": "/wheels /more",
        "trusted-host": "mirror",
        "cert": "/ca.pem",
        "progress-bar": "off",
    }
    made = clients.environment(settings, {"HOME": "/home/ada"})
    assert made == {
        "HOME": "/home/ada",
        "UV_DEFAULT_INDEX": "http://mirror/simple",
        "UV_INDEX": "http://a/simple http://b/simple",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INSECURE_HOST": "mirror",
        "SSL_CERT_FILE": "/ca.pem",
    }
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        own = {name: "http://mine/simple"}
        made = clients.environment({"index-url": "http://mirror/simple"}, own)
        assert made == own


def test_settings_of_pip_are_read_the_stronger_over_the_weaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = http://one\ntrusted-host = one\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    found = clients.pip_settings(Path(sys.executable))
    assert (found["index-url"], found["trusted-host"]) == ("http://one", "one")
    monkeypatch.setenv("PIP_INDEX_URL", "http://two")
    assert clients.pip_settings(Path(sys.executable))["index-url"] == "http://two"


def test_the_repository_names_no_index() -> None:
    """Every index is pip's or uv's own choice, or the reader's."""
    files = [*REPOSITORY.glob("*.*"), *(REPOSITORY / "tools").rglob("*.py")]
    files += [*(REPOSITORY / ".github").rglob("*.yml"), REPOSITORY / "Makefile"]
    for path in filter(Path.is_file, files):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"https?://[\w.]*(pypi|pytorch\.org/whl|/simple)", text), (
            path
        )


# pins


def test_pins_are_versions_with_hashes_in_sections() -> None:
    base, dev = (pinned.blocks(REPOSITORY, kind) for kind in ("base", "dev"))
    assert base.items() <= dev.items() and len(base) > 100
    for pin, block in dev.items():
        assert re.fullmatch(r"[a-z0-9][\w.-]*==[\w.!]+", pin)
        assert len(block) > 1 and all("--hash=sha256:" in line for line in block[1:])
    names = {pinned.name(pin) for pin in dev}
    assert {"pytest", "uv"} <= names
    assert not {"pytest", "uv"} & {pinned.name(pin) for pin in base}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    direct = [*project["project"]["dependencies"]]
    direct += project["project"]["optional-dependencies"]["dev"]
    assert {re.split(r"[^\w-]", line)[0] for line in direct} <= names
    (backend,) = project["build-system"]["requires"]
    assert backend in base  # so the course itself is built without a download


def test_constraints_are_the_pins_without_hashes() -> None:
    text = (REPOSITORY / "pins.txt").read_text()
    assert pins.constraints(text) == (REPOSITORY / "constraints.txt").read_text()
    assert "://" not in text


def test_a_torch_from_elsewhere_comes_without_the_hash_and_without_cuda() -> None:
    text = pinned.without_torch(REPOSITORY, "base")
    assert re.search(r"^torch==[\d.]+\s*\nt", text, re.M)
    assert "nvidia" not in text and "triton" not in text and "cuda" not in text
    assert "numpy==" in text and len(text) > 100_000
    assert len(pinned.torch(REPOSITORY)) == 2
    assert pinned.uv(REPOSITORY).startswith("uv==")


# Python


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        ("3.10 CPython 0", False),
        ("3.11 CPython 0", True),
        ("3.14 CPython 0", True),
        ("3.14 CPython 1", False),
        ("3.15 CPython 0", False),
        ("3.11 PyPy 0", False),
        ("", False),
    ],
)
def test_which_pythons_fit(told: str, fits: bool) -> None:
    assert course.fits(told) == fits


def test_this_python_says_what_it_is() -> None:
    assert course.fits(course.probed([sys.executable]))
    assert course.probed(["no-such-python"]) == ""


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("3.9 CPython 0", "Python 3.9"),
        ("3.15 CPython 0", "Python 3.15"),
        ("3.13 CPython 1", "Python 3.13 without a global lock"),
        ("3.11 PyPy 0", "PyPy 3.11"),
    ],
)
def test_a_python_that_does_not_fit_looks_for_another(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: str,
    name: str,
) -> None:
    answers = {(sys.executable,): told}
    monkeypatch.setattr(course, "probed", lambda c: answers.get(tuple(c), ""))
    assert course.main(["help"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"This is {name}, and the course needs CPython 3.11 to 3.14")
    assert said.count("\n") == 1
    answers["python3.12",] = "3.12 CPython 0"
    started: list[list[str]] = []
    monkeypatch.setattr(
        subprocess, "call", lambda command: started.append(command) or 5
    )
    assert course.main(["help"]) == 5
    assert started == [["python3.12", course.__file__, "help"]]


def test_an_old_python_can_read_the_first_file() -> None:
    """No newer syntax than every Python 3 and 2.7 has: no f-string, no annotation."""
    import ast

    tree = ast.parse((REPOSITORY / "tools" / "course.py").read_text())
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Starred, ast.arg)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            assert node.annotation is None
        else:
            assert not isinstance(node, newer), ast.unparse(node)
        assert getattr(node, "returns", None) is None


# tasks


def test_a_failed_task_is_one_sentence_and_status_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(error: Exception) -> Any:
        def set_up(*_: Any) -> None:
            raise error

        return set_up

    monkeypatch.setattr(tasks, "set_up", fail(Failed("no network")))
    assert tasks.main(["lab"]) == 2
    assert capsys.readouterr().err == "no network\n"
    monkeypatch.setattr(tasks, "set_up", fail(OSError(30, "Read-only file system")))
    assert tasks.main(["lab"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setattr(tasks, "set_up", fail(KeyboardInterrupt()))  # type: ignore[arg-type]
    assert tasks.main(["lab"]) == 130


def test_every_stage_runs_and_a_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks, "python", lambda *arguments: int(arguments[0]))
    assert tasks.stages([("a", ["0"], {}), ("b", ["1"], {}), ("c", ["0"], {})]) == 1
    told = capsys.readouterr().out
    assert "== b: FAILED" in told and "== c: passed" in told
    assert told.endswith("Failed: b\n")
    assert tasks.stages([("a", ["0"], {})]) == 0


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_lab_opens_the_first_notebook_for_root_too(
    monkeypatch: pytest.MonkeyPatch, user: int, allowed: bool
) -> None:
    given: list[str] = []
    monkeypatch.setattr(tasks, "python", lambda *words: given.extend(words))
    monkeypatch.setattr(tasks.os, "geteuid", lambda: user, raising=False)
    tasks.lab("--no-browser")
    assert given[:2] == ["-m", "jupyterlab"] and given[-1] == "--no-browser"
    assert given[2].endswith("00_start_here.ipynb")
    assert ("--allow-root" in given) == allowed


def test_help_names_every_task_and_unknown_ones_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert tasks.main([]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {name} " in told for name in tasks.TASKS)
    assert tasks.main(["tset"]) == 2
    assert "There is no task 'tset'" in capsys.readouterr().err


def test_make_offers_the_same_tasks() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    (targets,) = [x for x in makefile.splitlines() if x.startswith(".PHONY:")]
    assert targets.split()[1:] == list(tasks.TASKS)


def test_conda_installs_the_same_ranges() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    names = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}
    wanted = {
        re.sub(r"^[\w-]+", lambda m: names.get(m[0], m[0]), dependency)
        for dependency in project["dependencies"]
    }
    text = (REPOSITORY / "environment.yml").read_text().split("dependencies:\n")[1]
    listed = {line.removeprefix("  - ") for line in text.splitlines()}
    assert listed - {"python=3.12", "pip"} == wanted
