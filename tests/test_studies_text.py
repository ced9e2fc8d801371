"""The studies of language models: the ladder of recipes, and the scaling law."""

import math

import pytest

from aigc_course import studies
from aigc_course.attention import scaling
from aigc_course.studies.config import describe
from aigc_course.studies.definitions import scaling as points
from aigc_course.studies.definitions import tiny_lm_ladder as ladder


@pytest.mark.parametrize("name", ["tiny-lm-ladder", "scaling"])
def test_the_study_can_be_made(name):
    study = studies.get(name)
    assert study.name == name and study.question.endswith("?")
    for method in study.methods.values():
        assert method.config == describe(method.config) != {}


def test_each_rung_changes_what_it_names_and_keeps_the_rest():
    methods = studies.get("tiny-lm-ladder").methods
    before = methods["gpt"].config
    for name, (_, shape, settings, stages) in list(ladder.RUNGS.items())[1:]:
        now = methods[name].config
        for part, changed in (("shape", shape), ("settings", settings)):
            found = {
                k
                for k in {**before[part], **now[part]}
                if before[part].get(k) != now[part].get(k)
            }
            assert found == set(changed), (name, found)
        assert (now["stages"] != before["stages"]) == bool(stages)
        assert now["steps"] == before["steps"] and now["size"] == before["size"]
        before = now
    last, adam = methods["growing"].config, methods["without-muon"].config
    assert last["shape"] == adam["shape"] and last["stages"] == adam["stages"]


def test_every_rung_reads_equally_many_tokens():
    for method in studies.get("tiny-lm-ladder").methods.values():
        stages = ladder.in_steps(method.config["stages"], ladder.STEPS)
        assert sum(count for _, count in stages) == ladder.STEPS


def test_a_rung_is_trained_and_judged(monkeypatch):
    monkeypatch.setattr(ladder, "JUDGED", 400)
    method = studies.get("tiny-lm-ladder").methods["growing"]
    outcome = method.run(studies.Cell(seed=0, scale=1e-9))
    assert outcome["training"] == "finished"
    assert 3 < outcome["nats"] < 1.1 * math.log(80)  # hardly anything is learnt


def test_a_point_of_the_law_counts_weights_inside_and_tokens(monkeypatch):
    monkeypatch.setattr(ladder, "JUDGED", 400)
    outcome = (
        studies.get("scaling")
        .methods["16-wide-75-steps"]
        .run(studies.Cell(seed=0, scale=2 / 75))
    )
    # 3 blocks of 4 C^2 + 8 C^2, and 2 gains each; one gain behind them
    assert outcome["weights"] == 3 * (12 * 16**2 + 2 * 16) + 16
    assert outcome["tokens"] == 2 * points.SIZE


class Fake:
    """A record whose losses follow a law, but for a point beyond the grid."""

    def __init__(self, law):
        self.law = law
        self.methods = [m for m in studies.get("scaling").methods if m != "held-out"]

    def outcomes(self, name):
        if name == "first-held-out":
            return [{"weights": 6e5, "tokens": 1e6, "nats": n} for n in (2.0, 2.2)]
        width, _, steps, _ = name.split("-")
        where = {"weights": 36 * int(width) ** 2, "tokens": 1024 * int(steps)}
        nats = float(self.law.loss(where["weights"], where["tokens"]))
        return [{**where, "nats": nats + d} for d in (-0.01, 0.01)]


@pytest.mark.parametrize("C", [0.0, 4000.0])
def test_a_point_is_predicted_from_the_grid_alone(C):
    fake = Fake(scaling.Law(E=1.3, A=40.0, a=0.4, B=300.0, b=0.45, C=C))
    law, guess, truth = points.predicted(fake, "first-held-out", bool(C))
    assert truth == pytest.approx(2.1)
    assert guess == pytest.approx(float(fake.law.loss(6e5, 1e6)), abs=0.01)
    assert abs(law.E - 1.3) < 0.1 and bool(law.C) == bool(C)
    _, guess, truth = points.left_out(fake, bool(C))
    assert guess == pytest.approx(truth, abs=0.01)
    assert truth == pytest.approx(float(fake.law.loss(36 * 96**2, 1024 * 300)))


