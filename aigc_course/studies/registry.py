"""The studies by name. A definition loads torch, so it is imported when asked for."""

from difflib import get_close_matches
from importlib import import_module

from aigc_course.errors import CourseError
from aigc_course.studies.study import Study

_HERE = "aigc_course.studies.definitions"
SOURCES = {  # module and the function that makes the study, as "module:function"
    "ring-8": f"{_HERE}.toys:ring_8",
    "grid-25": f"{_HERE}.toys:grid_25",
    "unbalanced-ring": f"{_HERE}.toys:unbalanced_ring",
    "saturating": f"{_HERE}.saturation:saturating",
    "lr-map": f"{_HERE}.rates:lr_map",
    "batch-norm": f"{_HERE}.batch_norm:batch_norm",
    "stacked-mnist": f"{_HERE}.stacked:stacked_mnist",
    "gallery": f"{_HERE}.gallery:gallery",
    "data-corruption": f"{_HERE}.data_sets:data_corruption",
    "data-variety": f"{_HERE}.data_sets:data_variety",
    "data-amount": f"{_HERE}.data_sets:data_amount",
    "data-imbalance": f"{_HERE}.imbalance:data_imbalance",
    "augmentation": f"{_HERE}.augmentation:study",
    "conditional": f"{_HERE}.conditional:conditional",
}


def names() -> list[str]:
    """The names of all studies."""
    return list(SOURCES)


def source(name: str) -> str:
    """Where the study is defined. Raises CourseError for an unknown name."""
    if name not in SOURCES:
        near = get_close_matches(str(name), SOURCES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise CourseError(
            f"There is no study {name!r}; there are {', '.join(SOURCES)}.{hint}"
        )
    return SOURCES[name]


def get(name: str) -> Study:
    """The study of this name. Raises CourseError for an unknown one."""
    return load(source(name))


def load(place: str) -> Study:
    """The study made by "module:function"."""
    module, _, function = place.partition(":")
    return getattr(import_module(module), function)()
