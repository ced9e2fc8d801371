"""The buttons of the blind test, and the one place here that knows ipywidgets."""

from collections.abc import Callable
from typing import Any

from aigc_course import plots
from aigc_course.widgets import blind
from aigc_course.widgets.blind import GENERATED, REAL, Quiz


def page(asked: Quiz, given: str, save: Callable[[str], None]) -> Any:
    """A widget that asks from the first open image on; `save` gets all answers so far.

    Its buttons are a browser's own: Tab reaches them, Space and Enter press them, and
    the focus stays, so that one key answers again and again. Read without a kernel, it
    is the numbered sheet.
    """
    import ipywidgets

    class BlindTest(ipywidgets.VBox):
        def _repr_mimebundle_(self, **kwargs: Any) -> Any:
            found = super()._repr_mimebundle_(**kwargs)
            figure, description = blind.sheet(asked)
            extra = {"text/plain": f"Figure: {description}"}
            extra["image/png"] = plots.png_bytes(figure)  # type: ignore[assignment]
            return {**found, **extra}, {"image/png": {"alt": description}}

    said, shown = ipywidgets.HTML(), ipywidgets.HTML()
    buttons = {
        name: ipywidgets.Button(description=name, tooltip=tooltip)
        for name, tooltip in TOOLTIPS.items()
    }
    state = {"answers": given}

    def draw() -> None:
        answers, n = state["answers"], len(asked.truth)
        said.value, shown.value = words(asked, answers), image(asked, answers)
        for name in ("Real", "Generated"):
            buttons[name].disabled = len(answers) == n
        buttons["Back"].disabled = not answers

    def press(button: Any) -> None:
        state["answers"] = after(state["answers"], button.description, asked)
        save(state["answers"])
        draw()

    for button in buttons.values():
        button.on_click(press)
    draw()
    return BlindTest([said, shown, ipywidgets.HBox(list(buttons.values()))])


TOOLTIPS = {
    "Real": "This image was written by a person",
    "Generated": "This image was drawn by the generator",
    "Back": "Take the last answer back",
}


def after(answers: str, name: str, asked: Quiz) -> str:
    """The answers after a button is pressed."""
    if name == "Back":
        return answers[:-1]
    if len(answers) == len(asked.truth):
        return answers
    return answers + {"Real": REAL, "Generated": GENERATED}[name]


def words(asked: Quiz, answers: str) -> str:
    """The line above the image; screen readers say it when it changes."""
    n, done = len(asked.truth), len(answers)
    text = (
        f"All {n} answered. <code>print(widgets.blind_result())</code> says how many"
        " were right."
        if done == n
        else f"Image {done + 1} of {n}: real or generated?"
    )
    return f'<p role="status" aria-live="polite">{text}</p>'


def image(asked: Quiz, answers: str) -> str:
    """The next open image; nothing when all are answered."""
    if len(answers) == len(asked.truth):
        return ""
    place = len(answers)
    alt = f"Image {place + 1}: one handwritten digit, white on black"
    source = blind.picture(asked, place)
    return f'<img width="168" height="168" alt="{alt}" src="{source}">'
