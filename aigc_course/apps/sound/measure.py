"""How good a model of sound is: bits a sample, and the pitch that was asked for."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from aigc_course.apps.sound import mixture, pitch
from aigc_course.apps.sound.instruments import NOISE, Notes
from aigc_course.apps.sound.past import Past
from aigc_course.apps.sound.predictor import Predictor
from aigc_course.errors import CourseError

ATTACK = 1000  # samples, 1/8 s: the pitch is measured after them

# the entropy of normal noise, (1/2) log2(2 pi e sigma^2): no coder needs less
FLOOR = 0.5 * math.log2(2 * math.pi * math.e * NOISE**2)


def predictor_bits(predictor: Predictor, notes: Notes) -> NDArray[np.float64]:
    """-log2 P of every sample, [n, length], the predictor going through the notes."""
    n, length = notes.waves.shape
    past, found = Past(notes.pitches, length, notes.kinds), np.zeros((n, length))
    predictor.start(past)
    for t in range(length):
        x = notes.waves[:, t].astype(float)
        guess = predictor.guess(t, past)
        found[:, t] = mixture.bits(torch.from_numpy(x), *guess).numpy()
        predictor.learn(x)
        past.put(t, x)
    return found


def pitch_errors(waves: NDArray[np.int16], pitches: list[float]) -> NDArray[np.float64]:
    """Cents between what is heard after the attack and what was asked for, [n].

    Infinite for a note in which no pitch is found.
    """
    found = []
    for wave, asked in zip(waves, pitches, strict=True):
        try:
            heard = pitch.estimate(wave[ATTACK:])
            found.append(pitch.cents(heard, asked))
        except CourseError:
            found.append(math.inf)
    return np.array(found)
