"""Files of one's own that hide a package: a torch.py beside a script hides torch."""

import sys
import sysconfig
from importlib.machinery import PathFinder
from pathlib import Path

# what the course imports, and names that learners like to give to files
NAMES = (
    *("torch", "torchvision", "numpy", "scipy", "sklearn", "skimage", "matplotlib"),
    *("PIL", "safetensors", "click", "tqdm", "psutil", "platformdirs", "requests"),
    *("random", "math", "json", "types", "typing", "copy", "statistics", "string"),
    *("struct", "code", "token", "queue", "signal", "time", "calendar", "select"),
)


def hiding() -> list[tuple[str, Path]]:
    """Pairs of a package's name and the file or folder that hides it.

    A package is hidden where Python would import it from elsewhere than where packages
    are installed, and an installed one of the same name stands behind it.
    """
    return [(name, path) for name in NAMES if (path := _hidden_by(name)) is not None]


def sentence() -> str:
    """What hides what and what to do, as one sentence, or "" where nothing does."""
    found = hiding()
    if not found:
        return ""
    name, path = found[0]
    return (
        f"{path} hides the package {name}: rename your own file, and delete"
        " __pycache__ beside it."
    )


def _hidden_by(name: str) -> Path | None:
    installed = [place for place in sys.path if _is_installed(place)]
    first = PathFinder.find_spec(name)
    origin = getattr(first, "origin", None)
    if origin is None or _is_installed(origin):
        return None
    if PathFinder.find_spec(name, installed) is None:
        return None
    path = Path(origin)
    return path.parent if path.name == "__init__.py" else path


def _is_installed(place: str) -> bool:
    """Whether a path lies where Python or its packages are installed."""
    path = Path(place or ".").absolute()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    homes = [Path(sysconfig.get_path(name)) for name in names]
    if any(path.is_relative_to(home) for home in homes):
        return True
    return bool({"site-packages", "dist-packages", "lib-dynload"} & {*path.parts})
