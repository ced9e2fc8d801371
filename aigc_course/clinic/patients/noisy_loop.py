"""Patient: a loop that prints every batch and saves every epoch."""

from collections.abc import Callable, Iterable
from itertools import count

import torch
from torch import Tensor, nn

from aigc_course.clinic import steps
from aigc_course.clinic.patient import Function, Patient
from aigc_course.clinic.patients._fixed import cloud, player_step

Step = Callable[[Tensor], float]
Save = Callable[[str], object]
Say = Callable[[str], object]

patient = Patient(
    "noisy_loop",
    ward="B",
    number=24,
    title="Printing and saving during a training",
    symptom="The loss falls as it should. The output has a line for each batch, and"
    " the folder two new files for each epoch: 120 after 60 epochs.",
    cause="Printing and saving are inside the loops without a condition, and each"
    " epoch has a file name of its own. Their number must not grow with the training:"
    " about ten lines, and the newest weights in one file for each network.",
    figure=("epoch", "files"),
)


@patient.shown
def fit(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """Train; say how it goes; keep the newest weights of G and of D.

    save(name) writes a file of this name. However long a training is, at most 20 lines
    and 20 calls of save are wanted. Returns the loss of each batch.
    """
    losses = []
    for epoch in range(epochs):
        for batch in batches:
            losses.append(step(batch))
            say(f"epoch {epoch}, loss {losses[-1]:.4f}")
        save(f"generator_{epoch}")
        save(f"discriminator_{epoch}")
    return losses


@patient.repair
def now_and_then(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """The reference: ten lines at most, saved at the end."""
    losses = []
    for epoch in range(epochs):
        for batch in batches:
            losses.append(step(batch))
        if epoch % (epochs // 10 + 1) == 0:
            say(f"epoch {epoch}, loss {losses[-1]:.4f}")
    save("generator")
    save("discriminator")
    return losses


@patient.repair
def saved_on_the_way(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """A few saves on the way, under the same names, and one after the last epoch."""
    losses = []
    every = epochs // 8 + 1
    for epoch in range(epochs):
        for batch in batches:
            losses.append(step(batch))
        if (epoch + 1) % every == 0 or epoch == epochs - 1:
            say(f"epoch {epoch}, loss {losses[-1]:.4f}")
            save("generator")
            save("discriminator")
    return losses


@patient.repair
def at_the_end(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """One line and the two files, at the end."""
    losses = []
    for _ in range(epochs):
        for batch in batches:
            losses.append(step(batch))
    say(f"{epochs} epochs, loss {losses[-1]:.4f}")
    save("generator")
    save("discriminator")
    return losses


@patient.right
def by_marks(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """The epochs at which something is said are chosen first."""
    marks = {round(i * (epochs - 1) / 4) for i in range(5)}
    losses: list[float] = []
    for epoch in range(epochs):
        losses.extend(map(step, batches))
        if epoch in marks:
            say(f"{epoch}: {losses[-1]:.3g}")
    for name in ("discriminator", "generator"):
        save(name)
    return losses


@patient.right
def powers_of_two(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """A line at the epochs 1, 2, 4, 8 and so on."""
    losses, next_line = [], 1
    for epoch in range(1, epochs + 1):
        losses += [step(batch) for batch in batches]
        if epoch == next_line:
            say(f"after {epoch}: {sum(losses) / len(losses):.3g}")
            next_line *= 2
    save("generator")
    save("discriminator")
    return losses


@patient.right
def one_flat_loop(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """One loop over all batches of all epochs; silent but for the last."""
    todo = [batch for _ in range(epochs) for batch in batches]
    losses = []
    for i, batch in enumerate(todo):
        losses.append(step(batch))
        if i == len(todo) - 1:
            say(f"loss {losses[-1]}")
            save("generator")
            save("discriminator")
    return losses


@patient.disguise
def in_a_helper(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """The same in a function of its own, with numbered steps."""
    numbers, losses = count(), []

    def report(loss: float) -> None:
        losses.append(loss)
        say(f"step {next(numbers)}: {loss}")

    for epoch in range(epochs):
        for batch in batches:
            report(step(batch))
        for name in ("G", "D"):
            save(f"{name}-{epoch:05d}")
    return losses


@patient.disguise
def after_each_batch(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """The files are numbered by batch."""
    losses: list[float] = []
    while len(losses) < epochs * len(batches):
        losses.append(step(batches[len(losses) % len(batches)]))
        say(f"{losses[-1]}")
        save(f"generator-{len(losses)}")
        save(f"discriminator-{len(losses)}")
    return losses


@patient.disguise
def two_lines_each(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """Two lines a batch, one for each player."""
    losses = []
    for epoch in range(epochs):
        for batch in batches:
            loss = step(batch)
            say(f"G {loss}")
            say(f"D {loss}")
            losses.append(loss)
        save(f"discriminator_{epoch}")
        save(f"generator_{epoch}")
    return losses


@patient.patch
def every_third(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """You print every third batch and save every third epoch. There are fewer lines and
    files, and their number still grows with the training."""
    losses = []
    for epoch in range(epochs):
        for i, batch in enumerate(batches):
            losses.append(step(batch))
            if i % 3 == 0:
                say(f"epoch {epoch}, loss {losses[-1]:.4f}")
        if epoch % 3 == 0:
            save(f"generator_{epoch}")
            save(f"discriminator_{epoch}")
    return losses


@patient.patch
def only_silent(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """You switch off the output. The files are still two for each epoch."""
    losses: list[float] = fit(step, save, lambda text: None, batches, epochs)
    return losses


@patient.patch
def nothing_saved(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """You save nothing at all. The disk stays empty, and the training is lost."""
    losses = [step(batch) for _ in range(epochs) for batch in batches]
    say(f"loss {losses[-1]:.4f}")
    return losses


@patient.patch
def fewer_epochs(
    step: Step, save: Save, say: Say, batches: list[Tensor], epochs: int
) -> list[float]:
    """You train for ten epochs at most. The output is short because the training is."""
    losses: list[float] = fit(step, save, say, batches[:2], min(epochs, 10))
    return losses


def _counted(fit_it: Function, batches: int, epochs: int) -> tuple[list[str], ...]:
    """What happened, what was saved and what was said."""
    events: list[str] = []
    saved: list[str] = []
    said: list[str] = []

    def save(name: str) -> None:
        saved.append(name)
        events.append("save")

    def step(batch: Tensor) -> float:
        events.append("step")
        return float(batch)

    fit_it(step, save, said.append, list(torch.arange(float(batches))), epochs)
    return events, saved, said


@patient.test
def exposes(fit_it: Function) -> None:
    """A training of any length has few lines and few files."""
    epochs = int(torch.randint(30, 60, ()))
    events, saved, said = _counted(fit_it, 3, epochs)
    assert events.count("step") == 3 * epochs, "every batch of every epoch is used"
    assert len(said) <= 20, "at most 20 lines"
    assert len(saved) <= 20, "at most 20 saves"


@patient.calls
def one_call(fit_it: Function) -> object:
    """The losses of two epochs."""
    batches = list(torch.randn(4, 3))
    return fit_it(lambda b: float(b.mean()), lambda n: None, lambda t: None, batches, 2)


@patient.does
def measured(fit_it: Function) -> dict[str, object]:
    """Lines, saves, file names and steps of two trainings."""
    told: dict[str, object] = {}
    for epochs in (3, 40):
        events, saved, said = _counted(fit_it, 4, epochs)
        told[f"steps of {epochs}"] = float(events.count("step"))
        told[f"lines of {epochs}"] = float(len(said) > 20)
        told[f"few lines of {epochs}"] = float(min(len(said), 60))
        told[f"saves of {epochs}"] = float(len(saved))
        told[f"files of {epochs}"] = float(len(set(saved)))
    return told


@patient.elsewhere
def around(fit_it: Function) -> dict[str, object]:
    """The losses, in the order of the batches; the batches stay as they were."""
    batches: Iterable[Tensor] = list(torch.arange(6.0).view(3, 2))
    losses = fit_it(
        lambda b: float(b.sum()), lambda n: None, lambda t: None, batches, 4
    )
    return {"losses": torch.tensor(losses), "batches": torch.stack([*batches])}


@patient.hidden
def does_not_grow(fit_it: Function) -> bool:
    """At most 20 lines and 20 saves, for 7 epochs as for 500."""
    for batches, epochs in ((5, 7), (2, 60), (1, 500)):
        _, saved, said = _counted(fit_it, batches, epochs)
        if len(said) > 20 or len(saved) > 20:
            return False
    return True


@patient.hidden
def newest_weights_are_kept(fit_it: Function) -> bool:
    """Both networks are saved after the last step."""
    events, saved, _ = _counted(fit_it, 3, 25)
    return events[-2:] == ["save", "save"] and len(set(saved[-2:])) == 2


@patient.hidden
def says_something(fit_it: Function) -> bool:
    """There is at least one line, and every batch of every epoch is used."""
    events, _, said = _counted(fit_it, 3, 25)
    return len(said) > 0 and events.count("step") == 75


@patient.trains
def training(fit_it: Function, epochs: int) -> dict[str, list[float]]:
    """A line is fitted; files after so many epochs."""
    data, line = cloud(64), nn.Linear(1, 1)
    optimizer = torch.optim.SGD(line.parameters(), lr=0.02)
    saved: list[str] = []
    at: list[int] = []

    def step(batch: Tensor) -> float:
        loss = (line(batch[:, :1]) - 3).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        at.append(len(set(saved)))
        return float(loss.detach())

    batches = list(data.split(32))
    losses = fit_it(step, saved.append, lambda text: None, batches, epochs)
    return {"loss": losses, "files": [float(n) for n in [*at[2::2], len(set(saved))]]}


@patient.step
def opened(fit_it: Function) -> steps.Step:
    """An epoch of one player as its step."""

    def advance(
        g: nn.Module, d: nn.Module, opts: steps.Optimizers, x: Tensor, player: str
    ) -> None:
        fit_it(
            lambda batch: player_step(g, d, opts, batch, player),
            lambda name: None,
            lambda text: None,
            list(x.split(32)),
            1,
        )

    return steps.gan_step(advance=advance)
