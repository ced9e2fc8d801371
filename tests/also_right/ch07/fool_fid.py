"""Other right answers to 07.fool_fid."""

import torch
from torch import Tensor

from aigc_course.exercises.ch07.fool_fid import Clouds
from aigc_course.exercises.ch07.frechet import root
from tests.also_right import also_right


@also_right
def by_symmetric_roots(real: Tensor, start: Tensor) -> Clouds:
    white = (start - start.mean(0)) @ root(torch.cov(start.T)).inverse()
    hollow = white @ root(torch.cov(real.T)) + real.mean(0)
    side = (real - real.mean(0)) @ torch.linalg.eigh(torch.cov(real.T)).eigenvectors
    return hollow, real[side[:, -1] > 0]
