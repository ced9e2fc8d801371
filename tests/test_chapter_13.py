"""What chapter 13 says of exact fields is what they give."""

from pathlib import Path

import pytest
import torch
from nbbuild import chapter

from aigc_course import flow
from aigc_course.flow import guidance

PATH = Path(__file__).parents[1] / "chapters" / "13_flow_matching.py"
LAW = flow.line_mixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.6])


def says(name: str) -> str:
    cells = {cell.id: cell.source for cell in chapter.read(PATH).cells}
    return " ".join(cells[name].split())


def test_the_smallest_loss():
    g = torch.Generator().manual_seed(0)
    t = torch.rand(20_000, generator=g, dtype=torch.float64)
    x0 = torch.randn(20_000, 1, generator=g, dtype=torch.float64)
    x = flow.interpolate(x0, LAW.sample(20_000, g), t)
    smallest = float(LAW.conditional_variance(x, t).mean())
    assert f"{smallest:.1f}" == "2.3"
    assert "about 2.3, the second term" in says("13-why-after")
    assert "its minimum is 2.3" in says("13-recap")


def test_half_of_ddpm_s_steps_are_mostly_noise():
    kept = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000).double(), 0)[499]
    t = kept.sqrt() / (kept.sqrt() + (1 - kept).sqrt())
    assert f"{float(t):.2f}" == "0.23"
    assert "at $t$ below 0.23" in says("13-sde-text")


def test_factors_by_which_errors_fall():
    starts = torch.linspace(-2.5, 2.5, 101, dtype=torch.float64)[:, None]
    ends = LAW.flow(starts, 0.0, 1.0)
    for method, factor in (("euler", 2), ("midpoint", 4), ("heun", 4), ("rk4", 16)):
        few, many = (
            float((flow.solve(LAW.velocity, starts, n, method) - ends).abs().median())
            for n in (64, 128)
        )
        assert few / many == pytest.approx(factor, rel=0.06)
    assert "by about 2 for Euler, by about 4" in says("13-solve-after")
    assert "by about 16 for RK4" in says("13-solve-after")


def test_what_guidance_leaves():
    assert guidance.guided_variance(2, 1, 3) == pytest.approx(0.25)
    assert guidance.tilted_variance(2, 1, 3) == pytest.approx(0.5)
    assert "a variance of 0.25" in says("13-variance-read")
    right = flow.line_mixture([1.0], [1.0], [0.5])
    both = flow.line_mixture([0.5, 0.5], [1.0, -1.0], [0.5, 0.5])
    even = (torch.arange(2_000, dtype=torch.float64) + 0.5) / 2_000
    start = torch.special.ndtri(even)[:, None]
    grid = torch.linspace(-2, 4, 1201, dtype=torch.float64)[:, None]
    for gamma, drawn, said in ((2, 1.32, 1.04), (4, 1.68, 1.06)):
        field = flow.guided_field(right.velocity, both.velocity, gamma)
        mean = float(flow.solve(field, start, 50).mean())
        p = guidance.tilted_density(right, both, gamma, grid)
        powered = float((p * grid[:, 0]).sum() / p.sum())
        assert (round(mean, 2), round(powered, 2)) == (drawn, said)
        assert f"{drawn}" in says("13-overshoot-after")
    assert "The powered law stays near 1" in says("13-overshoot-after")
