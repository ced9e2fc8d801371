"""Run folders of every family: kept, resumed to the bit, sampled from as asked."""

import json

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from aigc_course import cli, data, gan, models, plots, runs, training, vae
from aigc_course.errors import CourseError

pytestmark = pytest.mark.slow

FAMILIES = models.names()
LEARNERS = ("dcgan", "cgan", "cvae", "vq-vae")  # one of each kind
SMALL = data.ImageSet(  # a few digits, so that a step is the smallest part
    "digits",
    "train",
    data.load("digits").images[:300],
    data.load("digits").labels[:300],
    tuple("0123456789"),
    "tests",
)


def aigc(*words):
    return CliRunner().invoke(cli.main, [str(word) for word in words])


def trained(folder, model, steps=2, resume=False, **config):
    config = runs.Config(model, "fast", "digits", 3, {"steps": steps}, "cpu", **config)
    run = runs.Run.open(folder) if resume else runs.Run.create(folder, config)
    run.train(SMALL, resume=resume, save_seconds=0, progress=False)
    return run


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One short run of each family."""
    place = tmp_path_factory.mktemp("runs")
    for model in FAMILIES:
        trained(place / model, model)
    return place


def refused(result, *parts):
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("aigc: ") and result.stderr.count("\n") == 1
    for part in parts:
        assert part in result.stderr


@pytest.mark.parametrize("model", FAMILIES)
def test_a_run_keeps_what_is_sampled_from(folders, model):
    run = runs.Run.open(folders / model)
    one, two = (run.sample(5, torch.Generator().manual_seed(1)) for _ in range(2))
    assert one.shape == (5, 1, 28, 28) and torch.equal(one, two)
    name = "generator" if "gan" in model else "networks"
    weights = load_file(run.folder / f"{name}.safetensors")
    assert weights.keys() == run.generator().state_dict().keys()
    card = (run.folder / "card.md").read_text()
    assert f"# Run {model}: {model} (fast)" in card
    assert f"`{name}.safetensors`" in card
    assert (run.folder / "samples/step_000002.png").is_file()


def test_a_gan_run_draws_as_when_only_gans_had_runs(folders):
    network = gan.recipe("dcgan").generator()
    network.load_state_dict(load_file(folders / "dcgan" / "generator.safetensors"))
    expected = gan.sample(network, 5, torch.Generator().manual_seed(1))
    run = runs.Run.open(folders / "dcgan")
    found = run.sample(5, torch.Generator().manual_seed(1))
    assert torch.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("model", LEARNERS)
def test_a_killed_run_resumes_to_the_same_bits(folders, model, tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        # saved after every step, and dead in the second
        patch.setattr("aigc_course.training.history.History.every", 1)
        patch.setattr(runs.run, "fit", dying_in(2))
        with pytest.raises(KeyError):
            trained(tmp_path / "run", model)
    assert runs.Run.open(tmp_path / "run").read(runs.SUMMARY) == {}
    run = trained(tmp_path / "run", model, resume=True)
    files = (f / models.get(model).weights_file for f in (folders / model, run.folder))
    one, two = map(load_file, files)
    assert all(torch.equal(one[name], two[name]) for name in one)


def dying_in(step):
    """`training.fit` of a process that dies in this step."""

    def fit(model, *given, **options):
        learn, count = model.step, iter(range(1, step))
        # next() of a spent iterator would end the loop as if nothing had happened
        model.step = lambda batch: learn(batch) if next(count, None) else {}["dead"]
        return training.fit(model, *given, **options)

    return fit


class Watched(training.Recipe):
    """A recipe whose model notes its batches."""

    batch_size, bf16, labels = 32, False, True

    def build(self, device="cpu"):
        model = vae.RECIPES["cvae", "fast"].build()
        step, self.batches = model.step, []
        model.step = lambda batch: self.batches.append(batch) or step(batch)
        return model


def test_conditional_models_are_given_labels(tmp_path, monkeypatch):
    watched = Watched()
    monkeypatch.setattr(models, "get", lambda *names: watched)
    trained(tmp_path / "run", "cvae", steps=1)
    images, labels = watched.batches[0]
    assert len(images) == 32
    for image, label in zip(images, labels, strict=True):
        same = (data.to_float(SMALL.images) == image).flatten(1).all(1)
        assert int(label) in SMALL.labels[same].tolist()


# a flow has to learn before labels matter: see test_flow_runs.py
@pytest.mark.parametrize("model", ["cgan", "cvae"])
def test_a_label_is_drawn(folders, model):
    run, seeded = runs.Run.open(folders / model), torch.Generator().manual_seed
    asked = run.sample(3, seeded(0), label=7)
    labels = torch.full((3,), 7)
    assert torch.equal(asked, run.model().sample(3, seeded(0), labels=labels))
    assert not torch.equal(asked, run.sample(3, seeded(0), label=1))


def test_a_temperature_scales_the_latents(folders):
    run, seeded = runs.Run.open(folders / "vae"), torch.Generator().manual_seed
    assert not torch.equal(*(run.sample(2, seeded(0), temperature=t) for t in (1, 2)))
    cold = run.sample(2, seeded(0), temperature=0)
    assert torch.equal(cold[0], cold[1])


@pytest.mark.parametrize(
    ("model", "words", "parts"),
    [
        ("cvae", ("--label", 10), ("Labels are from 0 to 9, not 10",)),
        ("cvae", ("--label", -1), ("Labels are from 0 to 9, not -1",)),
        ("cvae", ("--label", "seven"), ("not a valid integer",)),
        ("vae", ("--label", 7), ("A label is for a cflow or cgan or", "is a vae.")),
        ("dcgan", ("--label", 7), ("A label is for", "is a dcgan.")),
        ("dcgan", ("--temperature", 0.5), ("A temperature is for", "is a dcgan.")),
        ("vae", ("--temperature", -1), ("temperature is a number from 0 up",)),
        ("cvae", ("--label", 1, "--n", 0), ("--n", "1<=x")),
    ],
)
def test_what_a_model_cannot_do_is_one_sentence(folders, tmp_path, model, words, parts):
    out = tmp_path / "x.npy"
    refused(aigc("sample", folders / model, *words, "--out", out), *parts)
    assert not out.exists()


def test_sampling_by_label_from_the_command_line(folders, tmp_path):
    words = ("--label", 7, "--temperature", 0.5, "--n", 4, "--seed", 2)
    result = aigc("sample", folders / "cvae", *words, "--out", tmp_path / "x.npy")
    assert result.exit_code == 0, result.output
    run, seeded = runs.Run.open(folders / "cvae"), torch.Generator().manual_seed(2)
    drawn = data.to_uint8(run.sample(4, seeded, label=7, temperature=0.5))
    assert (np.load(tmp_path / "x.npy") == drawn[:, 0].numpy()).all()


def test_evaluating_a_conditional_vae(folders):
    result = aigc("evaluate", folders / "cvae", "--n", 120, "--samples", 7)
    assert result.exit_code == 0, result.output
    for part in ("-ELBO = ", "120 images, 7 importance", "drawn once as 0 or 1"):
        assert part in result.stdout
    report = json.loads((folders / "cvae" / "report.json").read_text())
    found = report["evidence"]
    assert found["elbo"] < found["log_p"] < 0 and found["importance_samples"] == 7
    assert found["images"] == 120 and found["binarised"]
    assert 0 <= report["label_accuracy"] < 1
    assert f"-log p {-found['log_p']:.2f} nats" in (
        (folders / "cvae" / "card.md").read_text()
    )


def test_evaluating_without_likelihood_or_labels(folders):
    result = aigc("evaluate", folders / "vq-vae", "--n", 120, "--json")
    assert result.exit_code == 0, result.output
    assert not {"evidence", "label_accuracy"} & set(json.loads(result.stdout))


def test_a_run_of_an_unknown_recipe_writes_nothing(tmp_path):
    with pytest.raises(CourseError, match="no recipe vq-vae reference"):
        runs.Run.create(
            tmp_path / "run", runs.Config("vq-vae", "reference", "digits", 0, {})
        )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("row", "panels"),
    [
        ({"D": 1.0, "G": 1.0, "D(x)": 0.5, "D(G(z))": 0.5}, ["loss", "probability"]),
        (
            {"loss": 9.0, "reconstruction": 6.0, "KL": 3.0, "active": 0.5},
            ["nats per image", "share of latents or codes"],
        ),
        ({"loss": 9.0, "distance": 1.0}, ["nats per image"]),
    ],
)
def test_curves_show_what_a_family_watches(row, panels):
    figure = plots.training_curves([{"step": s, **row} for s in range(3)])
    assert [axes.get_ylabel() for axes in figure.axes] == panels
    for axes in figure.axes:
        assert axes.get_legend() is not None
