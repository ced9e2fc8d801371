"""Exercise on repairing how samples are drawn."""

import torch
from torch import Tensor, nn

from aigc_course.clinic.exercise import repair_exercise

exercise = repair_exercise(
    "20.eval_sampling",
    patient="c_eval_sampling",
    order=230,
    title="Samples that depend on their neighbours",
    difficulty=2,
    minutes=10,
    idea="A batch norm uses the statistics of its batch in training mode. Ask"
    " which mode belongs to sampling, and which one the training needs afterwards.",
    formula="Remember `generator.training`, call `generator.eval()`, draw, and set the"
    " old mode again by `generator.train(mode)`.",
    line="Write `mode = generator.training`, `generator.eval()`, `images ="
    " torch.no_grad()(generator)(z)`, `generator.train(mode)` and `return images`.",
    variation="Make sure that the mode is set back when the generator raises an error.",
)


@exercise.answer
def eval_sampling(generator: nn.Module, z: Tensor) -> Tensor:
    """Samples for the latents z, [n, d]; the training goes on afterwards."""
    mode = generator.training
    generator.eval()
    with torch.no_grad():
        images: Tensor = generator(z)
    generator.train(mode)
    return images


@exercise.mistake(hint="formula")
def back_to_training_always(generator, z):
    """You call `train()` afterwards, whatever the mode was. Who samples from a finished
    model then finds it in training mode: set back the mode that was there."""
    generator.eval()
    with torch.no_grad():
        images = generator(z)
    generator.train()
    return images


@exercise.mistake(hint="idea")
def one_at_a_time(generator, z):
    """You draw the samples one by one in training mode. A batch norm of one sample has
    no statistics: use evaluation mode."""
    with torch.no_grad():
        return torch.cat([generator(z[i : i + 1]) for i in range(len(z))])
