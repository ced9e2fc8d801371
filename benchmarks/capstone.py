"""How the capstone's judge judges: agreement, claims, cheats, time.

    python benchmarks/capstone.py references --folder DIR   # 20 generators, 40 minutes
    python benchmarks/capstone.py agree --folder DIR        # five judges, 10 minutes
    python benchmarks/capstone.py claims --folder DIR
    python benchmarks/capstone.py cheats --folder DIR
    python benchmarks/capstone.py class --folder DIR        # 30 submissions, 8 hostile

Each part keeps the others' figures in the record. Times are of the processor, since
other programs may be at work; `seconds` are by the clock.
"""

import argparse
import json
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import capstone_cheats
import numpy as np
import torch
from records import FOLDER, record, whole
from torch import Tensor

from aigc_course import data, metrics, models
from aigc_course.capstone import (
    cheats,
    claims,
    quality,
    secret,
    submission,
    worked,
)
from aigc_course.capstone import judge as judging
from aigc_course.capstone.verdict import CHEATS, Verdict
from aigc_course.metrics.fid import fid_estimate

RECORD = FOLDER / "capstone.json"
SEEDS = [f"reference judge {number}" for number in range(1, 6)]
RECIPES = {
    "mlp-gan": (300, 1_000),
    "vae": (200, 600),
    "conv-vae": (200, 600),
    "dcgan": (150, 400, 600, 1_000),
    "latent-flow": (300, 1_000),
    "cvae": (600,),
}
EPSILONS = (float("inf"), 10.0, 3.0, 1.0, 0.2)
N = 5_000
CLAIMS = 200  # random draws of samples for the claims


def references(folder: Path) -> None:
    """Train the generators and keep 5,000 samples of each as NAME.npy."""
    for model, lengths in RECIPES.items():
        for number, steps in enumerate(lengths):
            make = partial(_trained, model, steps, number)
            _keep(folder, f"{model}_{steps}", make)
    for epsilon in EPSILONS:
        _keep(folder, f"private_{epsilon:g}", partial(_private, epsilon))
    _keep(folder, "shipped", _shipped)


def _keep(folder: Path, name: str, make: Any) -> None:
    file = folder / f"{name}.npy"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = data.to_uint8(make()).numpy()
        whole()
        np.save(file, made)
        print(name, flush=True)


def _chance() -> torch.Generator:
    return torch.Generator().manual_seed(7)


def _trained(model: str, steps: int, seed: int) -> Tensor:
    from aigc_course.training import Budget, fit, seed_everything

    seed_everything(seed)
    recipe = models.get(model)
    learner = recipe.build()
    digits = data.load("mnist")
    batches = data.batches(digits, recipe.batch_size, seed=seed, labels=recipe.labels)
    fit(learner, batches, Budget(steps=steps), progress=False)
    return learner.sample(N, _chance())


def _private(epsilon: float) -> Tensor:
    from aigc_course import privacy

    train = data.load("mnist")
    made = privacy.fit_private(
        train.images, train.labels, epsilon, generator=torch.Generator().manual_seed(5)
    )
    return made.sample(N, _chance())


def _shipped() -> Tensor:
    from aigc_course import pretrained

    learner = models.get("dcgan").build()
    learner.load_trained(pretrained.load_weights("mnist_dcgan"))
    return learner.sample(N, _chance())


def _sets(folder: Path) -> dict[str, Tensor]:
    return {
        file.stem: torch.from_numpy(np.load(file))
        for file in sorted(folder.glob("*.npy"))
    }


def judges(folder: Path) -> list[secret.Judge]:
    """The five judges, made where they are not there yet."""
    found = []
    for number, seed in enumerate(SEEDS):
        place = folder / f"judge-{number}"
        if not (place / secret.FILE).exists():
            secret.make(seed, fast=False).save(place)
        found.append(secret.read(place))
    return found


def agree(folder: Path) -> dict[str, Any]:
    """Points of quality by each judge, their rank correlations, and accusations."""
    from scipy.stats import spearmanr

    sets, rows = _sets(folder), []
    public = {name: quality.public(images) for name, images in sets.items()}
    noted, ratios = [], {}
    for judge in judges(folder):
        row = {}
        for name, images in sets.items():
            found = quality.of_images(judge, images)
            row[name] = round(found.points, 2)
            fid = found.figures["fid"]
            finding = cheats.fooling(judge, public[name], fid)
            noted += [name] if finding else []
            if 0 < public[name].value < cheats.GOOD:
                usual = cheats.expected(public[name].value, judge.rulers)
                ratios.setdefault(name, []).append(round(fid.value / usual, 2))
        rows.append(row)
        print(json.dumps(row), flush=True)
    table = np.array([[row[name] for name in sets] for row in rows])
    pairs = [
        float(spearmanr(table[i], table[j]).statistic)
        for i in range(len(rows))
        for j in range(i)
    ]
    return {
        "references": len(sets),
        "judges": len(rows),
        "spearman_least": round(min(pairs), 4),
        "spearman_median": round(float(np.median(pairs)), 4),
        "points": dict(zip(sets, table.T.tolist(), strict=True)),
        "public_fid": {name: round(one.value, 3) for name, one in public.items()},
        "fooling_noted": noted,
        "secret_over_expected": ratios,
    }


