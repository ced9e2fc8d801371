"""Run the course's benchmarks one after another and write their records.

    make bench                              # all; they take many hours
    python benchmarks/run.py throughput     # one of them

Wants a quiet machine: nothing else should run beside it. ELSEWHERE names those that
need a file which does not come with the course.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SEEDS = ("0", "1", "2")
CAPSTONE = ["--folder", "runs/capstone"]
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
    "shipping": ["shipping.py"],
    "together": ["together.py"],
    "clinic": ["clinic.py"],
    "responsible": ["responsible.py"],
    "watermark": ["watermark.py"],
    "detection": ["detection.py"],
    **{
        f"verse-{seed}": ["verse.py", "quatrains", "--seed", seed, "--steps", "2000"]
        for seed in SEEDS
    },
    "verse-rivals": ["verse.py", "rivals"],
    **{f"names-{seed}": ["verse.py", "names", "--seed", seed] for seed in SEEDS},
    "music-shipped": ["music.py", "shipped"],
    "music-contour": ["music.py", "contour"],
    "sound": ["sound.py"],
    "video": ["video.py"],
    **{f"levels-{seed}": ["levels.py", "--only", seed] for seed in SEEDS},
    "levels": ["levels.py"],
    "shapes": ["shapes.py"],
    "captions": ["captions.py"],
    "glyphs": ["glyphs.py"],
    "capstone-references": ["capstone.py", "references", *CAPSTONE],
    "capstone-agree": ["capstone.py", "agree", *CAPSTONE],
    "capstone-claims": ["capstone.py", "claims", *CAPSTONE],
    "capstone-cheats": ["capstone.py", "cheats", *CAPSTONE],
    "capstone-class": ["capstone.py", "class", *CAPSTONE],
}
# with what each has to be called besides
ELSEWHERE = {
    "tiny_shakespeare.py": "TEXT",
    "music.py likelihood": "JSB16",
    "verse.py regulated": "ARCHIVE",
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
