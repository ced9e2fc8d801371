"""Together, apart: federated averaging over real processes, its attacks and defences.

    with federated.Federation(images, federated.split(labels)) as together:
        print(together.round())

`rules` joins updates, `masks` hides them from the server, `leak` takes pictures out of
gradients.
"""

from aigc_course.federated import leak, masks, rules, wire
from aigc_course.federated.federation import Federation, Round
from aigc_course.federated.homes import split
from aigc_course.federated.job import Job
from aigc_course.federated.leak import picture_from_gradient
from aigc_course.federated.masks import masked_update
from aigc_course.federated.rules import fed_average, fed_median, trimmed_mean

__all__ = [
    "Federation",
    "Job",
    "Round",
    "fed_average",
    "fed_median",
    "leak",
    "masked_update",
    "masks",
    "picture_from_gradient",
    "rules",
    "split",
    "trimmed_mean",
    "wire",
]