def test_the_points_beyond_the_grid_are_larger_than_all_others_in_both_ways():
    for width, steps in (points.FIRST, points.HELD_OUT):
        assert width > max(points.WIDTHS) and steps > max(points.STEPS)
    assert set(points.BEYOND) | {points.LARGEST} <= set(studies.get("scaling").methods)


def test_what_chapter_12_says_in_words_of_its_studies():
    """Words such as "more than" and "worse", which a placeholder does not fill."""
    tuned = studies.record("fine-tuning")

    def figure(method: str, column: str) -> float:
        return tuned.summary(method, column)[0]

    gain = {m: figure(m, "gain") for m in ("full", "lora", "last-layer", "scratch")}
    assert gain["full"] > gain["scratch"] > gain["lora"] > 0.85 * gain["full"]
    assert gain["last-layer"] > gain["lora"]
    lost = {m: figure(m, "forgotten") for m in ("full", "lora", "full-replay")}
    assert lost["lora"] > 0.9 * lost["full"] and lost["full-replay"] < 0.2
    assert figure("slow-replay", "forgotten") < lost["full-replay"]
    assert figure("slow-replay", "names") > figure("full-replay", "names")
    assert figure("full-few", "names") > figure("scratch-few", "names")
    sums = studies.record("addition")
    plain, turned = (sums.summary(m, "exact") for m in ("plain", "reversed"))
    assert plain.low > turned.high
    assert sums.summary("reversed-long", "exact").low == 1.0
    assert sums.summary("plain-long", "exact").median < 1.0


def test_chapter_12_reads_the_ladder_as_it_is():
    ladder = studies.find("tiny-lm-ladder")
    nats = {method: ladder.summary(method, "nats") for method in ladder.methods}
    names = ["gpt", "rotary", "qk-norm", "relu2", "zero-start", "muon", "decay"]
    gains = {
        new: nats[old].median - nats[new].median
        for old, new in zip(names, names[1:], strict=False)
    }
    assert set(sorted(gains, key=gains.__getitem__)[-2:]) == {"rotary", "muon"}
    assert min(gains["decay"], gains["relu2"]) > gains["qk-norm"]
    assert nats["qk-norm"].high > nats["rotary"].low  # within the spread
    assert nats["zero-start"].low > nats["relu2"].high
    assert nats["growing"].median > nats["decay"].median


def test_chapter_12_says_where_each_law_misses():
    record = studies.find("scaling")
    missed = {}
    for product in (False, True):
        for name in ("first-held-out", "left out"):
            found = (
                points.left_out(record, product)
                if name == "left out"
                else points.predicted(record, name, product)
            )
            missed[name, product] = found[1] - found[2]
    assert missed["first-held-out", False] == pytest.approx(-0.09, abs=0.005)
    assert missed["left out", False] == pytest.approx(-0.07, abs=0.005)
    for name in ("first-held-out", "left out"):
        assert missed[name, True] == pytest.approx(0.02, abs=0.005)
    seeds = record.summary("first-held-out", "nats")
    assert 0.02 < seeds.high - seeds.low < 0.035
    mean = {name: nats for name, (_, _, nats) in points.points(record).items()}
    for width, fall in ((16, 0.47), (96, 0.25)):
        twice = mean[f"{width}-wide-75-steps"] - mean[f"{width}-wide-150-steps"]
        assert twice == pytest.approx(fall, abs=0.005)


def test_the_prediction_of_the_new_point_is_the_one_written_down():
    record = studies.find("scaling")
    law, _, _ = points.predicted(record, "first-held-out")
    width, steps = points.HELD_OUT
    weights = 3 * (12 * width**2 + 2 * width) + width
    assert float(law.loss(weights, steps * points.SIZE)) == pytest.approx(
        1.896, abs=0.0005
    )
