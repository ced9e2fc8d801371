"""Other right answers to 20.checked_claims."""

from aigc_course.clinic.patients.claims import STATEMENTS
from aigc_course.exercises.ch20.checked_claims import ASKED
from tests.also_right import also_right


@also_right
def looked_up():
    return {s.id: (s.true, s.work) for s in STATEMENTS if s.id in ASKED}


@also_right
def in_lists():
    known = {s.id: s for s in STATEMENTS}
    return {name: [int(known[name].true) == 1, known[name].work] for name in ASKED}
