"""The table of a transport plan, and the numbers of the course's step by hand."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

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
