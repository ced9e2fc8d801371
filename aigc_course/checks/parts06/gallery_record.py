"""Measures what the gallery's known repairs lead to: run it when a case has changed.

    python -m aigc_course.checks.parts06.gallery_record          # all that is missing
    python -m aigc_course.checks.parts06.gallery_record D H      # these cases anew

It takes two to five seconds for each of some hundred and fifty trainings.
"""

import sys

from aigc_course.checks.exercise import Exercise
from aigc_course.checks.parts06.gallery import EXERCISES
from aigc_course.checks.parts06.gallery_judge import answer
from aigc_course.checks.parts06.gallery_often import OFTEN
from aigc_course.gallery import known
from aigc_course.gallery.cases import CASES
from aigc_course.gallery.vocabulary import changed


def repairs(letter: str, exercise: Exercise) -> list[dict]:
    """The changes of all answers to an exercise and those often tried, each once."""
    case = CASES[letter]
    wrong = [known.wrong for known in exercise.misconceptions]
    answers = [exercise.reference, *exercise.alternatives, *wrong]
    found = [changed(case.settings, answer(case, one)[1]) for one in answers]
    found += OFTEN[letter]
    return list({known.name(one): one for one in found}.values())


def main(letters: list[str]) -> None:
    """Measure what is missing, or these cases anew, and say what was cured."""
    for letter, exercise in zip(CASES, EXERCISES, strict=True):
        if letters and letter not in letters:
            continue
        case = CASES[letter]
        for one in repairs(letter, exercise):
            found = known.measure(case, one, anew=bool(letters))
            said = " ".join(case.complaints(found)) or "cured"
            print(f"{letter} {known.name(one)}: {said}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
