"""What chapter 18 says is what its cells printed, its records hold, or follows."""

import json
import math
import re
from pathlib import Path

import pytest
from scipy.stats import norm

ROOT = Path(__file__).parents[1]
TEXT = next((ROOT / "chapters").glob("18_*.py")).read_text("utf-8")
CELLS = {
    re.search(r'id="([^"]+)"', cell)[1]: cell.partition("\n")[2]
    for cell in re.split(r"^# %% ?", TEXT, flags=re.M)[1:]
}


def says(name: str) -> str:
    """The text of a cell, in one line."""
    return " ".join(CELLS[f"18-{name}"].replace("# ", " ").split())


def printed(name: str) -> str:
    """What a cell of the solved notebook printed."""
    path = next((ROOT / "solutions").glob("18_*.ipynb"))
    cells = json.loads(path.read_text("utf-8"))["cells"]
    (cell,) = [one for one in cells if one.get("id") == f"18-{name}"]
    parts = (
        one.get("text", one.get("data", {}).get("text/plain", ""))
        for one in cell["outputs"]
    )
    return "\n".join("".join(part) for part in parts)


def shares(name: str) -> dict[str, list[float]]:
    """The percentages of each row that a cell printed, by the row's first words."""
    rows = {}
    for line in printed(name).splitlines():
        found = re.findall(r"(-?\d+(?:\.\d+)?)\s?%", line)
        label = re.split(r"\s{2,}|:", line.strip())[0]
        if found:
            rows[label] = [float(one) for one in found]
    return rows


def test_the_school_and_its_detector() -> None:
    right = 0.01 * 0.95
    wrong = 0.99 * 0.02
    assert "293 are accused, 198 of them wrongly" in printed("ppv")
    assert round(10_000 * (right + wrong)) == 293 and round(10_000 * wrong) == 198
    assert "About two of three accusations are wrong" in says("groups-text")
    assert 0.6 < wrong / (right + wrong) < 0.7


def test_the_smallest_number_of_fresh_pictures() -> None:
    from aigc_course.provenance import watermark

    assert "at least 2,995 for one in 1,000" in says("fresh-formula")
    assert math.ceil(math.log(0.05) / math.log(1 - 1e-3)) == 2995
    watermark.rank(2995, 1e-3, 0.95)


def test_a_digit_needs_a_larger_picture() -> None:
    assert "this is 1.4 rows" in says("explicit-text")
    assert pytest.approx(1.4) == 0.05 * 28


def test_what_signatures_say() -> None:
    found = printed("sign-read")
    for state in ("trusted", "invalid", "none", "untrusted"):
        assert (
            re.search(rf"\b{state}\b", found)
            and f"| {state} |" in CELLS["18-sign-after"]
        )


def test_thresholds_of_a_search() -> None:
    assert "raises the threshold by about two standard deviations" in says(
        "search-after"
    )
    assert 1.9 < norm.isf(1e-3 / 10_000) - norm.isf(1e-3) < 2.3


def record(name: str) -> dict:
    text = (ROOT / "benchmarks" / "records" / f"{name}.json").read_text("utf-8")
    return json.loads(text)["figures"]


def test_the_watermark_is_that_of_the_record() -> None:
    keys, text = record("watermark")["keys"], says("attack-after")
    assert len(keys) == 3 and "3 keys, 300 marked pictures" in text

    def found(attack: str) -> float:
        return 100 * sorted(one["found"][attack] for one in keys)[1]

    assert (
        found("JPEG 25") == 100
        and "All marked pictures are found after JPEG 25" in text
    )
    for attack, said in {
        "crop 24 of 28": "96 % after crops",
        "median 3 x 3": "99 % after the median",
    }.items():
        assert said in text and f"{found(attack):.0f} %" == said[:4]
    assert f"After noise of 0.1 it is {found('noise 0.1'):.0f} %, where" in text
    assert f"After a VAE it is {found('regeneration'):.1f} %" in text
    rates = [1000 * one["fpr_fresh"]["share"] for one in keys]
    assert f"between {min(rates):g} and {max(rates):.2f} in 1,000" in text
    exact = [1000 * one["fpr_fresh_exact_p"]["share"] for one in keys]
    low, middle, high = sorted(exact)
    assert f"was {low:g}, {middle:g} and {high:g} in 1,000" in text
    drift = sorted(one["fid_marked"] - one["fid_unmarked"] for one in keys)
    assert f"raises the FID by {drift[0]:.2f} to {drift[-1]:.2f}" in text
    noise = sorted(one["found"]["noise 0.1"] for one in keys)
    kept = f"from {noise[0]:.0%} to {noise[-1]:.0%}".replace("%", " %")
    assert kept in text
    worst = max(one["fpr_fresh_noise"]["share"] for one in keys)
    assert f"up to {1000 * worst:g} in 1,000" in text
    psnr = record("watermark")["vae_reconstruction_psnr"]
    assert f"with a PSNR of {psnr:.1f} dB" in text


def test_forging_and_removing_are_those_of_the_record() -> None:
    keys, text = record("watermark")["keys"], says("forge-after")
    assert min(one["forged_by_averaging"] for one in keys) == 0.998
    assert "From 300 marked pictures, at least 99.8 %" in text
    left = sorted(one["left_after_averaging"] for one in keys)
    assert f"between {left[0]:.0%} and {left[-1]:.0%}".replace("%", " %") in text


