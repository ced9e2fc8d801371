"""What damage and cleaning do to the variety of what is generated."""

from aigc_course.studies.shared import asked
from aigc_course.studies.shared.data_sets import clean, damage, on_data
from aigc_course.studies.study import Study


def study() -> Study:
    """Precision, recall and coverage where the other columns do not tell enough."""
    return on_data(
        "data-variety",
        "What do damage and cleaning do to the variety of what is generated?",
        {
            "clean": clean(),
            "label_errors-0.5": damage("label_errors", 0.5),
            "contamination-0.5": damage("contamination", 0.5),
            **{f"duplicates-{s:g}": damage("duplicates", s) for s in (0.5, 0.9)},
            **{
                f"duplicates-{s:g}-unique": damage("duplicates", s, "unique")
                for s in (0.5, 0.9)
            },
        },
        asked.COLUMNS,
    )