def claimed(folder: Path) -> dict[str, Any]:
    """FID claims that are true, and ones that are 15 % too good, with other samples.

    A claim is the FID of 2,500 samples; the judge measures it with 2,500 others, as if
    the card's seed could not be drawn again. With the card's seed the error is 0.
    """
    real = metrics.reference.reference("mnist").features
    found: dict[str, Any] = {}
    chance = torch.Generator().manual_seed(11)
    for name, images in _sets(folder).items():
        features = metrics.features(images)
        honest = inflated = exact = 0
        tries = CLAIMS // 10
        for _ in range(tries):
            order = torch.randperm(len(features), generator=chance)
            a, b = features[order[: N // 2]], features[order[N // 2 :]]
            said, own = fid_estimate(a, real).value, fid_estimate(b, real)
            honest += not claims.check_value("fid", said, *own)[0]
            inflated += not claims.check_value("fid", 0.85 * said, *own)[0]
            exact += not claims.check_value("fid", 0.85 * said, said)[0]
        found[name] = [honest, inflated, exact, tries]
        print(name, found[name], flush=True)
    total = np.array(list(found.values())).sum(0)
    return {
        "other_seed_honest_accused": int(total[0]),
        "other_seed_inflated_found": int(total[1]),
        "same_seed_inflated_found": int(total[2]),
        "claims": int(total[3]),
        "by_reference": found,
    }


def cheated(folder: Path) -> dict[str, Any]:
    """What is found of each cheat, and in 20 honest sets of samples.

    The judge looks at few samples, as a fast one does: what it finds so, it finds with
    more. For what was fitted to the public extractor it takes all.
    """
    good, full = _good(folder), judges(folder)[0]
    by = replace(full, fast=True)
    found: dict[str, Any] = {}

    def note(name: str, wanted: str, said: Verdict, began: float) -> None:
        kinds = [one.kind for one in said.findings]
        found[name] = {
            "found": kinds,
            "caught": wanted in kinds,
            "points": said.total,
            "cpu_seconds": round(time.process_time() - began, 1),
        }
        print(name, found[name], flush=True)

    for name, made in capstone_cheats.reciting().items():
        began = time.process_time()
        said = judging.verdict_on(submission.read(good), by, made)
        note(name, name.split()[0], said, began)
    for name, change in capstone_cheats.CHEATS.items():
        began = time.process_time()
        place = capstone_cheats.changed(good, folder / "cheat", change)
        note(name, name.split()[0], judging.assess(place, by), began)
    began = time.process_time()
    place = folder / "overfitted"
    shutil.rmtree(place, ignore_errors=True)
    worked.unpack("overfitted", place)
    note("fooling", "fooling", judging.assess(place, full), began)
    for name, place in _attacks(good, folder):
        began = time.process_time()
        note(name, "gate", judging.assess(place, by), began)
    accused = _accused(folder, by)
    return {
        "cheats": found,
        "caught": sum(one["caught"] for one in found.values()),
        "of": len(found),
        "honest_accused": accused,
    }


def _good(folder: Path) -> Path:
    place = folder / "good"
    if not place.exists():
        worked.unpack("good", place)
    return place


def _attacks(good: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    for name, change in capstone_cheats.HOSTILE.items():
        yield name, capstone_cheats.changed(good, folder / "attack", change)
    for kind in capstone_cheats.ZIPS:
        path = folder / f"attack-{kind.replace(' ', '-')}.zip"
        yield f"zip: {kind}", capstone_cheats.zipped(good, path, kind)


def _accused(folder: Path, by: secret.Judge) -> dict[str, list[str]]:
    """Findings in samples of the honest references."""
    found = {}
    for name, images in _sets(folder).items():
        fid = fid_estimate(by.features(images), by.real)
        said = cheats.find(by, data.to_float(images), quality.public(images), fid)
        found[name] = [one.kind for one in said if one.kind in CHEATS]
        print(name, found[name], flush=True)
    return {name: kinds for name, kinds in found.items() if kinds}


def whole_class(folder: Path) -> dict[str, Any]:
    """30 submissions, 8 of them hostile, each in a confined process of its own."""
    good, by = _good(folder), judges(folder)[0]
    handed = folder / "class"
    shutil.rmtree(handed, ignore_errors=True)
    handed.mkdir()
    for number in range(22):
        shutil.copytree(good, handed / f"honest-{number:02}")
    attacks = list(capstone_cheats.HOSTILE.items())[:5]
    for name, change in attacks:
        capstone_cheats.changed(good, handed / name.replace(" ", "-"), change)
    for kind in ("path", "link", "bomb"):
        capstone_cheats.zipped(good, handed / f"{kind}.zip", kind)
    out = folder / "board"
    shutil.rmtree(out, ignore_errors=True)
    said = judging.judge_all(judging.submissions(handed), by, out, progress=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    honest = [one.seconds for one in said if one.judged]
    return {
        "submissions": len(said),
        "judged": len(honest),
        "refused": sum(not one.judged for one in said),
        "seconds_each": [min(honest), float(np.median(honest)), max(honest)],
        "children_cpu_seconds": round(children.ru_utime + children.ru_stime, 1),
        "children_peak_mib": round(children.ru_maxrss / 1024),
    }


PARTS = {
    "agree": agree,
    "claims": claimed,
    "cheats": cheated,
    "class": whole_class,
}


def main() -> None:
    """Measure one part and write it into the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["references", *PARTS])
    parser.add_argument("--folder", type=Path, required=True)
    told = parser.parse_args()
    torch.set_num_threads(1)
    if told.part == "references":
        return references(told.folder)
    began, cpu = time.monotonic(), time.process_time()
    found = PARTS[told.part](told.folder)
    found["seconds"] = round(time.monotonic() - began, 1)
    found["cpu_seconds"] = round(time.process_time() - cpu, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["peak_mib"] = round(peak)
    kept = json.loads(RECORD.read_text())["figures"] if RECORD.exists() else {}
    record("capstone", {**kept, told.part: found})


if __name__ == "__main__":
    main()
