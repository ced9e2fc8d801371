"""Exercise on judging a test by right and sick programs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from aigc_course.checks.exercise import Exercise

Program = Callable[..., Any]
Test = Callable[[Program], Any]

exercise = Exercise(
    "20.score_test",
    order=10,
    title="Is this a good test?",
    difficulty=3,
    minutes=15,
    asks="method",
    idea="A run has one of three ends: the test returns, it raises AssertionError, or"
    " another error comes out. Only an AssertionError says something about the"
    " program.",
    formula="For each program and each seed: seed torch, run, and see how it ends. A"
    " false alarm is an AssertionError on a right program. A sick program is missed"
    " where the test returns. Any other exception is a stop.",
    line="Write `counts = {'false alarms': 0, 'missed': 0, 'stopped': 0}`, `for"
    " program, is_right in [*((p, True) for p in right), *((p, False) for p in"
    " sick)]:`, `    for seed in seeds:`, `        torch.manual_seed(seed)`, `"
    "        try:`, `            test(program); counts['missed'] += not is_right`, `"
    "        except AssertionError:`, `            counts['false alarms'] +="
    " is_right`, `        except Exception:`, `            counts['stopped'] += 1` and"
    " `return counts`.",
    variation="Return the seeds of the false alarms too, so that each can be repeated.",
)


@exercise.answer
def score_test(
    test: Test, right: Sequence[Program], sick: Sequence[Program], seeds: Sequence[int]
) -> dict[str, int]:
    """Runs that ended wrongly: {"false alarms": ..., "missed": ..., "stopped": ...}.

    test: called with one program; it raises AssertionError where it finds a bug. Every
    program is tested once for each seed, and torch's generator is seeded before each
    run. false alarms: right programs accused. missed: sick ones for which the test
    returned, whatever it returned. stopped: runs that ended with another Exception.
    """
    counts = {"false alarms": 0, "missed": 0, "stopped": 0}
    for is_right, ending in endings(test, right, sick, seeds):
        if ending == "stopped":
            counts["stopped"] += 1
        elif is_right and ending == "accused":
            counts["false alarms"] += 1
        elif not is_right and ending == "returned":
            counts["missed"] += 1
    return counts


def endings(
    test: Test, right: Sequence[Program], sick: Sequence[Program], seeds: Sequence[int]
) -> Iterator[tuple[bool, str]]:
    """Whether the program is right, and how the run ended, run by run."""
    for program, is_right in [*((p, True) for p in right), *((p, False) for p in sick)]:
        for seed in seeds:
            torch.manual_seed(seed)
            yield is_right, ending(test, program)


def ending(test: Test, program: Program) -> str:
    """How one run of a test ends: returned, accused or stopped."""
    try:
        test(program)
    except AssertionError:
        return "accused"
    except Exception:
        return "stopped"
    return "returned"


def mean(x: torch.Tensor) -> torch.Tensor:
    """The right program of the examples."""
    return x.sum() / x.numel()


def mean_in_steps(x: torch.Tensor) -> torch.Tensor:
    """The same, written differently."""
    return x.mean(0).mean()


def total(x: torch.Tensor) -> torch.Tensor:
    """A sick one: it forgets to divide."""
    return x.sum()


def of_the_first(x: torch.Tensor) -> torch.Tensor:
    """A sick one: it looks at one row."""
    return x[0].mean()


def broken(x: torch.Tensor) -> torch.Tensor:
    """A sick one that cannot run."""
    raise ZeroDivisionError("division by zero")


def repeats(program: Program) -> None:
    """A good test: twice the same data have the same mean."""
    x = torch.randn(4, 3)
    assert torch.allclose(program(x), program(torch.cat([x, x])), atol=1e-5)
    y = torch.cat([x, x + 1])
    assert torch.allclose(program(y), program(y.flip(0)), atol=1e-5)


def by_luck(program: Program) -> None:
    """A test that accuses some right programs: the mean of few numbers is not 0."""
    assert abs(program(torch.randn(4, 3))) < 0.25


def answers_false(program: Program) -> bool:
    """A test that returns its opinion."""
    x = torch.randn(2, 3)
    return bool(program(x) == program(torch.cat([x, x])))


def stumbles(program: Program) -> None:
    """A test with a mistake of its own, in some runs."""
    sizes = [1, 2, 3]
    assert program(torch.ones(sizes[int(4 * torch.rand(()))], 2)) == 1


class Doubt(AssertionError):
    """An AssertionError of a special kind."""


def doubts(program: Program) -> None:
    """A test that raises a kind of AssertionError."""
    if program(torch.ones(3, 1)) != 1:
        raise Doubt("the mean of ones is 1")


@exercise.inputs
def tests() -> list[tuple[Test, list[Program], list[Program], list[int]]]:
    right, sick = [mean, mean_in_steps], [total, of_the_first]
    return [
        (repeats, right, sick, [0, 1, 2]),
        (by_luck, right, sick, [3, 1, 4, 15, 9, 2, 6]),
        (answers_false, right, sick, [5, 6]),
        (stumbles, right, sick, list(range(12))),
        (doubts, right, [total, broken, of_the_first], [7, 8]),
        (repeats, [], [broken], [1, 2, 3]),
        (by_luck, [mean] * 5, [total], [1, 4]),
        (by_luck, right, sick, [11, 12, 13, 14, 15, 16]),
        (by_luck, [total, total], [], list(range(20, 26))),
    ]


@exercise.must_hold
def repeatable(f: Callable[..., Any]) -> bool:
    """The same seeds give the same counts, whatever was drawn before."""
    seeds = list(range(10))
    first = f(by_luck, [mean], [total], seeds)
    torch.rand(3)
    return dict(f(by_luck, [mean], [total], seeds)) == dict(first)


@exercise.must_hold
def silence_misses_every_run(f: Callable[..., Any]) -> bool:
    """A test that checks nothing has no false alarm and misses every run."""
    counts = f(lambda program: program(torch.ones(2, 2)), [mean], [total] * 2, [1, 2])
    return (counts["false alarms"], counts["missed"], counts["stopped"]) == (0, 4, 0)


def _counts(found: Sequence[tuple[bool, str]]) -> dict[str, int]:
    return {
        "false alarms": found.count((True, "accused")),
        "missed": found.count((False, "returned")),
        "stopped": sum(end == "stopped" for _, end in found),
    }


@exercise.mistake(hint="formula")
def every_error_finds(test, right, sick, seeds):
    """You count every exception as a found bug. A test with a mistake of its own, or a
    program that crashes, would then look like a finding: catch AssertionError apart."""
    found = list(endings(test, right, sick, seeds))
    return _counts([(r, "accused" if e == "stopped" else e) for r, e in found])


@exercise.mistake(hint="idea")
def false_is_a_finding(test, right, sick, seeds):
    """You take a returned False for a finding. A test tells by raising; a runner
    such as pytest throws the returned value away."""

    def raises(program):
        assert test(program) is not False

    return _counts(list(endings(raises, right, sick, seeds)))


@exercise.mistake(hint="formula")
def seeded_once(test, right, sick, seeds):
    """You seed once and not before each run, so a run depends on those before it and
    cannot be repeated alone. Seed inside the inner loop."""
    torch.manual_seed(seeds[0])
    pairs = [*((True, p) for p in right), *((False, p) for p in sick)]
    return _counts([(r, ending(test, p)) for r, p in pairs for _ in seeds])


@exercise.mistake(hint="formula")
def seeded_for_all_programs(test, right, sick, seeds):
    """You seed once for all programs, so each one meets other draws than the one
    before it. Seed before each run."""
    found = []
    for seed in seeds:
        torch.manual_seed(seed)
        for is_right, one in [*((True, p) for p in right), *((False, p) for p in sick)]:
            found.append((is_right, ending(test, one)))
    return _counts(found)


@exercise.mistake(hint="formula", draws=True)
def never_seeded(test, right, sick, seeds):
    """Your counts are others each time, although the seeds are the same. The draws
    come from torch: call `torch.manual_seed(seed)` before each run."""
    pairs = [*((True, p) for p in right), *((False, p) for p in sick)]
    return _counts([(r, ending(test, p)) for r, p in pairs for _ in seeds])


@exercise.mistake(hint="formula")
def exact_type(test, right, sick, seeds):
    """You compare the type of the error with AssertionError. A class derived from it
    says no as well: use `except AssertionError` or `isinstance`."""

    def other(program):
        try:
            test(program)
        except AssertionError as error:
            if type(error) is not AssertionError:
                raise RuntimeError from error
            raise

    return _counts(list(endings(other, right, sick, seeds)))


@exercise.mistake(hint="formula")
def one_seed(test, right, sick, seeds):
    """You run each program with the first seed alone. A flaky test shows itself only
    over many seeds."""
    return _counts(list(endings(test, right, sick, seeds[:1])))


@exercise.mistake(hint="formula")
def programs_counted(test, right, sick, seeds):
    """You count programs and not runs. A test that accuses in one of twenty runs and
    one that always accuses are then the same."""
    found = []
    for is_right, program in [*((True, p) for p in right), *((False, p) for p in sick)]:
        one = [program]
        ends = [e for _, e in endings(test, one, [], seeds)]
        found += [(is_right, end) for end in dict.fromkeys(ends)]
    return _counts(found)


@exercise.mistake(hint="idea")
def found_called_missed(test, right, sick, seeds):
    """You count as missed the runs in which the test finds the bug. Missed are the
    sick programs for which the test returns."""
    found = list(endings(test, right, sick, seeds))
    return _counts(found) | {"missed": found.count((False, "accused"))}


@exercise.mistake(hint="idea")
def stopped_is_missed(test, right, sick, seeds):
    """You count a run that stops with another error as missed or as a false alarm too.
    Such a run says nothing about the program: count it as stopped only."""
    found = list(endings(test, right, sick, seeds))
    return {
        "false alarms": sum(r and e != "returned" for r, e in found),
        "missed": sum(not r and e != "accused" for r, e in found),
        "stopped": sum(e == "stopped" for _, e in found),
    }


@exercise.mistake(hint="formula")
def ends_at_the_first(test, right, sick, seeds):
    """You leave the loop over the seeds at the first run that ends wrongly. Count all
    of them: the number says how flaky the test is."""
    found = []
    for is_right, program in [*((True, p) for p in right), *((False, p) for p in sick)]:
        good = "returned" if is_right else "accused"
        for _, end in endings(test, [program], [], seeds):
            found.append((is_right, end))
            if end != good:
                break
    return _counts(found)


@exercise.mistake(hint="idea")
def right_ones_only(test, right, sick, seeds):
    """You run the right programs only. A test that checks nothing never accuses them:
    the sick ones show whether it can find anything."""
    return _counts(list(endings(test, right, [], seeds)))


@exercise.mistake(hint="idea")
def sick_ones_only(test, right, sick, seeds):
    """You run the sick programs only. A test that always fails finds them all: the
    right ones show whether it accuses without reason."""
    return _counts(list(endings(test, [], sick, seeds)))
