"""An endless supply of bugs: small slips in the course's own code, proved exposable.

    from aigc_course.clinic import mutants

    bug = mutants.make(17)      # the same number is the same bug
    print(bug.source)           # the sick function, without comments
    clinic.judge_test(bug.patient, my_test)

`operators` makes slips, `suite` holds the properties of the healthy code, `prove` says
whether a slip can be exposed, `rewrites` writes a function differently, and `number`
chooses.
"""

from aigc_course.clinic.mutants.number import Mutant, candidates, examined, make, sites
from aigc_course.clinic.mutants.operators import OPERATORS
from aigc_course.clinic.mutants.prove import SEEDS, Proof, prove
from aigc_course.clinic.mutants.targets import Target, targets

__all__ = [
    "OPERATORS",
    "SEEDS",
    "Mutant",
    "Proof",
    "Target",
    "candidates",
    "examined",
    "make",
    "prove",
    "sites",
    "targets",
]
