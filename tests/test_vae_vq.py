"""The VQ-VAE: equation 3 in a step, codes both ways, resuming to the bit."""

import pytest
import torch

from aigc_course import data, training, vae
from aigc_course.errors import CourseError
from aigc_course.training import Evidence, Sampler, Trainable
from aigc_course.vae import quantise
from aigc_course.vae.health import codes_collapsed


def tiny(seed=0, decay=0.9, **settings):
    training.seed_everything(seed)
    networks = vae.VQNetworks(codes=8, d=4, width=4, decay=decay)
    return vae.VQVAE(networks, **settings)


@pytest.fixture
def images():
    return data.to_float(data.load("digits").images[:16])


def state(model):
    networks = model.networks
    return [*networks.state_dict().values()]


def same(one, two):
    return all(map(torch.equal, state(one), state(two)))


def test_it_is_trainable_and_a_sampler():
    assert isinstance(tiny(), Trainable) and isinstance(tiny(), Sampler)


def test_blocks_go_into_encoder_and_decoder(images):
    plain, deep = (vae.VQNetworks(8, 4, 4, blocks=n) for n in (0, 2))
    for part in ("encoder", "decoder"):
        sizes = [len(getattr(networks, part)) for networks in (plain, deep)]
        assert sizes[1] == sizes[0] + 2
    assert vae.VQVAE(deep).reconstruct(images).shape == images.shape


@pytest.mark.parametrize("decay", [0.9, None])
def test_the_step_is_equation_3_written_out(images, decay):
    model, oracle = (tiny(decay=decay, commitment=0.5) for _ in range(2))
    values = model.step(images)
    networks, codes = oracle.networks, oracle.networks.codebook.codes
    x = (images + 1) / 2
    e = networks.encoder(x).permute(0, 2, 3, 1)  # [16, 7, 7, 4]
    indices = torch.cdist(e.reshape(1, -1, 4), codes[None])[0].argmin(1)
    q = codes[indices].view_as(e)
    through = (e + (q - e).detach()).permute(0, 3, 1, 2)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    reconstruction = entropy(networks.decoder(through), x, reduction="sum")
    distance = (e.detach() - q).square().sum()
    loss = reconstruction + distance + 0.5 * (e - q.detach()).square().sum()
    (loss / 16).backward()
    assert torch.isclose(values["loss"], loss / 16)
    assert torch.isclose(values["reconstruction"], reconstruction / 16)
    assert torch.isclose(values["distance"], distance / 16)
    used = quantise.perplexity(indices, 8) / 8
    assert torch.isclose(values["codes used"], used)
    pairs = zip(model.networks.parameters(), networks.parameters(), strict=True)
    assert all(torch.allclose(a.grad, b.grad, atol=1e-4) for a, b in pairs)
    before = tiny(decay=decay, commitment=0.5).networks.codebook.codes
    assert not torch.equal(before, model.networks.codebook.codes)


def test_codes_and_images_go_both_ways(images):
    model = tiny()
    codes = model.encode(images)
    assert codes.shape == (16, 7, 7) and codes.dtype == torch.int64
    decoded = model.decode(codes)
    assert decoded.shape == (16, 1, 28, 28) and decoded.abs().max() <= 1
    assert torch.equal(model.reconstruct(images), decoded)


def test_samples_draw_codes_as_often_as_they_were_used():
    model, seen = tiny(), []
    model.networks.codebook.counts.copy_(torch.tensor([6.0, 2, 0, 0, 0, 0, 0, 0]))
    decode = model.decode
    model.decode = lambda codes: seen.append(codes) or decode(codes)
    for temperature in (1.0, 0.5):
        model.sample(100, torch.Generator().manual_seed(0), temperature)
    shares = [torch.bincount(codes.flatten(), minlength=8) / 4900 for codes in seen]
    assert shares[0][:2].tolist() == pytest.approx([0.75, 0.25], abs=0.03)
    assert shares[1][:2].tolist() == pytest.approx([0.9, 0.1], abs=0.03)  # 36 : 4


