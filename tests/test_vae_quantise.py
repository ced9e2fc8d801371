"""Vector quantisation by hand: codes, losses, gradients, the moving average."""

import pytest
import torch

from aigc_course import vae
from aigc_course.errors import CourseError
from aigc_course.vae import quantise


def draw(*shape, seed=0):
    seeded = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=seeded, dtype=torch.float64)


def test_nearest_is_the_least_distance():
    e, codes = draw(2, 3, 4), draw(7, 4, seed=1)
    expected = (e[..., None, :] - codes).square().sum(-1).argmin(-1)
    found = quantise.nearest(e, codes)
    assert found.shape == (2, 3) and torch.equal(found, expected)


def test_the_gradient_goes_straight_through():
    e, q = draw(2, 3).requires_grad_(), draw(2, 3, seed=1).requires_grad_()
    passed = quantise.straight_through(e, q)
    assert torch.allclose(passed, q)
    slope = draw(2, 3, seed=2)
    (passed * slope).sum().backward()
    assert torch.equal(e.grad, slope) and q.grad is None


def test_the_vq_loss_moves_codes_and_encoder_apart():
    e, q = draw(2, 3, 4).requires_grad_(), draw(2, 3, 4, seed=1).requires_grad_()
    loss = quantise.vq_loss(e, q, commitment=0.3)
    distance = (e - q).square().sum((1, 2))
    assert loss.shape == (2,) and torch.allclose(loss, 1.3 * distance)
    loss.sum().backward()
    gap = (e - q).detach()
    assert torch.allclose(q.grad, -2 * gap)  # of |sg[e] - q|^2 alone
    assert torch.allclose(e.grad, 0.3 * 2 * gap)  # of commitment |e - sg[q]|^2 alone


def test_perplexity_counts_codes():
    even, one = torch.arange(8).view(2, 4), torch.zeros(5, dtype=torch.long)
    assert float(quantise.perplexity(even, 10)) == pytest.approx(8)
    assert float(quantise.perplexity(one, 10)) == pytest.approx(1)
    half = torch.tensor([0, 1, 1, 1])
    entropy = -(0.25 * torch.tensor(0.25).log() + 0.75 * torch.tensor(0.75).log())
    assert float(quantise.perplexity(half, 2)) == pytest.approx(float(entropy.exp()))


def by_hand(decay=0.9, restart=0.0):
    """Two codes on a line, at 0 and 10."""
    book = vae.Codebook(2, 1, decay, restart)
    book.codes.data.copy_(torch.tensor([[0.0], [10.0]]))
    book.sums.copy_(book.codes.detach())
    return book


def test_the_moving_average_by_hand():
    book = by_hand()
    e = torch.tensor([[[1.0], [3.0]], [[2.0], [8.0]]])  # [2, 2, 1]
    q, indices = book(e)
    assert indices.tolist() == [[0, 0], [0, 1]]
    assert q.squeeze(-1).tolist() == [[0.0, 0.0], [0.0, 10.0]]
    book.update(e, indices)
    # N = 0.9 * 1 + 0.1 * (3, 1), m = 0.9 * (0, 10) + 0.1 * (6, 8), c = m / N
    assert book.counts.tolist() == pytest.approx([1.2, 1.0])
    assert book.sums.flatten().tolist() == pytest.approx([0.6, 9.8])
    assert book.codes.flatten().tolist() == pytest.approx([0.5, 9.8])
    book.update(e, indices)
    # N = (1.38, 1), m = (1.14, 9.62)
    assert book.codes.flatten().tolist() == pytest.approx([1.14 / 1.38, 9.62])


def test_codes_settle_on_the_means_of_their_vectors():
    torch.manual_seed(0)
    book, centres = by_hand(), torch.tensor([-2.0, 5.0])
    e = centres.repeat(50)[:, None] + 0.1 * torch.randn(100, 1)
    for _ in range(200):
        book.update(e, book(e)[1])
    expected = torch.stack([e[::2].mean(), e[1::2].mean()])
    assert torch.allclose(book.codes.flatten(), expected, atol=1e-4)


def test_unused_codes_start_anew_at_a_vector():
    torch.manual_seed(0)
    book, e = by_hand(decay=0.5, restart=0.3), torch.tensor([[1.0], [2.0], [3.0]])
    for _ in range(1):
        book.update(e, book(e)[1])
    assert book.codes[1] == 10  # N = 0.5 still
    book.update(e, book(e)[1])
    assert book.codes[1] in (1.0, 2.0, 3.0) and book.counts[1] == 1


def test_an_unused_code_stays_without_restart():
    book, e = by_hand(decay=0.5), torch.ones(4, 1)
    for _ in range(300):  # N underflows towards 0, m with it
        book.update(e, torch.zeros(4, dtype=torch.long))
    assert book.codes.isfinite().all() and book.codes[0] == 1


def test_without_a_decay_codes_are_left_to_the_optimiser():
    book, e = by_hand(decay=None), torch.ones(4, 1)
    assert isinstance(book.codes, torch.nn.Parameter)
    book.update(e, book(e)[1])
    assert book.codes.flatten().tolist() == [0.0, 10.0]
    assert book.counts.tolist() == pytest.approx([1.03, 0.99])  # usage is counted
    assert not list(by_hand().parameters())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: quantise.nearest(draw(2, 3), draw(5, 4)), "codes are"),
        (lambda: quantise.straight_through(draw(2, 3), draw(3)), "one shape"),
        (lambda: quantise.vq_loss(draw(2, 3), draw(2, 4)), "one shape"),
        (lambda: quantise.vq_loss(draw(2, 3), draw(2, 3), -1), "commitment"),
        (lambda: vae.Codebook(0, 4), "number of codes"),
        (lambda: vae.Codebook(4, 0), "length"),
        (lambda: vae.Codebook(4, 4, decay=1.0), "decay"),
        (lambda: vae.Codebook(4, 4, restart=-1), "restarts"),
        (lambda: vae.Codebook(4, 4).lookup(torch.tensor([4])), "from 0 to 3"),
        (lambda: vae.Codebook(4, 4).lookup(torch.tensor([-1])), "from 0 to 3"),
        (lambda: vae.Codebook(4, 4).lookup(torch.tensor([0.0])), "whole numbers"),
        (lambda: vae.VQNetworks(width=0), "width"),
        (lambda: vae.VQVAE(vae.VQNetworks(), commitment=-1), "commitment"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(CourseError, match=words):
        call()
