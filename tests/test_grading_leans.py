"""An answer that uses another exercise's function is judged with the course's own."""

from pathlib import Path

import nbformat
import pytest
from handed_in import hand_in

from aigc_course.grading import Limits, grade

SOLVED = Path(__file__).parents[1] / "solutions" / "05_dcgan_mnist.ipynb"


def cell(part: str) -> str:
    """The first code cell of the solved chapter that holds this."""
    cells = nbformat.read(SOLVED, as_version=4).cells
    return next(c.source for c in cells if c.cell_type == "code" and part in c.source)


STUB = (
    "def discriminator_loss(real_logits, fake_logits):\n    raise NotImplementedError"
)
WRONG = (
    "def discriminator_loss(real_logits, fake_logits):\n    return real_logits.sum()"
)


@pytest.mark.slow
@pytest.mark.parametrize("loss", [STUB, WRONG])
def test_a_right_step_passes_beside_a_loss_that_does_not(tmp_path, loss):
    uses = [cell(f'checks.use("05.discriminator_{part}"') for part in ("loss", "step")]
    texts = [loss, uses[0], cell("def discriminator_step("), uses[1]]
    imports = "import torch\nfrom aigc_course import checks"
    hand_in(tmp_path / "in", "ann", imports, *texts)
    limits = Limits(seconds=60, total=150)
    rows = {r.exercise: r for r in grade(tmp_path / "in", chapter="05", limits=limits)}
    assert rows["05.discriminator_step"].status == "passed"
    assert rows["05.discriminator_loss"].status != "passed"
