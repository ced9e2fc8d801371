"""Exercise on the direction in which a hidden pattern is found best."""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.whitened_key",
    order=40,
    title="Listen where pictures are quiet",
    difficulty=4,
    minutes=25,
    asks="derive",
    idea="The mark moves the score w.x by w.k, and pictures make it vary by w' C w."
    " Make the first as large as possible while the second is 1. Where pictures vary"
    " little, w should be large.",
    formula="Setting the gradient of w.k - (lambda / 2) w' C w to zero gives w"
    " proportional to C^-1 k. Variance 1 fixes the factor: divide by sqrt(k' C^-1 k).",
    line="Write `C = torch.cov(pictures.T) + ridge * torch.eye(len(key))`, then `w ="
    " torch.linalg.solve(C, key)`, then `return w / (key @ w).sqrt()`.",
    variation="Compute how far a mark of a tenth of the key moves the score, and"
    " compare with w = k.",
    tolerance=0.01,
)


@exercise.answer
def whitened_key(pictures: Tensor, key: Tensor, ridge: float) -> Tensor:
    """The weights [D] whose score separates marked pictures best.

    pictures: unmarked, [N, D]. key: the hidden pattern, [D]. C is the covariance of the
    pictures, with `ridge` added on its diagonal. Among all w with w' C w = 1 the answer
    has the largest w.k.
    """
    covariance = torch.cov(pictures.T) + ridge * torch.eye(len(key), dtype=key.dtype)
    w = torch.linalg.solve(covariance, key)
    return w / (key @ w).sqrt()


def drawn(n: int, d: int, seed: int) -> Tensor:
    """Pictures [n, d] whose pixels depend on each other; the last one is constant."""
    chance = torch.Generator().manual_seed(seed)
    mix = torch.eye(d) + 0.6 * torch.randn(d, d, generator=chance) / d**0.5
    scale = torch.linspace(0.2, 1.5, d)
    pictures = torch.randn(n, d, generator=chance) @ mix * scale + 0.8
    pictures[:, -1] = -1.0
    return pictures


def pattern(d: int, seed: int) -> Tensor:
    """A key of +1 and -1."""
    chance = torch.Generator().manual_seed(seed)
    return 2.0 * torch.randint(0, 2, (d,), generator=chance) - 1.0


@exercise.inputs
def owners() -> list[tuple[Tensor, Tensor, float]]:
    return [
        (drawn(600, 8, 1), pattern(8, 2), 0.05),
        (drawn(900, 16, 3), pattern(16, 4), 0.02),
        (drawn(600, 5, 5), 0.3 * pattern(5, 6), 0.5),
    ]


@exercise.must_hold
def the_score_has_variance_one(f) -> bool:
    """w' C w = 1, whatever the size of the key."""
    pictures, key, ridge = drawn(600, 8, 7), 4.0 * pattern(8, 8), 0.1
    w = torch.as_tensor(f(pictures, key, ridge)).float()
    C = torch.cov(pictures.T) + ridge * torch.eye(8)
    return same(w @ C @ w, torch.tensor(1.0), 0.01)


@exercise.must_hold
def no_other_direction_is_better(f) -> bool:
    """No direction with w' C w = 1 gives a larger w.k."""
    pictures, key, ridge = drawn(600, 8, 9), pattern(8, 10), 0.1
    w = torch.as_tensor(f(pictures, key, ridge)).float()
    C = torch.cov(pictures.T) + ridge * torch.eye(8)
    others = w + 0.1 * torch.randn(200, 8)
    others = others / ((others @ C) * others).sum(1).sqrt()[:, None]
    return bool((others @ key).max() <= 1.001 * (w @ key))


def _covariance(pictures, ridge) -> Tensor:
    return torch.cov(pictures.T) + ridge * torch.eye(pictures.shape[1])


@exercise.mistake(hint="idea")
def the_key_itself(pictures, key, ridge):
    """You use the key as the weights. The score is then mostly what is drawn: weight
    each direction by how little pictures vary there."""
    return key / (key @ _covariance(pictures, ridge) @ key).sqrt()


