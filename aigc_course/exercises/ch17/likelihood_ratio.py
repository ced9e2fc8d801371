"""Exercise on the membership attack that asks: which of two groups explains this?"""

import torch
from torch import Tensor

from aigc_course.checks.compare import same
from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "17.likelihood_ratio",
    order=30,
    title="Member or not?",
    difficulty=3,
    minutes=18,
    asks="formula",
    idea="Each picture has two groups of shadow models: those that saw it and"
    " those that did not. Fit a normal distribution to the scores of each"
    " group.",
    formula="(17.7). The two means belong to each picture, along axis 0. The two"
    " variances are means over all pictures and models of a group of (score - mean)^2.",
    line="Write `def log_normal(group):\n        w = group.to(scores)\n"
    "        mean = (w * scores).sum(0) / w.sum(0)\n        var = (w *"
    " (scores - mean) ** 2).sum() / w.sum()\n        return -0.5 * ((score"
    " - mean) ** 2 / var + var.log())`, then `return log_normal(member) -"
    " log_normal(~member)`.",
    variation="Use a variance for each picture, and compare the attacks for 8 and for"
    " 32 shadow models.",
)


@exercise.answer
def likelihood_ratio(score: Tensor, scores: Tensor, member: Tensor) -> Tensor:
    """The logarithm of the likelihood ratio for "was in the training set", [N].

    score: [N], what the attacked model gives each picture. scores: [S, N], what S
    shadow models give it. member: [S, N], True where that model was trained on that
    picture. Means belong to a picture, the two variances to all pictures together: mean
    squared deviations from the pictures' means. Carlini et al. 2022, section V.
    """
    found = []
    for group in (member, ~member):
        w = group.to(scores)
        mean = (w * scores).sum(0) / w.sum(0)  # [N]
        var = (w * (scores - mean).square()).sum() / w.sum()
        found.append(-0.5 * ((score - mean).square() / var + var.log()))
    return found[0] - found[1]


Case = tuple[Tensor, Tensor, Tensor]


def case(models: int, pictures: int) -> Case:
    """Scores that are higher and vary less for members; each picture differs."""
    order = torch.rand(models, pictures).argsort(0)
    member = order < models // 2
    easy = 3 * torch.randn(pictures)
    noise = (0.5 + torch.rand(pictures)) * torch.randn(models, pictures)
    scores = torch.where(member, easy + 2 + 0.5 * noise, easy + noise)
    score = easy + 3 * torch.rand(pictures)
    return score.double(), scores.double(), member


@exercise.inputs
def attacks() -> list[Case]:
    return [case(16, 12), case(8, 5), case(9, 6)]


@exercise.must_hold
def equal_groups_say_nothing(f) -> bool:
    """Where members and others have equal scores, the ratio is 0."""
    half = torch.randn(4, 5).double()
    member = torch.arange(8)[:, None].expand(8, 5) < 4
    found = f(torch.randn(5).double(), torch.cat([half, half]), member)
    return bool(torch.as_tensor(found).double().abs().max() < 1e-6)


@exercise.must_hold
def the_level_does_not_matter(f) -> bool:
    """Adding a number to all scores of a picture leaves its ratio as it is."""
    score, scores, member = case(8, 5)
    shift = torch.arange(5).double()
    one = torch.as_tensor(f(score, scores, member)).double()
    two = torch.as_tensor(f(score + shift, scores + shift, member)).double()
    return same(one, two, 1e-3)


def _normal(score: Tensor, mean: Tensor, var: Tensor) -> Tensor:
    return -0.5 * ((score - mean).square() / var + var.log())


