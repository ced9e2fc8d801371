"""`aigc serve` and `aigc load`."""

import click

from aigc_course.commands.common import AMOUNT
from aigc_course.errors import CourseError

MOST_RATE, MOST_SECONDS = 20_000, 600


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--batch", type=int, default=64, show_default=True, help="Pictures.")
@click.option("--queue", type=int, default=48, show_default=True, help="Requests.")
@click.option(
    "--deadline", type=AMOUNT, default=0.5, show_default=True, help="Seconds."
)
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--unbatched", is_flag=True, help="Draw each picture by itself.")
@click.option(
    "--everywhere", is_flag=True, help="Answer other machines too, not this one alone."
)
def serve(
    run: str,
    port: int,
    batch: int,
    queue: int,
    deadline: float,
    threads: int,
    unbatched: bool,
    everywhere: bool,
) -> None:
    """Serve RUN on this machine until it is stopped: POST /sample, GET /health.

    RUN is a run folder, the name of a shipped model, a release or an ONNX file. Asked
    for by JSON, for example: {"n": 1, "seed": 7}. With over QUEUE requests under way
    a further one is answered 503.
    """
    from aigc_course.release.batching import Limits
    from aigc_course.release.server import serve as run_server

    limits = Limits(batch, queue, deadline)
    host = "0.0.0.0" if everywhere else "127.0.0.1"
    settings = {"threads": threads, "batched": not unbatched, "host": host}
    click.echo(run_server(run, port, limits, **settings))  # type: ignore[arg-type]


@click.command()
@click.argument("url")
@click.option("--rate", type=AMOUNT, help="Requests a second, whatever comes back.")
@click.option("--clients", type=click.IntRange(1, 512), help="Each waits for answers.")
@click.option("--seconds", type=AMOUNT, default=10.0, show_default=True)
@click.option("--n", type=click.IntRange(1, 1024), default=1, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the gaps.")
def load(
    url: str, rate: float | None, clients: int | None, seconds: float, n: int, seed: int
) -> None:
    """Send requests to a server on this machine, and say how it bore them.

    By --rate they come at set times, as from strangers (an open loop; this is what a
    server must bear). By --clients each waits for its answer first (a closed loop).
    """
    from aigc_course.release import load as loads

    if (rate is None) == (clients is None):
        raise CourseError("Give either --rate or --clients.")
    if not 0 < seconds <= MOST_SECONDS:
        raise CourseError(f"--seconds is above 0 and at most {MOST_SECONDS}.")
    if rate is not None and not 0 < rate <= MOST_RATE:
        raise CourseError(f"--rate is above 0 and at most {MOST_RATE:,} a second.")
    if rate is not None:
        found = loads.open_loop(url, rate, seconds, n, seed)
    else:
        found = loads.closed_loop(url, clients or 1, seconds, n)
    click.echo(found.sentence())
