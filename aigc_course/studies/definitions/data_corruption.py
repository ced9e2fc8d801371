"""What damage of the data does to a generator, and what cleaning gives back."""

from aigc_course.data import corrupt
from aigc_course.studies.shared import asked
from aigc_course.studies.shared.data_sets import REMEDIES, clean, damage, on_data
from aigc_course.studies.study import Study

SEVERITIES = (0.1, 0.25, 0.5, 0.9)
KINDS = tuple(name for name in corrupt.CORRUPTIONS if name != "few")


def study() -> Study:
    """Eight kinds of damage at four severities, and what cleaning gives back."""
    damaged = {f"{k}-{s:g}": damage(k, s) for k in KINDS for s in SEVERITIES}
    cleaned = {
        f"{kind}-{severity:g}-{name}": damage(kind, severity, name)
        for name, (kind, severities, _) in REMEDIES.items()
        for severity in severities
    }
    return on_data(
        "data-corruption",
        "What does damaged data do to a generator, and what does cleaning give back?",
        {"clean": clean(), **damaged, **cleaned},
        asked.COLUMNS[:2],
    )