def _fits(scores: Tensor, member: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Mean [N] and variance of those that saw the pictures, and of the others."""
    fits = []
    for group in (member, ~member):
        w = group.to(scores)
        mean = (w * scores).sum(0) / w.sum(0)
        fits.append((mean, (w * (scores - mean).square()).sum() / w.sum()))
    return fits


@exercise.mistake(hint="idea")
def score_alone(score, scores, member):
    """You return the score of the attacked model. An easy picture has a high score in
    every model: compare with the shadow models."""
    return score.clone()


@exercise.mistake(hint="idea")
def against_all_models(score, scores, member):
    """You compare with all shadow models together. Those that saw the picture and those
    that did not have to be told apart."""
    return (score - scores.mean(0)) / scores.std(0, correction=0)


@exercise.mistake(hint="idea")
def only_models_without_it(score, scores, member):
    """You only ask how unusual the score is for models without the picture. The ratio
    also asks how usual it is for models with it."""
    mean, var = _fits(scores, member)[1]
    return (score - mean) / var.sqrt()


@exercise.mistake(hint="idea")
def difference_of_distances(score, scores, member):
    """You compare the distances to the two means and use no variance. A distance of 1
    means much where the scores vary little."""
    (inside, _), (outside, _) = _fits(scores, member)
    return (score - outside).abs() - (score - inside).abs()


@exercise.mistake(hint="formula")
def no_log_of_the_variance(score, scores, member):
    """You leave out the logarithms of the variances. The two densities have different
    heights unless their variances are equal."""
    (a, u), (b, v) = _fits(scores, member)
    return -0.5 * (score - a).square() / u + 0.5 * (score - b).square() / v


@exercise.mistake(hint="formula")
def upside_down(score, scores, member):
    """Your ratio is upside down: members get low values. Members stand above."""
    inside, outside = _fits(scores, member)
    return _normal(score, *outside) - _normal(score, *inside)


@exercise.mistake(hint="formula")
def ratio_not_its_log(score, scores, member):
    """You return the ratio itself. Its logarithm is asked for: a ratio overflows for
    scores far from one of the groups."""
    inside, outside = _fits(scores, member)
    return (_normal(score, *inside) - _normal(score, *outside)).exp()


@exercise.mistake(hint="formula")
def a_variance_for_each_picture(score, scores, member):
    """You use a variance for each picture. A few models give a very unreliable one;
    this exercise asks for one variance of each group, over all pictures."""
    found = []
    for group in (member, ~member):
        w = group.to(scores)
        mean = (w * scores).sum(0) / w.sum(0)
        var = (w * (scores - mean).square()).sum(0) / w.sum(0)
        found.append(_normal(score, mean, var))
    return found[0] - found[1]


@exercise.mistake(hint="idea")
def one_mean_for_all_pictures(score, scores, member):
    """You put the scores of all pictures into one distribution. Then easy pictures look
    like members: each picture needs means of its own, along axis 0."""
    inside, outside = scores[member], scores[~member]
    first = _normal(score, inside.mean(), inside.var(correction=0))
    return first - _normal(score, outside.mean(), outside.var(correction=0))


@exercise.mistake(hint="formula")
def spread_around_the_common_mean(score, scores, member):
    """Your variances are around the mean of all pictures. How much the pictures differ
    from each other is then counted as spread: subtract each picture's own mean
    first."""
    (a, _), (b, _) = _fits(scores, member)
    inside, outside = scores[member], scores[~member]
    first = _normal(score, a, inside.var(correction=0))
    return first - _normal(score, b, outside.var(correction=0))


@exercise.mistake(hint="formula")
def deviation_for_variance(score, scores, member):
    """You put the standard deviation where the variance belongs."""
    (a, u), (b, v) = _fits(scores, member)
    return _normal(score, a, u.sqrt()) - _normal(score, b, v.sqrt())


@exercise.mistake(hint="formula")
def one_variance_for_both(score, scores, member):
    """You use one variance for both groups. Scores of pictures that were seen vary
    less, and the attack uses that."""
    (a, _), (b, _) = _fits(scores, member)
    var = (scores - torch.where(member, a, b)).square().mean()
    return _normal(score, a, var) - _normal(score, b, var)


@exercise.mistake(hint="formula")
def reshaped_after_indexing(score, scores, member):
    """You index with `member` and reshape to one column for each picture. The chosen
    scores stand in the order of the models, so columns mix pictures: sum with weights
    along axis 0."""
    found = []
    for group in (member, ~member):
        mine = scores[group]
        mine = mine[: len(mine) // len(score) * len(score)].view(-1, len(score))
        mean = mine.mean(0)
        found.append(_normal(score, mean, (mine - mean).square().mean()))
    return found[0] - found[1]


@exercise.mistake(hint="formula")
def one_less_in_the_denominator(score, scores, member):
    """You divide the squares by their number less 1, as `torch.var` does. The exercise
    asks for their mean: divide by their number."""
    found = []
    for group in (member, ~member):
        w = group.to(scores)
        mean = (w * scores).sum(0) / w.sum(0)
        found.append(_normal(score, mean, (scores - mean)[group].var()))
    return found[0] - found[1]


@exercise.mistake(hint="formula")
def one_less_for_each_picture(score, scores, member):
    """Your variances are unbiased: each picture's mean costs one in the denominator.
    The exercise asks for the mean of the squares: divide by their number."""
    found = []
    for group in (member, ~member):
        w = group.to(scores)
        mean = (w * scores).sum(0) / w.sum(0)
        squares = (w * (scores - mean).square()).sum()
        found.append(_normal(score, mean, squares / (w.sum() - len(score))))
    return found[0] - found[1]


@exercise.mistake(hint="formula")
def half_left_out(score, scores, member):
    """You leave out the half before (s - mean)^2 / variance, which the exponent of the
    normal distribution has."""
    found = []
    for mean, var in _fits(scores, member):
        found.append(-(score - mean).square() / var - 0.5 * var.log())
    return found[0] - found[1]
