"""Two-sample test: honest under equality, awake to differences, as elsewhere."""

import pytest
import torch
from scipy.stats import hypergeom, kstest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from aigc_course import data, metrics
from aigc_course.errors import CourseError
from aigc_course.metrics import two_sample
from aigc_course.metrics.two_sample import _fisher, _logistic, _neighbour


def normal(n, d=4, seed=0, shift=0.0, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    return shift + scale * torch.randn(n, d, generator=generator)


@pytest.mark.parametrize("classifier", ["logistic", "neighbour"])
def test_under_equality_p_is_no_smaller_than_uniform(classifier):
    runs = [
        two_sample(normal(60, seed=2 * s), normal(60, seed=2 * s + 1), classifier)
        for s in range(120)
    ]
    p = [run.p_value for run in runs]
    # p of a count is a little larger than uniform; only too small would be dishonest
    assert kstest(p, "uniform", alternative="greater").pvalue > 1e-3
    assert sum(x < 0.05 for x in p) <= 15  # 6 expected, sd 2.4
    mean = sum(run.accuracy for run in runs) / len(runs)
    assert mean == pytest.approx(0.5, abs=5 * 0.5 / (60 * 120) ** 0.5)


@pytest.mark.parametrize("classifier", ["logistic", "neighbour"])
def test_random_parts_of_one_split_have_uniform_p_values(classifier):
    digits = mnist_test()
    found = metrics.features(digits.images)
    runs = []
    for seed in range(20):
        order = torch.randperm(
            len(found), generator=torch.Generator().manual_seed(seed)
        )
        a, b = found[order[:1_000]], found[order[1_000:2_000]]
        runs.append(two_sample(a, b, classifier, seed=seed).p_value)
    assert kstest(runs, "uniform").pvalue > 0.01


def test_a_block_of_the_file_is_told_from_a_random_part():
    # the files are sorted by writer: why real sets are drawn at random
    found = metrics.features(mnist_test().images)
    order = torch.randperm(5_000, generator=torch.Generator().manual_seed(0))
    block, other = found[:2_000], found[5_000 + order[:2_000]]
    assert two_sample(block, other).p_value < 1e-6


def mnist_test():
    try:
        return data.load("mnist", "test")
    except CourseError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("classifier", ["logistic", "neighbour"])
def test_a_shift_is_seen(classifier):
    found = two_sample(normal(500), normal(500, seed=1, shift=0.5), classifier)
    # the best possible accuracy is Phi(|shift| / 2) with |shift| = 0.5 sqrt(4) = 1
    assert found.accuracy == pytest.approx(0.691, abs=0.06)
    assert found.p_value < 1e-6 and found.n == 500


def test_a_plane_cannot_see_what_neighbours_see():
    a, b = normal(600), normal(600, seed=1, scale=0.4)  # one mean, another spread
    assert two_sample(a, b).accuracy < 0.58
    assert two_sample(a, b, "neighbour").accuracy > 0.7


def test_far_apart_is_told_apart_always():
    for classifier in ("logistic", "neighbour"):
        found = two_sample(normal(40), normal(40, seed=1, shift=50.0), classifier)
        assert found.accuracy == 1
        assert found.p_value == pytest.approx(1 / 137_846_528_820)  # C(40, 20)


def test_the_larger_set_is_cut():
    few, many = normal(50), normal(900, seed=1)
    assert two_sample(few, many).n == two_sample(many, few).n == 50
    # otherwise always saying "many" would be right in 95 %
    assert two_sample(few, many).accuracy < 0.8


def test_the_p_value_is_fishers():
    for x, k, n in [(30, 50, 100), (0, 0, 20), (10, 10, 20), (3, 15, 20), (26, 51, 98)]:
        exact = hypergeom.sf(x - 1, n, n // 2, k)
        assert _fisher(x, k, n) == pytest.approx(float(exact), rel=1e-9)


def test_for_many_samples_it_is_the_papers_normal_one():
    # accuracy ~ N(1/2, 1/(4 n)): z = 2 for 52 % of 2,500 right, half of them from a
    p = _fisher(650, 1_250, 2_500)
    assert p == pytest.approx(
        0.5 * float(torch.erfc(torch.tensor(2 / 2**0.5))), rel=0.1
    )


def test_scikit_learn_draws_the_same_plane():
    a, b, judged = normal(80), normal(80, seed=1, shift=0.3), normal(400, seed=2)
    both = torch.cat([a, b]).double()
    mean, scale = both.mean(0), both.std(0)
    theirs = LogisticRegression(C=1.0, tol=1e-10).fit(
        (both - mean) / scale, [1] * 80 + [0] * 80
    )
    expected = torch.from_numpy(theirs.predict((judged.double() - mean) / scale))
    ours = _logistic(a.double(), b.double(), judged.double())
    assert (ours == expected.bool()).double().mean() > 0.99


def test_scikit_learn_asks_the_same_neighbours():
    a, b, judged = normal(72), normal(72, seed=1, shift=0.3), normal(400, seed=2)
    theirs = KNeighborsClassifier(13).fit(torch.cat([a, b]), [1] * 72 + [0] * 72)
    expected = torch.from_numpy(theirs.predict(judged)).bool()
    assert torch.equal(_neighbour(a, b, judged), expected)  # sqrt(144) = 12, made odd


def test_the_units_of_a_feature_do_not_matter_to_the_plane():
    a, b = normal(100), normal(100, seed=1, shift=0.4)
    units = torch.tensor([1e-4, 1.0, 1e4, 3.0])
    assert two_sample(a * units, b * units) == two_sample(a, b)


def test_a_constant_feature_is_no_harm():
    a, b = normal(100), normal(100, seed=1, shift=0.4)
    constant = torch.ones(100, 1)
    wider = two_sample(torch.cat([a, constant], 1), torch.cat([b, constant], 1))
    assert wider == two_sample(a, b)


def test_the_seed_decides_the_halves():
    a, b = normal(100), normal(100, seed=1, shift=0.3)
    assert two_sample(a, b, seed=3) == two_sample(a, b, seed=3)
    assert len({two_sample(a, b, seed=s).accuracy for s in range(6)}) > 1


@pytest.mark.parametrize(
    ("a", "b", "arguments", "words"),
    [
        (normal(50, 3), normal(50, 4), {}, "of the same d"),
        (normal(9), normal(50), {}, "at least 10 samples on each side; got 9 and 50"),
        (normal(50), torch.full((50, 4), torch.inf), {}, "infinite"),
        (normal(50), normal(50), {"classifier": "tree"}, "not 'tree'"),
    ],
)
def test_what_is_refused(a, b, arguments, words):
    with pytest.raises(CourseError, match=words):
        two_sample(a, b, **arguments)
