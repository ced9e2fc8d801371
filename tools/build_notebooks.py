"""Build notebooks/ and solutions/ from chapters/, or check that they are up to date.

    python tools/build_notebooks.py [CHAPTER...] [--student] [--solutions] [--check]
                                    [--fast] [--force]

Without options both kinds are built; a solution is executed again only where its code
changed. CHAPTER is a number (05), a file stem or a path; none means all.
"""

import argparse
import sys
from pathlib import Path

from nbbuild.build import (
    build_solution,
    build_student,
    differences,
    linted,
    orphans,
)
from nbbuild.project import ROOT, Project

from aigc_course.errors import CourseError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status, 1 when something is out of date."""
    options = _parser().parse_args(arguments)
    project = Project(options.root)
    try:
        paths = project.chosen(options.chapters)
        return _check(paths, project) if options.check else _build(paths, options)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER")
    parser.add_argument("--student", action="store_true", help="student notebooks only")
    parser.add_argument("--solutions", action="store_true", help="solutions only")
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    parser.add_argument("--fast", action="store_true", help="execute with AIGC_FAST=1")
    parser.add_argument(
        "--force", action="store_true", help="execute unchanged code too"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser


def _build(paths: list[Path], options: argparse.Namespace) -> int:
    project = Project(options.root)
    both = not (options.student or options.solutions)
    for path in paths:
        chapter = linted(path, project)
        done = []
        # the solution first: it measures the run card that both notebooks show
        if both or options.solutions:
            done.append(
                build_solution(chapter, project, fast=options.fast, force=options.force)
            )
        if both or options.student:
            done.append(build_student(chapter, project))
        print(f"{chapter.stem}: {', '.join(filter(None, done)) or 'up to date'}")
    return 0


def _check(paths: list[Path], project: Project) -> int:
    found: list[str] = []
    for path in paths:
        try:
            found += differences(linted(path, project), project)
        except CourseError as error:
            found.append(str(error))
    found += orphans(project)
    print("\n".join(found) or f"{len(paths)} chapters: notebooks are up to date")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
