"""What of the extra `deploy` is installed, and the sentence where it is not."""

from importlib.util import find_spec

from aigc_course.errors import CourseError

COMMAND = 'pip install "aigc-course[deploy]"'


def installed(*names: str) -> bool:
    """Whether all these packages can be imported; they are not imported for it."""
    return all(find_spec(name) is not None for name in names)


def needs(*names: str) -> None:
    """CourseError, with the command that helps, unless all these are installed."""
    missing = [name for name in names if not installed(name)]
    if missing:
        raise CourseError(
            f"This needs {' and '.join(missing)}, which the extra `deploy` installs:"
            f" {COMMAND}"
        )
