"""Run the course's benchmarks one after another and write their records.

    make bench                              # about three hours on two CPU cores
    python benchmarks/run.py throughput     # one of them

Wants a quiet machine: nothing else should run beside it.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
BENCHMARKS = {
    "throughput": ["throughput.py"],
    "speed-threads": ["speed_threads.py"],
    "demo": ["demo.py"],
    "loading": ["loading.py"],
    "metrics": ["metrics.py"],
    "grading": ["grading.py"],
    "game-1d": ["game_1d.py"],
    "gan-lab": ["gan_lab.py"],
    "apps-inpainting": ["apps_inpainting.py"],
    "apps-translation": ["apps_translation.py"],
    "apps-upscaling": ["apps_upscaling.py"],
    "conditional": ["conditional.py"],
    "fid-10": ["fid_over_time.py", "--seconds", "10"],
    "fid-60": ["fid_over_time.py", "--seconds", "60", "--seeds", "10"],
    "fid-reference-60": ["fid_over_time.py", "--preset", "reference"],
    "fid-300": ["fid_over_time.py", "--seconds", "300"],
    "vae-evidence": ["vae_evidence.py"],
    "vae-throughput": ["vae_throughput.py"],
    "serving": ["serving.py"],
}


def main(wanted: list[str]) -> int:
    """Run the named benchmarks, or all; return the number that failed."""
    if unknown := set(wanted) - set(BENCHMARKS):
        print(f"There is no {', '.join(unknown)}; choose from {', '.join(BENCHMARKS)}.")
        return 2
    failed = 0
    for name in wanted or BENCHMARKS:
        print(f"== {name}", flush=True)
        script, *options = BENCHMARKS[name]
        failed += bool(subprocess.call([sys.executable, HERE / script, *options]))
    figures = HERE.parent / "tools" / "benchmark_table.py"
    landing = HERE.parent / "tools" / "landing.py"
    return failed + sum(
        subprocess.call([sys.executable, f]) for f in (figures, landing)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
