"""The green list: an exact test, what detection needs, and what removes the mark."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import binom

from aigc_course.attention import finetune
from aigc_course.attention.generate import generate
from aigc_course.attention.tokens import Characters
from aigc_course.attention.transformer import Shape, Transformer
from aigc_course.errors import CourseError
from aigc_course.provenance.text_mark import (
    GreenList,
    detect,
    greens,
    nats,
    rewrite,
    swap,
    write_marked,
)

KEY = bytes(range(16))


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def base():
    model, symbols = finetune.base()
    return model, Characters(symbols)


@pytest.fixture(scope="module")
def texts(base):
    """Four marked texts, and four unmarked ones from the same random numbers."""
    model, letters = base
    prompt = letters.encode("ROMEO:\n").repeat(4, 1)
    mark = GreenList(KEY, letters.size)
    return mark, *(
        write_marked(model, prompt, 200, one, generator=chance())
        for one in (mark, None)
    )


def test_every_token_is_green_with_the_share_on_its_own():
    for share in (0.25, 0.5):
        mark = GreenList(KEY, 50, share=share, context=2)
        rows = torch.stack([mark.green([a, b]) for a in range(20) for b in range(20)])
        rate = float(rows.double().mean())
        assert abs(rate - share) < 4 * math.sqrt(share * (1 - share) / rows.numel())
        # counts of a row vary as a binomial does, not as a list of fixed length
        spread = rows.sum(1).double().var() / (50 * share * (1 - share))
        assert 0.7 < float(spread) < 1.4


def test_greens_marks_every_place(texts):
    mark, marked, _ = texts
    row = marked[0]
    found = greens(row, mark)
    assert len(found) == len(row) - mark.context
    assert all(
        bool(found[i]) == bool(mark.green(row[i : i + 4])[row[i + 4]]) for i in (0, 9)
    )
    assert int(found.sum()) == detect(row, mark, distinct=False).green


def test_one_token_is_judged_as_in_the_list():
    mark = GreenList(KEY, 30, share=0.3, context=3)
    for before in ([1, 2, 3], [3, 2, 1], torch.tensor([0, 0, 29])):
        listed = mark.green(before)
        assert [mark.is_green(before, i) for i in range(30)] == listed.tolist()


def test_key_and_context_decide():
    lists = [
        GreenList(KEY, 64, context=1).green([5]),
        GreenList(KEY, 64, context=1).green([6]),
        GreenList(KEY[::-1], 64, context=1).green([5]),
    ]
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        assert 10 < int((lists[one] != lists[other]).sum()) < 54


def test_the_test_is_the_binomial_one():
    mark = GreenList(KEY, 9, share=0.25, context=2)
    tokens = torch.randint(9, (60,), generator=chance())
    grams = {tuple(tokens[i : i + 3].tolist()) for i in range(58)}
    green = sum(bool(mark.green(gram[:2])[gram[2]]) for gram in grams)
    found, t = detect(tokens, mark), len(grams)
    assert (found.green, found.counted) == (green, t)
    assert found.z == pytest.approx((green - t / 4) / math.sqrt(t * 3 / 16))
    assert found.p == pytest.approx(
        sum(binom.pmf(k, t, 0.25) for k in range(green, t + 1))
    )


def test_false_alarms_are_as_many_as_promised_over_keys(base):
    # a text that repeats itself, as people's texts do; the keys are random
    tokens = base[1].encode("To be, or not to be, that is the question: " * 4)
    keys = [seed.to_bytes(16) for seed in range(400)]
    exact, naive = (
        [detect(tokens, GreenList(key, 76, context=1), distinct).p for key in keys]
        for distinct in (True, False)
    )
    for level in (0.1, 0.01):
        assert np.mean(np.array(exact) <= level) <= level + 3.1 * (level / 400) ** 0.5
    # repetitions counted as evidence accuse far too often
    assert np.mean(np.array(naive) <= 0.01) > 0.05


def test_marked_text_is_found_and_unmarked_is_not(texts):
    mark, marked, plain = texts
    assert all(detect(row[7:], mark).p < 1e-5 for row in marked)
    assert all(detect(row[7:], mark).p > 1e-3 for row in plain)
    other = GreenList(KEY[::-1], mark.vocabulary)
    assert all(detect(row[7:], other).p > 1e-3 for row in marked)


def test_short_texts_give_no_evidence(texts):
    mark, marked, _ = texts
    # 9 green tokens of 9 have p = 2^-9 > 1e-3: no text of 13 characters can be found
    assert all(detect(row[7:20], mark).p >= 2**-9 for row in marked)


def test_where_the_model_has_no_choice_there_is_no_mark(base, texts):
    model, _ = base
    mark, marked, _ = texts
    entropy, green = [], []
    for row in marked:
        with torch.no_grad():
            logs = model(row[None, -64:])[0, mark.context - 1 : -1].log_softmax(-1)
        entropy.append(-(logs.exp() * logs).sum(-1))  # of each next token, in nats
        green.append(greens(row[-64:], mark))
    order = torch.cat(entropy).argsort()
    ordered = torch.cat(green)[order].double()
    third = len(ordered) // 3
    assert ordered[-third:].mean() > ordered[:third].mean() + 0.1


def test_attacks_weaken_and_remove_the_mark(base, texts):
    model, letters = base
    mark, marked, _ = texts
    row = marked[0, 7:]
    before = detect(row, mark).z
    swapped = swap(row, 0.3, letters.size, chance())
    assert 0.2 < float((swapped != row).double().mean()) < 0.4
    rewritten = rewrite(model, row, 1.0, chance(1))
    assert len(rewritten) == len(row)
    shouted = letters.encode(letters.decode(row).upper())
    for attacked in (swapped, rewritten, shouted):
        assert detect(attacked, mark).z < before / 2
    assert detect(rewritten, mark).p > 1e-3 and detect(shouted, mark).p > 1e-3
    assert torch.equal(rewrite(model, row, 0.0, chance()), row)


def test_the_mark_costs_likelihood(base, texts):
    _, marked, plain = texts
    costs = [sum(nats(base[0], row) for row in rows) / 4 for rows in (marked, plain)]
    assert costs[0] > costs[1]


def test_without_a_mark_it_writes_what_the_course_writes(base):
    model, letters = base
    prompt = letters.encode("JULIET:\n")[None]
    mine = write_marked(model, prompt, 70, None, generator=chance(), window=32)
    theirs = generate(model, prompt, 70, generator=chance(), window=32)
    assert torch.equal(mine, theirs)


def test_a_very_strong_mark_writes_green_alone(base):
    model, letters = base
    mark = GreenList(KEY, letters.size, strength=1e4)
    row = write_marked(
        model, letters.encode("ROMEO:\n")[None], 40, mark, generator=chance()
    )[0]
    found = detect(row[3:], mark)
    assert found.green == found.counted


def test_nats_agrees_with_a_plain_loop(base):
    model, letters = base
    tokens = letters.encode("What light through yonder window breaks?")
    # windows of 8 behind 4: each judges its later 4 tokens
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(tokens) - 8, 4):
            part = tokens[start : start + 9]
            logs = model(part[None, :-1])[0].log_softmax(-1)
            for place in range(4, 8):
                total -= float(logs[place, part[place + 1]])
                count += 1
    assert nats(model, tokens, window=8) == pytest.approx(total / count, rel=1e-5)


def test_bad_settings_are_one_sentence(base):
    model, letters = base
    mark = GreenList(KEY, 76)
    prompt = letters.encode("ROMEO:\n")[None]
    small = Transformer(Shape(5, context=8, width=8, layers=1, heads=1))
    for call, words in [
        (lambda: GreenList(b"short", 76), "at least 16 bytes"),
        (lambda: GreenList("k" * 16, 76), "at least 16 bytes"),
        (lambda: GreenList(KEY, 1), "from 2 up"),
        (lambda: GreenList(KEY, 76, share=1.0), "above 0 and below 1"),
        (lambda: GreenList(KEY, 76, strength=-1), "from 0 up"),
        (lambda: GreenList(KEY, 76, context=0), "from 1 up"),
        (lambda: GreenList(KEY, 76, context=17), "At most 16"),
        (lambda: mark.green([1, 2]), "4 tokens before decide; got 2"),
        (lambda: detect(torch.zeros(4), mark), "at least 5 tokens"),
        (lambda: write_marked(model, prompt, 0, mark), "from 1 up"),
        (lambda: write_marked(model, prompt, 1, mark, window=1), "from 2 up"),
        (lambda: write_marked(small, prompt, 1, mark), "5 tokens, the mark 76"),
        (lambda: swap(prompt[0], 2.0, 76, chance()), "from 0 to 1"),
        (lambda: rewrite(model, prompt[0], -1.0, chance()), "from 0 to 1"),
        (lambda: nats(model, prompt[0]), "at least 65 tokens"),
    ]:
        with pytest.raises(CourseError, match=words):
            call()
    assert "key" not in repr(mark)
