"""Write the teacher's kit to build/kit: guides, slides, quizzes, open questions.

python tools/make_kit.py                      every chapter that is ready
python tools/make_kit.py --scores scores.csv  with how often a class showed each mistake
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from kitbuild import guide  # noqa: E402
from kitbuild.chapter import without  # noqa: E402
from kitbuild.main import build  # noqa: E402

from aigc_course.errors import CourseError  # noqa: E402
from aigc_course.grading.sheets import read_csv  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Write the kit. Returns the exit status, 1 where a table lacks something."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    given = os.environ.get("SCORES")
    parser.add_argument("--scores", type=Path, default=Path(given) if given else None)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "kit")
    options = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        seen = guide.counted(read_csv(options.scores)) if options.scores else {}
        chapters = build(ROOT, options.out, seen)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    for number in without(ROOT):
        print(f"Chapter {number} has no kit: kit/questions/{number}.toml is missing.")
    took = time.monotonic() - start
    print(f"{len(chapters)} chapters in {took:.0f} s: {options.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
