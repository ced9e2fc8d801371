"""Measures what the gallery's known repairs lead to: run it when a case has changed.

    python -m aigc_course.failures.remember          # all that is missing
    python -m aigc_course.failures.remember D H      # these cases anew

It takes two to five seconds for each of some hundred and fifty trainings.
"""

import sys
from collections.abc import Sequence
from typing import Any

from aigc_course.checks import registry
from aigc_course.failures import known
from aigc_course.failures.cases import CASES
from aigc_course.failures.repairs import Repair, answer
from aigc_course.failures.vocabulary import changed


def repairs(letter: str, others: Sequence[Repair] = ()) -> list[dict[str, Any]]:
    """The changes of a case that answers make, and those often tried, each once.

    The answers are the exercise's reference and its mistakes, and `others`.
    """
    case, exercise = CASES[letter], registry.get(f"06.repair_{letter.lower()}")
    wrong = [known.wrong for known in exercise.misconceptions]
    answers = [exercise.reference, *wrong, *others]
    found = [changed(case.settings, answer(case, one)[1]) for one in answers]
    found += map(dict, case.often)
    return list({known.name(one): one for one in found}.values())


def main(letters: list[str]) -> None:
    """Measure what is missing, or these cases anew, and say what was cured."""
    for letter, case in CASES.items():
        if letters and letter not in letters:
            continue
        for one in repairs(letter):
            found = known.measure(case, one, anew=bool(letters))
            said = " ".join(case.complaints(found)) or "cured"
            print(f"{letter} {known.name(one)}: {said}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
