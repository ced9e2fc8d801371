"""The doctor says what a Python and a graphics card mean for the course."""

import shutil
from typing import NamedTuple

import pytest
import torch

from aigc_course import doctor


class Version(NamedTuple):
    """As much of `sys.version_info` as is looked at."""

    major: int
    minor: int
    micro: int


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ((3, 10, 13), "problem"),
        ((3, 11, 7), "note"),
        ((3, 11, 8), "ok"),
        ((3, 12, 1), "note"),
        ((3, 13, 0), "ok"),
        ((3, 15, 2), "problem"),
    ],
)
def test_pythons(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], status: str
) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", Version(*version))
    finding = doctor._python()
    assert finding.status == status and bool(finding.advice) == (status != "ok")


def test_a_card_that_torch_cannot_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert doctor._device().status == "ok"
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    finding = doctor._device()
    assert finding.status == "note" and "this torch cannot use" in finding.detail
    assert "make lab" in finding.advice
