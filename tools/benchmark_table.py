"""Write the table of benchmarks/README.md from the records.

    python tools/benchmark_table.py [--check]

With --check nothing is written, and the exit code is 1 when the page differs.
"""

import json
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from aigc_course import studies
from aigc_course.files import write_text

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "benchmarks" / "records"
PAGE = ROOT / "benchmarks" / "README.md"
BEGIN, END = (
    "<!-- figures: written by tools/benchmark_table.py -->",
    "<!-- end of figures -->",
)


def main_text(page: str) -> str:
    """The page with its figures replaced by those of the records."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{figures()}\n{END}{after}"


def figures() -> str:
    """A table with one row for each record that is there, and the machine."""
    makers = {
        "demo": _demo,
        "fid_dcgan_fast_10s": _fid,
        "fid_dcgan_fast_60s": _fid,
        "fid_dcgan_fast_300s": _fid,
        "fid_dcgan_reference_60s": _fid,
        "throughput": _throughput,
        "game_1d": _game,
        "grading": _grading,
        "metrics": _metrics,
        "gan_lab": _lab,
        "vae_evidence": _evidence,
        "vae_throughput": _vae_throughput,
        "conditional": _conditional,
        "apps_inpainting": _inpainting,
        "apps_upscaling": _upscaling,
        "apps_translation": _translation,
        "tiny_shakespeare": _tiny_shakespeare,
        "shipping": _shipping,
        "serving": _serving,
        "watermark": _watermark,
        "detection": _detection,
        "capstone": _capstone,
        "verse": _verse,
        "music": _music,
        "levels": _levels,
        "shapes": _shapes,
        "captions": _captions,
        "glyphs": _glyphs,
    }
    found = {
        name: _read(name) for name in makers if (RECORDS / f"{name}.json").is_file()
    }
    if not found:
        return "Not measured yet."
    rows = [f"| {makers[name](content)} |" for name, content in found.items()]
    rows += [f"| {row} |" for row in (*_studies(), *_quality(), *_gallery())]
    table = ["| what | measured |", "| --- | --- |", *rows]
    machines = dict.fromkeys(_machine(content) for content in found.values())
    return "\n".join([*table, "", f"Measured on {'; '.join(machines)}. {NOTE}"])


NOTE = (
    "FID is that of the course's own extractor, 10,000 samples against the 10,000 test"
    " images: compare it only with its floor, or with other reports of this course."
    " `make bench` measures again what is not a study, and `aigc study NAME` a study."
)


def _demo(content: dict[str, Any]) -> str:
    median, runs = content["figures"]["median"], content["settings"]["runs"]
    return (
        f"`make demo`: first pictures, whole report (median of {runs}) |"
        f" {median['first_grid_s']:.0f} s, {median['report_s']:.0f} s"
    )


def _fid(content: dict[str, Any]) -> str:
    settings, found = content["settings"], content["figures"]
    seeds = found["seeds"]
    return (
        f"FID after {settings['seconds']:g} s, `{settings['preset']}` preset"
        f" (floor {seeds[0]['floor_fid']:.2f}) | median {found['median_fid']:.2f},"
        f" {found['least_fid']:.2f} to {found['greatest_fid']:.2f} over"
        f" {len(seeds)} seed{'s' * (len(seeds) > 1)}, {found['failed']} failed"
    )


def _throughput(content: dict[str, Any]) -> str:
    found = content["figures"]
    ratios, median = found["ratios"]["course"], found["median_ratio"]
    return (
        "images/s, `reference` nets, against a plain PyTorch loop | median"
        f" {median['course']:.2f} times, {min(ratios):.2f} to {max(ratios):.2f} over"
        f" {len(ratios)} pairs (in float32 {median['course in float32']:.2f})"
    )


def _game(content: dict[str, Any]) -> str:
    found, seeds = content["figures"], content["settings"]["seeds"]
    return (
        "1-D GAN of chapter 02, learned D against p/(p + q) where samples are dense |"
        f" mean error at most {found['greatest_error']:.3f} over {seeds} seeds, at most"
        f" {found['greatest_seconds']:.0f} s each"
    )


def _grading(content: dict[str, Any]) -> str:
    found, settings = content["figures"], content["settings"]
    return (
        f"`aigc grade`, {found['notebooks']} copies of chapter {settings['chapter']},"
        f" {settings['hostile']} of them hostile | {found['seconds']:.0f} s,"
        f" {found['functions']} functions"
    )


def _metrics(content: dict[str, Any]) -> str:
    found, settings = content["figures"], content["settings"]
    pairs = {
        "FID": ("fid", "fid_torchmetrics"),
        "precision to coverage": ("prdc", "prdc_package"),
    }
    told = [
        f"{name} {found[ours]['seconds']:.2g} s (public implementation"
        f" {found[public]['seconds']:.2g} s)"
        for name, (ours, public) in pairs.items()
    ]
    return (
        f"metrics of {settings['n']:,} x {settings['d']} features | {', '.join(told)}"
    )


def _shipping(content: dict[str, Any]) -> str:
    found = content["figures"]
    apart = max(model["largest"] for model in found["parity"].values())
    small = found["int8"]["dynamic int8"]
    return (
        f"{len(found['parity'])} models in ONNX Runtime at four batch sizes, difference"
        f" to PyTorch; weights in 8 bits; a release | at most {apart:.1e};"
        f" {small['share']:.0%} of the size, FID {found['int8']['float32']['fid']:.2f}"
        f" to {small['fid']:.2f}; {found['release']['cpu_seconds']:.0f} CPU s"
    )


def _serving(content: dict[str, Any]) -> str:
    found = content["figures"]
    rates = [found["saturation"][way]["per_second"] for way in ("batched", "unbatched")]
    steady, over = found["steady"], found["overload"]
    return (
        "`aigc serve`, one picture a request: most answered in a second, with and"
        f" without batches; 99 % at {steady['rate']:,.0f} a second, and of what is"
        f" accepted at {over['rate']:,.0f} | {rates[0]:,.0f} and {rates[1]:,.0f};"
        f" {steady['ms']['99']:.0f} ms; {over['ms']['99']:.0f} ms"
    )


def _watermark(content: dict[str, Any]) -> str:
    keys = content["figures"]["keys"]
    names = ("none", "JPEG 25", "noise 0.1", "shift 1", "crop 24 of 28", "regeneration")
    found = [statistics.median(key["found"][name] for key in keys) for name in names]
    false = statistics.median(key["fpr_fresh"]["share"] for key in keys)
    decibel = statistics.median(key["psnr_mean"] for key in keys)
    return (
        f"watermark at {decibel:.0f} dB, {len(keys)} keys: found clean, after JPEG 25,"
        " noise 0.1, a shift by 1, a crop, drawn again by a VAE; false alarms among"
        f" {keys[0]['fpr_fresh']['of']:,} |"
        f" {', '.join(f'{share:.1%}' for share in found)}; {false:.2%}"
    )


def _detection(content: dict[str, Any]) -> str:
    made = content["figures"]["counts"]["on shipped DCGAN"]["generators"]
    found = [f"{name} {seen['tpr']['median']:.0%}" for name, seen in made.items()]
    return (
        "detector trained on the shipped DCGAN, 1 % false accusations chosen: found of"
        f" each generator | {', '.join(found)}"
    )


def _capstone(content: dict[str, Any]) -> str:
    agree = content["figures"]["agree"]
    return (
        f"{agree['judges']} secret judges over {agree['references']} submissions, rank"
        f" correlation of the quality points | at least {agree['spearman_least']:.2f},"
        f" median {agree['spearman_median']:.2f}"
    )


def _verse(content: dict[str, Any]) -> str:
    found = content["figures"]["quatrains"]
    seeds = [row for name, row in found.items() if name.startswith("seed")]
    bits = [row["bits"] for row in seeds]
    rhyme = [row["free"]["rhyme"] for row in seeds]
    return (
        f"Tang quatrains, bits a character, {len(seeds)} seeds (counts of three"
        f" {found['rivals']['counts bits']:.2f}); poems that rhyme, drawn freely |"
        f" {min(bits):.2f} to {max(bits):.2f}; {min(rhyme):.0%} to {max(rhyme):.0%}"
    )


def _music(content: dict[str, Any]) -> str:
    found = content["figures"]
    seeds = [
        found[name]["nats_per_note"] for name in found if "canonical, medium" in name
    ]
    return (
        "canonical chorales in sixteenths, nats a note, one core"
        f" (counts {found['canonical, counts']['nats_per_note']:.3f}) |"
        f" {', '.join(f'{nats:.3f}' for nats in seeds)}"
    )


def _levels(content: dict[str, Any]) -> str:
    seeds = content["figures"]["seeds"]
    ways = ("guided", "swapped", "neighbours")
    found = [statistics.median(seed[way]["playable"] for seed in seeds) for way in ways]
    return (
        f"Sokoban levels that can be played, nothing filtered, {len(seeds)} seeds:"
        " Transformer; known levels with two tiles swapped; tile n-gram |"
        f" {', '.join(f'{share:.0%}' for share in found)}"
    )


def _shapes(content: dict[str, Any]) -> str:
    means = content["figures"]["means"]
    told = [
        f"{name} {statistics.median(means[name]['accuracy']):.0%}"
        for name in ("flow", "kernels 0.3", "normal law", "new")
    ]
    seeds = len(means["flow"]["accuracy"])
    return f"solid shapes, 1-NNA (50 % is best), {seeds} seeds | {', '.join(told)}"


def _captions(content: dict[str, Any]) -> str:
    found = content["figures"]
    told = []
    for name, what in (("captions seed", "words in order"), ("captions-bag", "a bag")):
        seeds = [row["unseen"]["obeyed"] for n, row in found.items() if name in n]
        told.append(f"{what} {min(seeds):.1%} at least, {max(seeds):.1%} at most")
    return f"captions of unseen pairs of digits, obeyed | {'; '.join(told)}"


def _glyphs(content: dict[str, Any]) -> str:
    settings, found = content["settings"], content["figures"]
    told = []
    for way in ("deformed", "vector", "lora, prior", "full, prior"):
        shares = [
            found[f"digit {digit}, 5 examples, seed {seed}, {way}"]["likeness"]
            for digit in settings["digits"]
            for seed in range(settings["seeds"])
        ]
        told.append(f"{way} {statistics.median(shares):.0%}")
    digits, seeds = len(settings["digits"]), settings["seeds"]
    return (
        "a digit learnt from five examples, pictures read as it, median of"
        f" {digits} digits and {seeds} seeds | {'; '.join(told)}"
    )


def _lab(content: dict[str, Any]) -> str:
    found = content["figures"]["non-saturating"]
    return (
        "GAN lab, what the kernel can do in a second |"
        f" {found['rounds_per_second']:.0f} rounds,"
        f" {found['pictures_per_second']:.0f} pictures"
    )


def _evidence(content: dict[str, Any]) -> str:
    told = [
        f"{name} {found['minus_log_p']:.1f} after"
        f" {found['training_cpu_seconds'] / 60:.0f} minutes of processor time"
        for name, found in content["figures"].items()
    ]
    samples = next(iter(content["figures"].values()))["judged"]["importance_samples"]
    what = "-log p of MNIST's test digits in nats, dynamic binarisation"
    return f"{what}, {samples:,} importance samples | {', '.join(told)}"


def _vae_throughput(content: dict[str, Any]) -> str:
    found = content["figures"]["per_second"]["median_ratio"]
    took = content["figures"]["profile"]["milliseconds"]
    kind = "bfloat16" if content["figures"]["bf16"] else "float32"
    return (
        "images/s, classic VAE, against a plain PyTorch script | median"
        f" {found['course']:.2f} times over {content['settings']['rounds']} pairs; of a"
        f" step's {took[f'course, all in {kind}']:.1f} ms on one thread, matrix"
        f" products {took[f'matrix products in {kind}']:.1f}, Adam"
        f" {took['course, of its step Adam']:.1f}, drawing pixels"
        f" {took['course, of its step drawing pixels']:.1f}"
    )


def _conditional(content: dict[str, Any]) -> str:
    told = [
        f"{name} {found['least_label_accuracy']:.1%} at least, over"
        f" {len(found['seeds'])} seeds"
        for name, found in content["figures"].items()
    ]
    return f"label accuracy by an independent classifier | {', '.join(told)}"


def _inpainting(content: dict[str, Any]) -> str:
    found = content["figures"]
    return (
        "digits recognised correctly after inpainting a hole of 14 x 14 pixels |"
        f" {found['least_accuracy']:.1%} ({_seeds(found['learned'])}); thin plate"
        f" {found['classical']['accuracy']:.1%}, hole left black"
        f" {found['floor']['accuracy']:.1%}"
    )


def _upscaling(content: dict[str, Any]) -> str:
    found = content["figures"]
    loss = max(row["psnr_loss"] for row in found["seeds"])
    return (
        "super-resolution by 4, FID of regression over that of adversarial training |"
        f" {found['least_fid_ratio']:.1f}, for {loss:.1f} dB of PSNR"
        f" ({_seeds(found['seeds'])})"
    )


def _translation(content: dict[str, Any]) -> str:
    found = content["figures"]
    return (
        "digits to outlines and back without pairs (CycleGAN), label accuracy |"
        f" {found['least_kept']:.1%} at least ({_seeds(found['seeds'])})"
    )


def _tiny_shakespeare(content: dict[str, Any]) -> str:
    budgets: dict[str, list[Any]] = {}
    for name, found in content["figures"].items():
        budgets.setdefault(name.split(",")[0], []).append(found)
    told = [
        f"{max(one['model'] for one in rows):.3f}, with counts"
        f" {max(one['mixed_frozen'] for one in rows):.3f} frozen and"
        f" {max(one['mixed_online'] for one in rows):.3f} online, after"
        f" {max(one['tokens'] for one in rows) / 1e6:.1f} million tokens"
        f" ({_seeds(rows)})"
        for rows in budgets.values()
    ]
    what = "Tiny Shakespeare, whole validation text, nats per character at most"
    return f"{what} | {'; '.join(told)}"


def _seeds(rows: list[Any]) -> str:
    return f"{len(rows)} seed{'s' * (len(rows) > 1)}"


def _studies() -> Iterator[str]:
    """Rows of the studies whose records are there: all modes, by the best recipe."""
    for name, modes in {"ring-8": 8, "grid-25": 25, "stacked-mnist": 1000}.items():
        found = studies.record(name)
        for method in ("plain", "recommended"):
            if method not in found.methods:
                continue
            covered = found.summary(method, "modes")
            failed, of = found.failures(method)
            clean = ""
            if name != "stacked-mnist":
                spread = found.summary(method, "high_quality")
                clean = (
                    f", high quality {spread.median:.1%} ({spread.low:.1%} at least)"
                )
            seconds = found.summary(method, "cpu_seconds").median
            yield (
                f"`{name}`, {method} GAN | {covered.median:.0f} of {modes} modes"
                f" ({covered.low:.0f} at least){clean}, {failed} of {of} seeds failed,"
                f" {seconds:.0f} s of processor time each"
            )


def _quality() -> Iterator[str]:
    """Rows of other studies whose records are there."""
    two, noise = studies.find("two-stage"), studies.find("denoising")
    labels, small = studies.find("label-errors"), studies.find("compression")
    for name in two.methods:
        mixture, latent = (
            two.summary(name, f"{stage}_lower").median
            for stage in ("mixture", "latent_vae")
        )
        yield (
            f"`two-stage`, FID of a VAE with {name} likelihood is lower by | mixture"
            f" {mixture:.0%}, second VAE {latent:.0%} ({two.failures(name).of} seeds)"
        )
    if not noise.is_missing:
        network, *filters = (noise.summary(m, "psnr") for m in reversed(noise.methods))
        gain = network.low - max(one.median for one in filters)
        yield (
            "`denoising`, noise of 0.5 on the [0, 1] scale, a VAE |"
            f" {network.low:.1f} dB at least over {network.n} seeds, {gain:.1f} above"
            " the best classical filter"
        )
    if not small.is_missing:
        bits, psnr = (small.summary("codec", c) for c in ("bits_per_pixel", "psnr"))
        share = bits.high / small.summary("jpeg", "bits_per_pixel").median
        yield (
            "`compression`, VQ-VAE as a codec, coded for real and decoded exactly |"
            f" {bits.high:.3f} bits per pixel at {psnr.low:.1f} dB, {share:.0%} of"
            f" JPEG's payload at 20 dB ({bits.n} seeds)"
        )
    if not labels.is_missing:
        recall, precision = (
            labels.summary("mnist-10", column) for column in ("recall", "precision")
        )
        yield (
            f"`label-errors`, wrong labels found among 10 % | recall {recall.low:.1%},"
            f" precision {precision.low:.1%} at least ({recall.n} seeds of 10,000"
            " digits)"
        )


def _gallery() -> Iterator[str]:
    """A row for the gallery, if its record is there: shown, and cured."""
    found = studies.find("gallery")
    if found.is_missing:
        return
    ends: dict[str, list[studies.Failures]] = {"shown in": [], "cured in": []}
    for method in found.methods:
        _, _, remedy = method.partition("-")
        if remedy in ("", "repaired"):
            ends["cured in" if remedy else "shown in"].append(found.failures(method))
    told = [
        f"{end} {sum(f.of - f.failed for f in seeds)} of {sum(f.of for f in seeds)}"
        for end, seeds in ends.items()
    ]
    cases = len(ends["shown in"])
    yield f"failure gallery, {cases} cases | {', '.join(told)} trainings"


def _machine(content: dict[str, Any]) -> str:
    machine = content["machine"]
    return (
        f"{machine['cores']} cores of {machine['processor']}, torch {machine['torch']}"
    )


def _read(name: str) -> dict[str, Any]:
    return json.loads((RECORDS / f"{name}.json").read_text(encoding="utf-8"))


@click.command()
@click.option("--check", is_flag=True)
def main(check: bool) -> None:
    """Write the page's figures, or check that they are those of the records."""
    path = PAGE
    old = path.read_text(encoding="utf-8")
    new = main_text(old)
    if check and new != old:
        click.echo(
            "benchmarks/README.md differs from the records: run"
            " tools/benchmark_table.py."
        )
        sys.exit(1)
    if not check:
        write_text(path, new)


if __name__ == "__main__":
    main()
