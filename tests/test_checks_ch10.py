"""Chapter 10: the same mistakes in other words, and near misses."""

import inspect
import math
import re
import textwrap

import pytest
import torch
from torch import nn

from aigc_course.checks import registry
from aigc_course.checks.judge import judge
from aigc_course.exercises.ch10.read_request import NAMES


def verdict_on(function):
    return judge(registry.get(f"10.{function.__name__}"), function)


def appends_the_number():
    def with_condition(z, labels, classes):
        return torch.hstack((z, labels.to(z.dtype).unsqueeze(-1)))

    return with_condition


def embeds_the_label_as_a_bias():
    def projection(h, labels, w, b, V):
        return torch.mv(h, w) + b + torch.einsum("nf->n", V.index_select(0, labels))

    return projection


def asks_every_class():
    def projection(h, labels, w, b, V):
        return h @ (w + V.sum(0)) + b

    return projection


def trusts_real_labels_only():
    def auxiliary_loss(real_logits, fake_logits, real_guess, fake_guess, labels):
        bce = nn.functional.binary_cross_entropy_with_logits
        ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
        source = bce(real_logits, ones) + bce(fake_logits, zeros)
        return source + nn.CrossEntropyLoss()(real_guess, labels)

    return auxiliary_loss


def plays_against_the_class():
    def auxiliary_loss(real_logits, fake_logits, real_guess, fake_guess, labels):
        bce = nn.functional.binary_cross_entropy_with_logits
        ones, zeros = torch.ones_like(real_logits), torch.zeros_like(fake_logits)
        named = [nn.CrossEntropyLoss()(g, labels) for g in (real_guess, fake_guess)]
        source = bce(real_logits, ones) + bce(fake_logits, zeros)
        return source + named[0] - named[1]

    return auxiliary_loss


def measures_from_the_origin():
    def conditional_bound(x, logits, mean, log_variance, prior_mean):
        px = torch.distributions.Bernoulli(logits=logits).log_prob(x).sum(-1)
        kl = (mean**2 + log_variance.exp() - 1 - log_variance).mul(0.5).sum(-1)
        return px - kl

    return conditional_bound


def scales_the_share():
    def true_share(agreement, accuracy, classes=10):
        return agreement * (1 / accuracy)

    return true_share


def fits_y_on_x():
    def slant(ink):
        found = []
        for image in ink:
            y, x = image.nonzero().T
            joint = torch.cov(
                torch.stack([x, y]).double(), aweights=image[y, x].double()
            )
            found.append(-joint[0, 1] / joint[0, 0])
        return torch.stack(found).float()

    return slant


def forgets_that_rows_go_down():
    def slant(ink):
        found = []
        for image in ink:
            y, x = image.nonzero().T
            joint = torch.cov(
                torch.stack([x, y]).double(), aweights=image[y, x].double()
            )
            found.append(joint[0, 1] / joint[1, 1])
        return torch.stack(found).float()

    return slant


def walks_a_unit():
    def move(z, values, change):
        columns = torch.cat([z, torch.ones(len(z), 1)], dim=1)
        w = torch.linalg.lstsq(columns, values[:, None]).solution[:-1, 0]
        return z + change * nn.functional.normalize(w, dim=0)

    return move


def cuts_off():
    def truncated(u, limit):
        z = math.sqrt(2) * torch.erfinv(2 * u - 1)
        return torch.minimum(torch.maximum(z, 0 * z - limit), 0 * z + limit)

    return truncated


def reads_backwards():
    def read_request(text, numbers):
        words = text.lower().split()
        stems = ({w, w.removesuffix("s"), w.removesuffix("es")} for w in words)
        found = [numbers[(s & {*numbers}).pop()] for s in stems if s & {*numbers}]
        return (1, found[0]) if len(found) == 1 else (found[1], found[0])

    return read_request


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (appends_the_number, "as_an_amount"),
        (embeds_the_label_as_a_bias, "label_without_image"),
        (asks_every_class, "all_labels_at_once"),
        (trusts_real_labels_only, "real_images_alone"),
        (plays_against_the_class, "against_the_generator"),
        (measures_from_the_origin, "prior_without_label"),
        (scales_the_share, "divided_by_accuracy"),
        (fits_y_on_x, "the_other_line"),
        (forgets_that_rows_go_down, "downwards"),
        (walks_a_unit, "unit_step"),
        (cuts_off, "pushed_to_the_rim"),
        (reads_backwards, "the_first_is_the_digit"),
    ],
)
def test_a_mistake_is_known_in_other_words(make, name):
    verdict = verdict_on(make())
    assert verdict.misconception == name, verdict