@exercise.mistake(hint="formula")
def not_scaled(pictures, key, ridge):
    """Your direction is right, and the variance of its score is not 1: divide by
    sqrt(k' C^-1 k)."""
    return torch.linalg.solve(_covariance(pictures, ridge), key)


@exercise.mistake(hint="formula")
def divided_by_the_variance(pictures, key, ridge):
    """You divide by k' C^-1 k. Its root is needed: the score's deviation, and not its
    variance."""
    w = torch.linalg.solve(_covariance(pictures, ridge), key)
    return w / (key @ w)


@exercise.mistake(hint="formula")
def unit_length(pictures, key, ridge):
    """You give w the length 1. The score has variance 1 if w' C w = 1."""
    w = torch.linalg.solve(_covariance(pictures, ridge), key)
    return w / w.norm()


@exercise.mistake(hint="formula")
def scaled_without_the_ridge(pictures, key, ridge):
    """You solve with the ridge, and scale with the covariance without it. C contains
    the ridge in w' C w = 1, too."""
    w = torch.linalg.solve(_covariance(pictures, ridge), key)
    return w / (w @ torch.cov(pictures.T) @ w).sqrt()


@exercise.mistake(hint="formula")
def half_whitened(pictures, key, ridge):
    """You multiply by C^-1/2. That whitens the pictures. The key has to be whitened
    too, so together it is C^-1."""
    values, vectors = torch.linalg.eigh(_covariance(pictures, ridge))
    return vectors @ ((vectors.T @ key) / values.sqrt()) / key.norm()


@exercise.mistake(hint="formula")
def not_inverted(pictures, key, ridge):
    """You multiply by C. That listens where pictures vary most: multiply by its
    inverse."""
    w = _covariance(pictures, ridge) @ key
    return w / (w @ _covariance(pictures, ridge) @ w).sqrt()


@exercise.mistake(hint="formula")
def not_centred(pictures, key, ridge):
    """You use the mean of x x', in which the mean picture counts as variation. Subtract
    the mean first."""
    C = pictures.T @ pictures / len(pictures) + ridge * torch.eye(len(key))
    w = torch.linalg.solve(C, key)
    return w / (key @ w).sqrt()


@exercise.mistake(hint="idea")
def pixel_by_pixel(pictures, key, ridge):
    """You divide each pixel by its variance only. Pixels depend on each other: use the
    whole covariance."""
    w = key / (pictures.var(0) + ridge)
    return w / (w @ _covariance(pictures, ridge) @ w).sqrt()


@exercise.mistake(hint="formula")
def sum_for_mean(pictures, key, ridge):
    """You sum the products over the pictures without dividing by their number. The
    covariance is a mean."""
    x = pictures - pictures.mean(0)
    w = torch.linalg.solve(x.T @ x + ridge * torch.eye(len(key)), key)
    return w / (key @ w).sqrt()


@exercise.mistake(hint="formula")
def ridge_forgotten(pictures, key, ridge):
    """You leave out the ridge. A pixel that never changes then gets an enormous weight,
    or the equations have no solution."""
    tiny = 1e-6 * torch.eye(len(key))
    w = torch.linalg.solve(torch.cov(pictures.T) + tiny, key)
    return w / (key @ w).sqrt()


@exercise.mistake(hint="formula")
def ridge_squared(pictures, key, ridge):
    """You add the square of the ridge. It is added to the variances as it is."""
    return whitened_key(pictures, key, ridge**2)


@exercise.mistake(hint="formula")
def covariance_of_the_pictures_as_variables(pictures, key, ridge):
    """Your covariance is that of the correlation of pixels: you divided each pixel by
    its deviation first. The mark is added to the pixels as they are."""
    scaled = (pictures - pictures.mean(0)) / pictures.std(0).clamp(min=1e-3)
    w = torch.linalg.solve(torch.cov(scaled.T) + ridge * torch.eye(len(key)), key)
    return w / (key @ w).sqrt()
