"""The table of a transport plan, and the numbers of the course's step by hand."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from aigc_course import theory
from aigc_course.errors import CourseError
from aigc_course.plots.transport import transport_plan

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"


def cell(number, id):
    (path,) = CHAPTERS.glob(f"{number}_*.py")
    cells = re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.M)
    (body,) = (
        c.partition("\n")[2] for c in cells if f'id="{id}"' in c.partition("\n")[0]
    )
    return body


def test_each_mass_stands_at_its_places():
    places = np.array([0.0, 1.0, 2.0])
    plan = np.zeros((3, 3))
    plan[2, 0] = 0.7
    axes = transport_plan(places, plan).axes[0]
    (image,) = axes.images
    assert image.get_array()[2, 0] == 0.7
    assert axes.get_xlim() == axes.get_ylim() == (-0.5, 2.5)


@pytest.mark.parametrize("shape", [(2, 3), (2, 2), (9,)])
def test_other_plans_are_refused(shape):
    with pytest.raises(CourseError, match="table"):
        transport_plan([0.0, 1.0, 2.0], np.zeros(shape))


def test_the_step_by_hand_is_that_of_autograd():
    space = {"np": np}
    exec(cell("02", "02-layer-d"), space)
    exec(cell("02", "02-layer-g"), space)
    x, z = torch.tensor(0.9).double(), torch.tensor(1.0).double()
    w_D, b_D, w_G, b_G = (
        torch.tensor(v).double().requires_grad_() for v in (1.0, 0.0, 2.0, -2.0)
    )
    fake = (w_G * z + b_G).sigmoid()
    loss = -(w_D * x + b_D).sigmoid().log() - (-(w_D * fake + b_D)).sigmoid().log()
    by_w, by_b = torch.autograd.grad(loss, (w_D, b_D), retain_graph=True)
    w_D, b_D = (w_D - by_w).detach(), (b_D - by_b).detach()
    g_loss = -(w_D * fake + b_D).sigmoid().log()
    by_w, by_b = torch.autograd.grad(g_loss, (w_G, b_G))
    wanted = [w_D, b_D, w_G - by_w, b_G - by_b]
    found = [space[name] for name in ("w_D", "b_D", "w_G", "b_G")]
    assert np.allclose(found, [w.item() for w in wanted])


def test_the_plan_of_chapter_03_carries_all_mass_and_its_dual_is_a_critic():
    x = theory.grid(-5, 6)
    space = {"np": np, "theory": theory, "linprog": linprog, "x": x}
    space |= {"p": theory.normal(x), "q": theory.normal(x, 1.5, 0.7)}
    for id in ("03-plan", "03-plan-solve", "03-plan-dual"):
        exec(cell("03", id), space)
    plan = space["solved"].x.reshape(14, 14)
    source, target = space["source"], space["target"]
    assert np.allclose(plan.sum(1), source) and np.allclose(plan.sum(0), target)
    ways = np.abs(np.cumsum(source - target)).sum() / 2  # of width 1/2
    assert space["solved"].fun == pytest.approx(ways)
    assert (np.abs(np.diff(space["dual"])) <= 0.5 + 1e-9).all()
    assert (target - source) @ space["dual"] == pytest.approx(ways)


def test_small_critics_leave_the_global_generator_alone():
    space = {"torch": torch, "nn": torch.nn}
    exec(cell("03", "03-clip-critic"), space)
    torch.manual_seed(1)
    want = torch.rand(3)
    torch.manual_seed(1)
    one, two = space["small_critic"](3), space["small_critic"](3)
    assert torch.equal(torch.rand(3), want)
    at = torch.linspace(-1, 1, 5)[:, None]
    assert torch.equal(one(at), two(at)) and one(at).shape == (5, 1)
