"""Time and peak memory of the metrics, beside other ways to compute the same.

    python benchmarks/metrics.py [--runs 3] [--threads 2]

Each case runs in a process of its own, so that peak memory is its own; the time is the
median of the runs. Prints JSON. Cases that need MNIST are left out where it is not.
"""

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median
from typing import Any

import click
import psutil
import torch

from aigc_course import data, metrics
from aigc_course.errors import CourseError

N = 10_000


def normal(d: int, seed: int) -> torch.Tensor:
    """N(0, I) features, float32 [N, d]."""
    return torch.randn(N, d, generator=torch.Generator().manual_seed(seed))


def fid() -> Callable[[], Any]:
    a, b = normal(128, 0), normal(128, 1)
    return lambda: metrics.fid(a, b)


def fid_by_scipy_sqrtm() -> Callable[[], Any]:
    """The common way: a general matrix root."""
    import numpy as np
    from scipy.linalg import sqrtm

    a, b = normal(128, 0).double().numpy(), normal(128, 1).double().numpy()

    def run() -> float:
        s1, s2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
        difference = ((a.mean(0) - b.mean(0)) ** 2).sum()
        return float(difference + np.trace(s1 + s2 - 2 * sqrtm(s1 @ s2).real))

    return run


def kid() -> Callable[[], Any]:
    a, b = normal(128, 0), normal(128, 1)
    return lambda: metrics.kid(a, b)


def prdc() -> Callable[[], Any]:
    a, b = normal(128, 0), normal(128, 1)
    return lambda: metrics.prdc(a, b)


def prdc_1000_dimensions() -> Callable[[], Any]:
    a, b = normal(1_000, 0), normal(1_000, 1)
    return lambda: metrics.prdc(a, b)


def prdc_by_whole_matrices() -> Callable[[], Any]:
    """The common way: three distance matrices held at once, as scikit-learn gives."""
    import numpy as np
    from sklearn.metrics import pairwise_distances

    a, b = normal(128, 0).numpy(), normal(128, 1).numpy()

    def run() -> tuple[float, ...]:
        radii = [np.partition(pairwise_distances(x), 5, axis=1)[:, 5] for x in (a, b)]
        cross = pairwise_distances(a, b)
        in_real, in_fake = cross <= radii[0][:, None], cross <= radii[1]
        shares = in_real.any(0), in_fake.any(1), in_real.any(1)
        precision, recall, coverage = (float(share.mean()) for share in shares)
        return precision, recall, float(in_real.sum(0).mean() / 5), coverage

    return run


def features() -> Callable[[], Any]:
    images = torch.randint(256, (N, 28, 28), dtype=torch.uint8)
    metrics.extractor()
    return lambda: float(metrics.features(images).mean())


def report() -> Callable[[], Any]:
    """A whole report on 10,000 digits, reference already in memory."""
    images = data.load("mnist", "train").images[:N]
    return lambda: metrics.report(images, data="mnist").samples.fid


CASES = {
    case.__name__: case
    for case in (
        fid,
        fid_by_scipy_sqrtm,
        kid,
        prdc,
        prdc_by_whole_matrices,
        prdc_1000_dimensions,
        features,
        report,
    )
}


def measure(case: str, runs: int, threads: int) -> dict[str, Any]:
    """Seconds and memory of one case, in this process."""
    torch.set_num_threads(threads)
    run = CASES[case]()
    before, seconds, value = peak_mb(), [], None
    for _ in range(runs):
        started = time.perf_counter()
        value = run()
        seconds.append(time.perf_counter() - started)
    value = value if isinstance(value, float) else str(value)[:200]
    return {
        "seconds": round(median(seconds), 3),
        "all_seconds": [round(s, 3) for s in seconds],
        "peak_mb": round(peak_mb()),
        "peak_above_inputs_mb": round(peak_mb() - before),
        "value": value,
    }


def peak_mb() -> float:
    """Peak memory of this process so far."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, else KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def in_own_process(case: str, runs: int, threads: int) -> dict[str, Any]:
    """What `measure` gives, from a fresh Python."""
    command = [sys.executable, __file__, "--case", case]
    command += ["--runs", str(runs), "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@click.command()
@click.option("--runs", default=3, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option(
    "--case", type=click.Choice(list(CASES)), help="This one, in this process."
)
def main(runs: int, threads: int, case: str | None) -> None:
    """Measure every case and print JSON."""
    if case:
        try:
            click.echo(json.dumps(measure(case, runs, threads)))
        except CourseError as error:
            click.echo(json.dumps({"left_out": str(error)}))
        return
    record = {
        "n": N,
        "runs": runs,
        "threads": threads,
        "machine": f"{platform.machine()}, {psutil.cpu_count()} CPUs",
        "versions": {"python": platform.python_version(), "torch": version("torch")},
        "cases": {name: in_own_process(name, runs, threads) for name in CASES},
    }
    click.echo(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