def test_the_table_of_detectors_is_that_of_the_record() -> None:
    counts, text = record("detection")["counts"], CELLS["18-others-after"]
    names = ("shipped DCGAN", "DCGAN 2", "VAE", "flow", "Gaussians")
    rows = {"the shipped GAN": names[0], "the VAE": "VAE", "the flow": "flow"}
    for row, source in rows.items():
        (line,) = re.findall(rf"^# \| {row} \|(.+)\|$", text, flags=re.M)
        for cell, name in zip(line.split("|"), names, strict=True):
            said = [float(n) for n in re.findall(r"[\d.]+", cell)]
            tpr = counts[f"on {source}"]["generators"][name]["tpr"]
            kept = [100 * tpr[key] for key in ("median", "low", "high")]
            assert said == pytest.approx(kept, abs=0.51)


def test_who_is_accused_by_the_detectors_of_the_record() -> None:
    counts, text = record("detection")["counts"], says("accuse-text")
    for source, said in {"VAE": "98", "flow": "99"}.items():
        row = counts[f"on {source}"]["accused"]
        assert f"{100 * row['digits of scikit-learn']['median']:.0f}" == said
        assert row["digits of scikit-learn"]["n"] == 1500
        for name in ("MNIST, same writers", "MNIST, other writers"):
            assert row[name]["median"] == pytest.approx(0.01, abs=0.005)
        assert counts[f"on {source}"]["processed"]["resized 20"]["fpr"]["low"] == 1
    assert "they accuse 98 % and 99 %" in text
    trap = counts["real ones were JPEG 90"]
    for key in ("auc as trained", "auc formats exchanged"):
        assert f"{trap[key]['median']:.2f}" == "0.93"
    assert "The median AUC is 0.93" in says("detect-after")


@pytest.mark.parametrize(
    ("cell", "text", "said", "shown"),
    [
        ("fresh-right", "exact-text", "at 6.0 standard deviations", "is 6.0 standard"),
        ("fresh-right", "exact-text", "4 of 2,000", "alarms 2.0 in 1,000"),
        ("text-found", "text-after", "149 of 206", "149 of 206"),
        ("latent-read", "latent-after", "98 % of the unchanged", "user 7 found  98%"),
        ("latent-read", "latent-after", "After JPEG 25 it is 30 %", "found  30%"),
        ("detect-saved", "others-text", "finds 31 %", "found 30.9%"),
        ("detect-saved", "others-text", "0.6 % of the real", "accused    0.64%"),
        ("others", "others-after", "31 % of those", "30.9%"),
        ("groups", "accuse-text", "1.7 % against 0 %", "accused 1.65% of"),
        ("groups", "accuse-text", "2.4 % against 0.6 %", "accused 2.40% of"),
        ("direction-table", "direction-after", "28 % of the pictures", "+0.283"),
        ("direction-table", "direction-after", "in 23 %", "+0.230"),
        ("ablation-table", "ablation-after", "a third of a pixel", "-0.346"),
    ],
)
def test_the_text_quotes_what_the_cell_printed(
    cell: str, text: str, said: str, shown: str
) -> None:
    assert said in says(text)
    assert shown in printed(cell)


def test_the_detector_carries_over_to_poorer_generators_only() -> None:
    found = shares("others")
    assert "three of four pictures of both" in says("others-after")
    for name in ("the VAE", "a normal for each class"):
        assert found[name][0] == pytest.approx(75, abs=3)
    for name in ("its own, JPEG 50", "its own, 20 by 20 and back"):
        assert found[name][0] == pytest.approx(4, abs=0.6)
    assert found["real, 20 by 20 and back"][0] == pytest.approx(4, abs=0.6)


def test_no_accusation_is_justified() -> None:
    assert printed("accuse").count("accuse nobody") == 3
    assert "the upper bound of the rate is 0.6 %" in says("accuse-after")
    assert pytest.approx(0.006, abs=1e-4) == 1 - 0.05 ** (1 / 500)


def test_what_the_random_weights_show() -> None:
    everywhere, ink = printed("sanity").split("pixels with ink")

    def row(text: str, name: str) -> list[float]:
        line = next(one for one in text.splitlines() if one.strip().startswith(name))
        return [float(n) for n in re.findall(r"-?\d\.\d\d", line)]

    assert min(row(everywhere, "integrated gradients")) > 0.98
    assert row(ink, "integrated gradients")[-1] == pytest.approx(0.3, abs=0.05)
    assert abs(row(ink, "gradient  ")[-1]) < 0.1
    assert min(row(ink, "edges")) == 1


def test_ten_pictures_are_enough_to_forge_the_simple_mark() -> None:
    believed = [float(n) for n in re.findall(r"believed ([\d.]+)%", printed("forge"))]
    assert believed[0] < 5 and believed[1:] == [100, 100, 100]
    assert "Ten are enough" in says("forge-after")


def test_what_removes_the_marks() -> None:
    found = {name: row[-2:] for name, row in shares("attack-table").items()}
    rows = {re.sub(r"\s+ours found.*", "", name): row for name, row in found.items()}
    assert rows["drawn again"] == [0, 0] and rows["shift 3"] == [0, 0]
    text = says("attack-after")
    assert f"After the median it is {rows['median 3 x 3'][1]:.0f} %" in text
    assert f"and after noise {rows['noise 0.1'][1]:.0f} %" in text
    mild = [rows[name] for name in ("JPEG 75", "JPEG 50", "JPEG 25", "shift 1")]
    mild_too = [rows[name][0] for name in ("noise 0.1", "median 3 x 3")]
    assert min(*(row[0] for row in mild), *mild_too) == 99
    assert min(*(row[1] for row in mild), rows["crop 24 of 28"][1]) == 96
    assert rows["crop 24 of 28"][0] < 50 < 90 < rows["crop 24 of 28"][1]
