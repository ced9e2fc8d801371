"""Rounds per second of the GAN lab, as its page sees them but without the page.

    python benchmarks/gan_lab.py [--seconds 5]

A round is one step of D and one of G. For each loss the desk answers ticks one after
another, each with a frame that is packed as for a browser; the page's own work is left
out. `pictures_per_second` is the number of such answers. What a browser makes of them
is measured by `make browser-test`. The lab works in one thread, however many torch is
given.
"""

import time
from dataclasses import asdict

import click

from aigc_course.gan.losses import GAMES
from aigc_course.widgets.arena import Arena, Settings
from aigc_course.widgets.replies import WORK, PlaneDesk

from records import record  # isort: skip


def measure(settings: Settings, seconds: float) -> dict[str, float]:
    """Rounds, answers and kilobytes a second of a lab that is never kept waiting."""
    desk = PlaneDesk(Arena(settings))
    for warm_up in range(5):
        desk.answer({"kind": "tick", "id": warm_up})
    before, answers, size, start = desk.game.duel.rounds, 0, 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        _, buffers = desk.answer({"kind": "tick", "id": answers})
        answers, size = answers + 1, size + sum(map(len, buffers))
    return {
        "rounds_per_second": round((desk.game.duel.rounds - before) / passed, 1),
        "pictures_per_second": round(answers / passed, 1),
        "kilobytes_per_second": round(size / passed / 1000, 1),
    }


@click.command()
@click.option("--seconds", default=5.0, help="Seconds for each measurement.")
def main(seconds: float) -> None:
    """Measure every loss and the widest nets; write benchmarks/records/gan_lab.json."""
    cases = {loss: Settings(loss=loss) for loss in GAMES}
    cases |= {"grid, width 128": Settings("grid", width=128)}
    figures = {name: measure(settings, seconds) for name, settings in cases.items()}
    record("gan_lab", figures, seconds=seconds, work=WORK, default=asdict(Settings()))


if __name__ == "__main__":
    main()
