"""Imported once by the process that clients are forked from: what all of them need.

torch imports a good part of itself when the first optimiser is made, which takes longer
than all else that a client does before its first step.
"""

from aigc_course.federated.job import Job

Job(hidden=(1,), latent=1).build()