def test_sampling_is_seeded_and_takes_a_prior():
    model = tiny()
    one, two = (model.sample(5, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one, two) and one.shape == (5, 1, 28, 28)
    model.prior = lambda n, generator: torch.full((n, 7, 7), 3)
    expected = model.decode(torch.full((2, 7, 7), 3))
    assert torch.equal(model.sample(2), expected)


def test_pixels_are_binarised_where_asked(images):
    losses = []
    for seed in (1, 1, 2):
        model = tiny(binarised=True)
        torch.manual_seed(seed)
        losses.append(float(model.step(images)["reconstruction"]))
    assert losses[0] == losses[1] != losses[2]


def digits():
    return data.batches(data.load("digits"), 16, labels=True)


def test_a_resumed_run_ends_with_the_same_bits(tmp_path):
    def run(model, **more):
        budget = training.Budget(steps=40)
        return training.fit(model, digits(), budget, progress=False, **more)

    def stop(step, pictures):
        if step >= 20:
            raise KeyError

    settings = {"decay_start": 0.3, "final_lr_factor": 0.1, "max_grad_norm": 100.0}
    whole, half, again = (tiny(**settings) for _ in range(3))
    training.seed_everything(0)
    run(whole)
    file = tmp_path / "c.pt"
    training.seed_everything(0)
    with pytest.raises(KeyError):
        run(half, checkpoint=file, save_seconds=0, on_picture=stop)
    training.seed_everything(9)
    run(again, checkpoint=file, resume=True)
    assert same(whole, again) and not same(whole, half)


def test_a_diverged_network_reaches_the_loss_and_stops_the_training():
    model = tiny()
    torch.nn.init.constant_(model.networks.encoder[0].weight, torch.nan)
    history = training.fit(model, digits(), training.Budget(steps=20), progress=False)
    assert history.status == "diverged"


@pytest.mark.slow
def test_it_learns():
    model = tiny(lr=5e-3)
    history = training.fit(model, digits(), training.Budget(steps=80), progress=False)
    first, last = history.rows[0], history.rows[-1]
    assert last["reconstruction"] < 0.5 * first["reconstruction"]
    assert last["codes used"] > 0.3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m: m.step(torch.zeros(4, 28, 28)), "shape"),
        (lambda m: m.step(torch.full((4, 1, 28, 28), 2.0)), r"\[-1, 1\]"),
        (lambda m: m.encode(torch.full((4, 1, 28, 28), torch.nan)), "nan"),
        (lambda m: m.decode(torch.zeros(2, 7, 6, dtype=torch.long)), r"\[N, 7, 7\]"),
        (lambda m: m.decode(torch.full((2, 7, 7), 8)), "from 0 to 7"),
        (lambda m: m.sample(0), "from 1 up"),
        (lambda m: m.sample(2, temperature=0), "above 0"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_learnt(call, words):
    model, untouched = tiny(), tiny()
    with pytest.raises(CourseError, match=words):
        call(model)
    assert same(model, untouched)


def test_the_monitor_says_when_the_codebook_has_collapsed():
    def rows(used, step=500):
        return Evidence([{"step": step, "codes used": used}] * 12)

    assert "codebook has collapsed" in codes_collapsed(rows(0.05))
    assert codes_collapsed(rows(0.5)) is None
    assert codes_collapsed(rows(0.05, step=50)) is None
    assert codes_collapsed(Evidence([{"step": 500}])) is None
    assert codes_collapsed in vae.VQVAE.symptoms


def test_codes_are_chosen_and_moved_alike_in_bfloat16(images):
    one, two = tiny(), tiny()
    e = torch.randn(2, 7, 7, 4, generator=torch.Generator().manual_seed(1))
    for model, low in ((one, False), (two, True)):
        codebook = model.networks.codebook
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            codebook.update(e, codebook(e)[1])
    assert same(one, two)
    with torch.autocast("cpu", torch.bfloat16):
        assert all(value.isfinite() for value in two.step(images).values())
