"""How near the discriminator of a GAN on the line comes to the exact answer.

    python benchmarks/game_1d.py [--seeds 10] [--steps 3000]

The recipe is that of chapter 02, `gan.train_on_a_line`: both networks learn all the
time, G is a network whose density q is computed by change of variables. Recorded for
each seed: seconds, and at each of ten looks the mean of |D - p / (p + q)| where data
are dense, beside what a D that says 1/2 everywhere would get there. A seed has failed
when its last error is above 0.03 or it took more than 60 seconds.
"""

import json
import sys
import time
from typing import Any

import click
from records import record

from aigc_course import gan, theory
from aigc_course.gan import line

ERROR, SECONDS = 0.03, 60.0


def one_seed(seed: int, steps: int, looks: int) -> dict[str, Any]:
    """Play one game and return what was seen of it."""
    x = theory.grid(-6, 6, 1201)
    p = line.line_data(x)
    start = time.perf_counter()
    seen = gan.train_on_a_line(p, steps, seed=seed, looks=looks)
    seconds = time.perf_counter() - start
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "error": round(seen[-1].error, 4),
        "blank": round(seen[-1].blank, 4),
        "js": round(theory.jensen_shannon(p, seen[-1].q), 5),
        "failed": bool(seen[-1].error > ERROR or seconds > SECONDS),
        "errors": [round(look.error, 4) for look in seen],
        "blanks": [round(look.blank, 4) for look in seen],
    }


@click.command()
@click.option("--seeds", default=10)
@click.option("--first", default=0, help="The first seed.")
@click.option("--steps", default=3000)
@click.option("--looks", default=10)
def main(seeds: int, first: int, steps: int, looks: int) -> None:
    """Measure and write benchmarks/records/game_1d.json."""
    rows = []
    for seed in range(first, first + seeds):
        rows.append(one_seed(seed, steps, looks))
        print(json.dumps(rows[-1]), file=sys.stderr)
    figures = {
        "failed": sum(row["failed"] for row in rows),
        "greatest_error": max(row["error"] for row in rows),
        "greatest_error_at_any_look": max(max(row["errors"]) for row in rows),
        "least_blank": min(row["blank"] for row in rows),
        "greatest_seconds": max(row["seconds"] for row in rows),
        "seeds": rows,
    }
    record("game_1d", figures, steps=steps, looks=looks, seeds=seeds, first=first)


if __name__ == "__main__":
    main()