def test_strip_takes_letters_from_both_ends():
    def read_request(text, numbers):
        words = [word.strip("s") for word in text.lower().split()]
        found = [numbers[word] for word in words if word in numbers]
        return (found[0] if len(found) > 1 else 1), ([0, *found])[-1]

    assert verdict_on(read_request).failed  # "sevens" has become "even"


def test_numbers_as_tensors_are_right():
    def true_share(agreement, accuracy, classes=10):
        slip = (1 - torch.tensor(accuracy).double()) / (classes - 1)
        return float((agreement - slip) / (accuracy - slip))

    assert verdict_on(true_share).passed


def test_a_longer_way_is_noticed():
    def move(z, values, change):
        moved = registry.get("10.move").reference(z, values, change)
        w = moved[0] - z[0]
        aside = torch.zeros_like(w)
        aside[0], aside[1] = w[1], -w[0]  # at right angles to w: the reading stays
        return moved + aside

    assert verdict_on(move).failed


WHOLE = [one for one in registry.exercises("10") if not one.line_is_part]


@pytest.mark.parametrize("exercise", WHOLE, ids=lambda e: e.id)
def test_the_last_hint_is_code_that_passes_as_it_stands(exercise):
    *lines, last = "\n".join(re.findall(r"`([^`]+)`", exercise.line)).splitlines()
    lines.append(last if last.startswith("return") else f"return {last}")
    head = "from __future__ import annotations\n"
    head += f"def answer{inspect.signature(exercise.reference)}:"
    body = textwrap.indent("\n".join(lines), "    ")
    known = {"torch": torch, "nn": nn, "Tensor": torch.Tensor}
    exec(f"{head}\n{body}", known)
    verdict = judge(exercise, known["answer"])
    assert verdict.passed, f"{head}\n{body}\n{verdict}"


def writes_the_exponential_out():
    def conditional_bound(x, logits, mean, log_variance, prior_mean):
        log_px = x * logits - torch.log1p(logits.exp())
        gap = (mean - prior_mean) ** 2
        return (log_px.sum(1)) - (gap + log_variance.exp() - log_variance - 1).sum(
            1
        ) / 2

    return conditional_bound


def sigmoid_in_the_loss():
    def auxiliary_loss(real_logits, fake_logits, real_guess, fake_guess, labels):
        p, q = torch.sigmoid(real_logits), torch.sigmoid(fake_logits)
        named = sum(
            nn.functional.cross_entropy(g, labels) for g in (real_guess, fake_guess)
        )
        return named - (p.log() + torch.log1p(-q)).mean()

    return auxiliary_loss


@pytest.mark.parametrize("make", [writes_the_exponential_out, sigmoid_in_the_loss])
def test_logits_of_150_are_met(make):
    verdict = verdict_on(make())
    assert verdict.misconception in ("overflowing", "log_of_a_sigmoid"), verdict


@pytest.mark.parametrize("text", ["two twos", "two thick sixes", "a weighty 4"])
def test_requests_that_used_to_slip_through_are_put_to_the_answer(text):
    exercise = registry.get("10.read_request")
    asked = [call[0].lower() for call in exercise.probes()]
    assert text in asked or text == "a weighty 4"
    numbers = next(call[1] for call in exercise.probes())
    assert all(word in NAMES or word.isdigit() for word in numbers)  # no "sixe"
    words = text.split()
    digit = {"twos": 2, "sixes": 6, "4": 4}[words[-1]]
    count = {"two": 2, "a": 1}[words[0]]
    assert exercise.reference(text, numbers) == (count, digit)


def test_latents_drawn_anew_are_told_what_is_wanted():
    def truncated(u, limit):
        z = torch.randn_like(u)
        for i, value in enumerate(z.flatten()):
            while abs(value) > limit:
                value = torch.randn((), dtype=u.dtype)
            z.view(-1)[i] = value
        return z

    verdict = verdict_on(truncated)
    assert verdict.failed and "random numbers of its own" in str(verdict)
