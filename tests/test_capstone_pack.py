"""Cards, evidence, public gates, blinded reviews and the commands of the capstone."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import capstone_folder as made
import numpy as np
import pytest
import torch
from click.testing import CliRunner

import aigc_course.training
from aigc_course import cli
from aigc_course.capstone import (
    briefs,
    cards,
    evidence,
    gates,
    graph,
    loading,
    peers,
    project,
    rubric,
    submission,
    training,
)
from aigc_course.errors import CourseError

Files = dict[str, bytes]
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def files() -> Files:
    return made.files()


def aigc(*words: object) -> Any:
    return CliRunner().invoke(cli.main, [str(word) for word in words])


# ---------------------------------------------------------------- cards


def test_a_card_is_read_back_as_it_was_written() -> None:
    text = made.card(claims=[made.claim(), made.claim(figure="coverage")])
    card = cards.parse(text)
    assert card.front["title"] == "A DCGAN" and card.authors == ("Li Hua",)
    assert [one.figure for one in card.claims] == ["fid", "coverage"]
    assert cards.render(card.front, card.text) == text
    assert card.claim("fid") == card.claims[0] and card.claim("psnr") is None


def test_front_matter_is_yaml_for_others() -> None:
    yaml = pytest.importorskip("yaml")
    text = made.card(claims=[made.claim(), made.claim(figure="coverage")])
    front = yaml.safe_load(text.split("---")[1])
    assert front["claims"][1]["figure"] == "coverage"


def test_words_need_no_quotation_marks() -> None:
    text = made.card().replace('licence: "MIT"', "licence: MIT or later")
    assert cards.parse(text).front["licence"] == "MIT or later"


BAD_CARDS: dict[str, Callable[[], str]] = {
    "begins with a line": lambda: "# no front matter",
    "ends with a second line": lambda: "---\ntitle: x\n",
    "lacks the key 'claims'": lambda: made.card(claims=None),
    "a list of names": lambda: made.card(authors="me"),
    "stands twice": lambda: made.card().replace("title:", "title: 1\ntitle:"),
    "has no key": lambda: made.card().replace("title:", "- x\ntitle:"),
    "is not JSON": lambda: made.card().replace('["Li Hua"]', '["Li Hua"'),
    "NaN is not a number": lambda: made.card(claims=[made.claim(value=math.nan)]),
    "a list of {...}": lambda: made.card(claims=["good"]),
    "has the keys figure": lambda: made.card(claims=[{"figure": "fid"}]),
    "is claimed once": lambda: made.card(claims=[made.claim()] * 2),
    "at most 20": lambda: made.card(claims=[made.claim()] * 21),
    "a finite number": lambda: made.card(claims=[made.claim(value="1.3")]),
    "a whole number": lambda: made.card(claims=[made.claim(seeds=3.5)]),
    "not above its": lambda: made.card(claims=[made.claim(low=2.0)]),
    "a text in quotation": lambda: made.card(claims=[made.claim(figure=1)]),
    "`mechanism` in card.md is": lambda: made.card(mechanism={"delta": 1e-5}),
    "`delta` of the": lambda: made.card(mechanism={"delta": 0, "releases": [{}]}),
    "`noise` of a": lambda: made.card(mechanism=_mechanism(0.0)),
    "`rate` of a": lambda: made.card(mechanism=_mechanism(4.0, rate=0)),
    "`steps` of a": lambda: made.card(mechanism=_mechanism(4.0, steps=0)),
}


def _mechanism(noise: float, **changes: Any) -> dict[str, Any]:
    one = {"noise": noise, "rate": 1.0, "steps": 1, **changes}
    return {"delta": 1e-5, "releases": [one]}


@pytest.mark.parametrize("words", BAD_CARDS)
def test_cards_that_are_refused(words: str) -> None:
    with pytest.raises(CourseError) as found:
        cards.parse(BAD_CARDS[words]())
    assert words in str(found.value)


# ------------------------------------------------------------- evidence


def test_the_interval_is_student_s() -> None:
    from scipy.stats import t

    values = [1.0, 2.0, 4.0, 3.0]
    low, high = evidence.interval(values)
    expected = t.interval(0.95, 3, np.mean(values), np.std(values, ddof=1) / 2)
    assert (low, high) == pytest.approx(expected)
    assert evidence.interval([1.0]) == (-math.inf, math.inf)


def test_the_interval_holds_the_mean_19_times_in_20() -> None:
    chance = np.random.default_rng(0)
    ends = [evidence.interval(list(chance.normal(size=3))) for _ in range(500)]
    held = np.mean([low <= 0 <= high for low, high in ends])
    assert abs(held - 0.95) < 3 * math.sqrt(0.95 * 0.05 / 500)


def _record(**changes: Any) -> bytes:
    return json.dumps(made.record(**changes)).encode()


def test_a_record_is_read_and_counts_failures() -> None:
    runs = [made.run("a", seed) for seed in (2, 0, 1)]
    runs.append(made.run("a", 3, status="diverged", figures={}))
    record = evidence.parse(_record(runs=runs, submitted="a-0"))
    assert [one.seed for one in record.of("a")] == [0, 1, 2, 3]
    assert record.values("a", "fid") == [1.2, 1.3, 1.4]
    assert evidence.parse(json.dumps(record.to_dict()).encode()) == record
    assert "| a | 4 | 1 | 1.3 |" in project.table(record, "fid")


BAD_RECORDS: dict[str, Callable[[], bytes]] = {
    "is not JSON": lambda: b"\xff",
    "has the keys brief": lambda: b"{}",
    "1 to 200 runs": lambda: _record(runs=[]),
    "are texts": lambda: _record(submitted=1),
    "the same seed twice": lambda: _record(runs=[made.run("a", 0)] * 2),
    "has the keys method": lambda: _record(runs=[{}]),
    "whole number from 0": lambda: _record(runs=[made.run("a", -1)]),
    "is one of finished": lambda: _record(runs=[made.run("a", 0, status="good")]),
    "a short name": lambda: _record(runs=[made.run("a" * 50, 0)]),
    "are {...}": lambda: _record(runs=[made.run("a", 0, figures=[1])]),
    "are numbers": lambda: _record(runs=[made.run("a", 0, figures={"fid": "low"})]),
}


@pytest.mark.parametrize("words", BAD_RECORDS)
def test_records_that_are_refused(words: str) -> None:
    with pytest.raises(CourseError) as found:
        evidence.parse(BAD_RECORDS[words]())
    assert words in str(found.value)


# ---------------------------------------------------------------- gates

BAD_PARTS: dict[tuple[str, str], Callable[[], tuple[str, str]]] = {
    ("card", "TODO"): lambda: ("card.md", made.card(title="TODO a title")),
    ("card", "'<s'"): lambda: ("card.md", made.card() + "<script>alert(1)</script>"),
    ("card", "'JavaScript:'"): lambda: ("card.md", made.card() + "[x](JavaScript:y)"),
    ("card", "`brief` in"): lambda: ("card.md", made.card(brief="B")),
    ("claims", "no claim about fid"): lambda: ("card.md", made.card(claims=[])),
    ("claims", "claims 'beauty'"): lambda: _claims(figure="beauty"),
    ("claims", "has n = 500"): lambda: _claims(n=500),
    ("claims", "and seed 7"): lambda: _claims(seed=7),
    ("claims", "rests on 1 seeds"): lambda: _claims(seeds=1),
    ("claims", "The extractor"): lambda: _claims(extractor="inception"),
    ("evidence", "1 seeds of baseline"): lambda: _runs(
        [made.run("baseline", 1), *(made.run("other", i) for i in range(3))]
    ),
    ("evidence", "no other method"): lambda: _runs(
        [made.run("baseline", i) for i in range(5)]
    ),
    ("evidence", "names none"): lambda: (
        "evidence/record.json",
        json.dumps(made.record(submitted="best-0")),
    ),
    ("evidence", "did not finish"): lambda: _runs(
        [made.run("baseline", i, status="diverged") for i in range(3)]
        + [made.run("other", i) for i in range(3)]
    ),
    ("evidence", "another brief"): lambda: (
        "evidence/record.json",
        json.dumps(made.record(brief="B")),
    ),
    ("report", "TODO"): lambda: ("report.md", made.report() + "TODO"),
    ("report", "section 'Question'"): lambda: ("report.md", "nothing"),
    ("report", "words; write"): lambda: ("report.md", made.report() + "w " * 2_000),
    ("report", "'<i'"): lambda: ("report.md", made.report() + "<img src=x>"),
}


def _claims(**changes: Any) -> tuple[str, str]:
    return "card.md", made.card(claims=[made.claim(), made.claim(**changes)][-1:])


def _runs(runs: list[dict[str, Any]]) -> tuple[str, str]:
    return "evidence/record.json", json.dumps(made.record(runs=runs))


@pytest.fixture(scope="module")
def read_once(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A submission without its slow part, drawing the samples again."""
    patch = pytest.MonkeyPatch()
    patch.setitem(gates._MORE, "reload", lambda found: None)
    yield
    patch.undo()


@pytest.mark.parametrize("case", BAD_PARTS)
def test_what_a_gate_refuses_is_named(
    case: tuple[str, str], files: Files, tmp_path: Path, read_once: None
) -> None:
    name, text = BAD_PARTS[case]()
    found = gates.check(made.lay(tmp_path, {**files, name: text.encode()}))
    bad = {one.gate: one.message for one in found if not one.passed}
    assert list(bad) == [case[0]] and case[1] in bad[case[0]], bad
    assert bad[case[0]].count("\n") == 0


def test_less_than_signs_and_chinese_are_welcome(
    files: Files, tmp_path: Path, read_once: None
) -> None:
    text = made.report() + "\n\n生成模型的质量 < 1.3 ，见表。"
    found = gates.check(made.lay(tmp_path, {**files, "report.md": text.encode()}))
    assert gates.passed(found), found


def test_a_mechanism_is_computed_anew() -> None:
    sigma = 3.73  # epsilon = 1 at delta = 1e-5 for one release
    assert training.epsilon(((sigma, 1.0, 1),), 1e-5) == pytest.approx(1, abs=5e-3)
    two = ((sigma * math.sqrt(2), 1.0, 1),) * 2
    assert training.epsilon(two, 1e-5) == pytest.approx(1, abs=5e-3)


# ----------------------------------------------------------- known values


def test_known_values_are_those_of_the_records() -> None:
    def study(name: str) -> Any:
        path = ROOT / f"aigc_course/studies/records/{name}.json"
        return json.loads(path.read_text())["cells"]

    def median(name: str, method: str, column: str) -> float:
        cells = [one for one in study(name) if one["method"] == method]
        return float(np.median([one["outcome"][column] for one in cells]))

    def figures(name: str) -> Any:
        return json.loads((ROOT / f"benchmarks/records/{name}.json").read_text())[
            "figures"
        ]

    a, b, d = (briefs.get(name) for name in "ABD")
    assert a.floor.value == median("two-stage", "bernoulli", "one_stage")
    assert a.best.value == figures("fid_dcgan_fast_60s")["median_fid"]
    holes = figures("apps_inpainting")
    assert b.floor.value == holes["mean_of_10"]["accuracy"]
    assert b.best.value == max(row["accuracy"] for row in holes["regression"])
    assert d.floor.value == median("private-digits", "eps-0.2", "accuracy")
    assert d.best.value == median("private-digits", "eps-1", "accuracy")


# ----------------------------------------------------------------- graphs

LATENT = 4


def onnx_file(change: Callable[[Any, Any], None] | None = None) -> bytes:
    """Tanh of a linear map, as pictures; `change` spoils it."""
    onnx = pytest.importorskip("onnx")
    from onnx import TensorProto, helper, numpy_helper

    weight = np.full((LATENT, 784), 0.1, np.float32)
    shape = np.array([-1, 1, 28, 28])
    nodes = [
        helper.make_node("MatMul", ["z", "w"], ["h"]),
        helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Reshape", ["t", "s"], ["x"]),
    ]
    stored = [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(shape, "s")]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)
        for name, sizes in (("z", ["N", LATENT]), ("x", ["N", 1, 28, 28]))
    ]
    graph_ = helper.make_graph(nodes, "g", ends[:1], ends[1:], stored)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph_, opset_imports=opset, ir_version=8)
    if change:
        change(onnx, model)
    return bytes(model.SerializeToString())


def _outside(onnx: Any, model: Any) -> None:
    stored = model.graph.initializer[0]
    stored.data_location = onnx.TensorProto.EXTERNAL
    entry = stored.external_data.add()
    entry.key, entry.value = "location", "../../etc/passwd"


def _loop(onnx: Any, model: Any) -> None:
    model.graph.node[1].op_type = "Loop"


def _other_domain(onnx: Any, model: Any) -> None:
    model.graph.node[1].domain = "com.example"


def _grows(onnx: Any, model: Any) -> None:
    big = onnx.helper.make_node("Gemm", ["h2", "w2"], ["big"])
    shape = onnx.numpy_helper.from_array(np.array([28 * 28, 1]), "s2")
    model.graph.initializer.append(shape)
    model.graph.node.insert(1, onnx.helper.make_node("Reshape", ["h", "s2"], ["h2"]))
    wide = onnx.numpy_helper.from_array(np.zeros((1, 2_000), np.float32), "w2")
    model.graph.initializer.append(wide)
    model.graph.node.insert(2, big)


def _other_output(onnx: Any, model: Any) -> None:
    model.graph.initializer[1].CopyFrom(
        onnx.numpy_helper.from_array(np.array([-1, 1, 14, 56]), "s")
    )


BAD_GRAPHS = {
    "in another file": _outside,
    "operation 'Loop'": _loop,
    "operation 'Tanh'": _other_domain,
    "too large": _grows,
    "has the shape [N, 1, 28, 28]": _other_output,
}


def test_a_small_graph_is_taken_and_draws() -> None:
    packed = onnx_file()
    graph.check(packed, LATENT)
    one = loading.build({"kind": "onnx", "latent": LATENT}, {}, packed)
    pictures = one.sample(3, seed=5)
    z = torch.randn(loading.BLOCK, LATENT, generator=loading.block_generator(0, 5))
    assert torch.allclose(pictures[:, 0, 0, 0], (0.1 * z.sum(1)).tanh()[:3], atol=1e-6)


@pytest.mark.parametrize("words", BAD_GRAPHS)
def test_graphs_that_are_refused(words: str) -> None:
    with pytest.raises(CourseError) as found:
        graph.check(onnx_file(BAD_GRAPHS[words]), LATENT)
    assert words in str(found.value)


def test_bytes_and_other_latents_are_refused() -> None:
    pytest.importorskip("onnx")
    with pytest.raises(CourseError, match="not an ONNX file"):
        graph.check(b"\xff" * 50, LATENT)
    with pytest.raises(CourseError, match=r"one input \[N, 5\]"):
        graph.check(onnx_file(), 5)


# ------------------------------------------------------------------ blocks


def test_the_first_samples_of_many_are_those_of_few(files: Files) -> None:
    from aigc_course import pretrained

    one = loading.build(made.CONFIG, pretrained.load_weights("mnist_dcgan"))
    assert torch.equal(one.sample(7, 3), one.sample(600, 3)[:7])
    assert not torch.equal(one.sample(7, 3), one.sample(7, 4))
    assert one.sample(0, 3).shape == (0, 1, 28, 28)
    for asked in (lambda: one.nats("x"), lambda: one.write(1, 1, 0)):
        with pytest.raises(CourseError, match="A dcgan"):
            asked()


def test_private_weights_of_other_shapes_are_refused() -> None:
    config = {"kind": "private", "epsilon": 1.0, "delta": 1e-5, "mus": [0.1]}
    names = ("centre", "basis", "outside", "counts", "means", "covariances")
    with pytest.raises(CourseError, match="do not fit"):
        loading.build(config, {name: torch.ones(3, 3) for name in names})


# ------------------------------------------------------------------- peers


@pytest.mark.parametrize("n", [3, 4, 5, 30])
def test_everybody_reads_two_others_and_is_read_twice(n: int) -> None:
    names = [f"n{i}" for i in range(n)]
    for seed in range(20):
        found = peers.assign(names, seed)
        read = [other for others in found.values() for other in others]
        assert sorted(found) == sorted(names)
        assert all(len(set(others)) == 2 for others in found.values())
        assert all(reader not in others for reader, others in found.items())
        assert all(read.count(name) == 2 for name in names)
    assert peers.assign(names, 1) == peers.assign(names[::-1], 1)


def test_too_few_or_equal_names() -> None:
    with pytest.raises(CourseError, match="at least 3"):
        peers.assign(["a", "b"], 0)
    with pytest.raises(CourseError, match="name of their own"):
        peers.assign(["a", "a", "b"], 0)


def test_names_are_replaced_and_words_are_not() -> None:
    text = "Li Hua and LI HUA, 李华 too; the final generation."
    found = peers.without(text, ["Li Hua", "李华", "lihua_final"])
    assert "Hua" not in found and "李华" not in found
    assert "final generation" in found


def test_copies_for_reviewers_hold_no_names(files: Files, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for name in ("hua", "wei", "ming"):
        card = made.card(authors=[f"Li {name.title()}"])
        text = card.replace("Li Hua trained it.", f"{name} trained it.")
        content = {**files, "card.md": text.encode()}
        made.zipped(folder_of(folder) / f"{name}.zip", list(content.items()))
    (folder / "bad.zip").write_bytes(b"x")
    done = aigc("capstone", "review", folder, "--seed", 4, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "Left out: bad.zip. The file is not a zip archive." in done.output
    key = json.loads((tmp_path / "out/key.json").read_text())
    for reader, others in key["readers"].items():
        copies = sorted((tmp_path / "out" / reader).iterdir())
        assert sorted(key["codes"][one] for one in others) == [c.name for c in copies]
        for copy in copies:
            assert {"card.md", "report.md", "samples.png", "review.md"} <= {
                one.name for one in copy.iterdir()
            }
            words = "".join(one.read_text() for one in copy.glob("*.md")).lower()
            assert not any(name in words for name in ("hua", "wei", "ming"))
    again = aigc("capstone", "review", folder, "--seed", 4, "--out", tmp_path / "out")
    assert again.exit_code == 2 and "not an empty folder" in again.output


def folder_of(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


# ------------------------------------------------------------------ rubric


def test_the_rubric_makes_ten_points() -> None:
    assert rubric.points({row.id: 2 for row in rubric.ROWS}) == 10
    assert rubric.points({row.id: 0 for row in rubric.ROWS}) == 0
    with pytest.raises(CourseError, match="Score each"):
        rubric.points({"question": 1})
    with pytest.raises(CourseError, match="is 0, 1 or 2, not 3"):
        rubric.points({row.id: 3 for row in rubric.ROWS})
    titles = [row.title for row in rubric.ROWS]
    assert list(gates.SECTIONS) == titles


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize("name", briefs.NAMES)
def test_a_project_has_all_pages_and_says_its_commands(
    name: str, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    done = aigc("capstone", "start", name.lower(), "--out", out)
    assert done.exit_code == 0, done.output
    pages = {one.name: one.read_text("utf-8") for one in out.iterdir()}
    assert set(pages) == {*project.PAGES, "methods.json"}
    assert not any("{{" in text or "}}" in text for text in pages.values())
    readme = pages["README.md"]
    commands = [line for line in readme.splitlines() if line.startswith("aigc ")]
    assert len(commands) == 8
    for line in commands:  # each is a command that exists, with options that exist
        words = line.replace('"', "").split()
        command: Any = cli.main
        while words and words[1:] and hasattr(command, "commands"):
            words = words[1:]
            command = command.commands[words[0]]
        known = {flag for one in command.params for flag in one.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
    cards.parse(pages["card.md"])
    brief, n, seed, methods = training.plan(out)
    assert (brief.name, seed) == (name, 0) and len(methods) == 2
    again = aigc("capstone", "start", name, "--out", out)
    assert again.exit_code == 2 and "not an empty folder" in again.output


BAD_PLANS: dict[str, Any] = {
    "the entries brief": {},
    "There is no brief 'Z'": {"brief": "Z"},
    "n in": {"n": 5},
    "seed in": {"seed": -1},
    "at least one method": {"methods": {}},
    "named by small letters": {"methods": {"../up": {"kind": "recipe"}}},
    "`kind` of a": {"methods": {"a": {"kind": "code"}}},
    "lacks 'steps'": {"methods": {"a": {"kind": "recipe", "model": "", "preset": ""}}},
    "allows 1 to 2,000": {
        "methods": {"a": {"kind": "restorer", "task": "", "way": "", "steps": 9_999}}
    },
    "`halvings` of a": {
        "methods": {"a": {"kind": "private", "epsilon": 1.0, "halvings": 2}}
    },
}


@pytest.mark.parametrize("words", BAD_PLANS)
def test_plans_that_are_refused(words: str, tmp_path: Path) -> None:
    whole = {"brief": "A", "n": 1_000, "seed": 0, "methods": {"a": {}}}
    told = {**whole, **BAD_PLANS[words]} if BAD_PLANS[words] else {}
    (tmp_path / training.METHODS).write_text(json.dumps(told))
    done = aigc("capstone", "train", tmp_path)
    assert done.exit_code == 2 and words in done.output, done.output
    assert done.output.startswith("aigc: ") and done.output.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("capstone", "start", "E", "--out", "{}/x"), "There is no brief 'E'"),
        (("capstone", "train", "{}"), "is not a capstone project"),
        (("capstone", "collect", "{}"), "is not a capstone project"),
        (("capstone", "review", "{}/no", "--seed", 1, "--out", "{}/o"), "no folder"),
        (("capstone", "review", "{}", "--seed", 1, "--out", "{}/o"), "at least 3"),
        (("submit", "{}", "--out", "{}/s.zip"), "Gate files: The submission lacks"),
        (("submit", "{}/no", "--out", "{}/s.zip"), "There is no folder"),
        (("submit", "{}", "--out", "{}/s.rar"), "ends in .zip"),
    ],
)
def test_bad_input_is_one_sentence(words: Any, sentence: str, tmp_path: Path) -> None:
    done = aigc(*(str(word).replace("{}", str(tmp_path)) for word in words))
    assert done.exit_code == 2 and sentence in done.output, done.output
    assert done.output.count("\n") == 1 and not list(tmp_path.iterdir())


def test_check_says_what_every_gate_says(files: Files, tmp_path: Path) -> None:
    folder = made.lay(tmp_path / "mine", {**files, "report.md": b"short"})
    done = aigc("capstone", "check", folder)
    assert done.exit_code == 1 and done.output.count("passed") == len(gates.GATES) - 1
    assert "NOT YET report: report.md lacks the section" in done.output
    done = aigc("capstone", "check", tmp_path)
    assert done.exit_code == 1 and "9 further gates were not asked" in done.output


def test_the_briefs_are_listed() -> None:
    done = aigc("capstone", "briefs")
    assert done.exit_code == 0
    assert all(f"{name}  {briefs.get(name).title}" in done.output for name in "ABCD")


# ------------------------------------------------------------- a whole way


def invented(folder: Path, method: str, seed: int, fid: float) -> None:
    """A run that was never trained: the shipped weights and an invented figure."""
    from aigc_course import pretrained

    weights = loading.halved(pretrained.load_weights("mnist_dcgan"))
    outcome = evidence.outcome(made.run(method, seed, figures={"fid": fid}))
    training._keep(folder / "runs" / f"{method}-{seed}", outcome, weights)


def test_collect_hands_in_the_median_run_of_the_best_method(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    project.start("A", folder)
    plan = json.loads((folder / training.METHODS).read_text())
    (folder / training.METHODS).write_text(json.dumps({**plan, "n": made.N}))
    with pytest.raises(CourseError, match="No run has finished yet"):
        project.collect(folder)
    for seed, fid in enumerate((1.5, 1.1, 1.2)):
        invented(folder, "baseline", seed, fid)
    invented(folder, "other", 0, 2.0)
    with pytest.raises(CourseError, match="There is no finished run 'best-1'"):
        project.collect(folder, "best-1")
    with pytest.raises(CourseError, match="other has 1 finished runs"):
        project.collect(folder, "other-0")
    assert not (folder / "submission.json").exists()  # nothing half done
    card = (folder / "card.md").read_text().replace("TODO a title", "My title")
    (folder / "card.md").write_text(card)
    chosen = project.collect(folder)
    assert (chosen.method, chosen.seed) == ("baseline", 2)
    done = cards.parse((folder / "card.md").read_text())
    claim = done.claim("fid")
    assert done.front["title"] == "My title" and claim is not None
    low, high = evidence.interval([1.5, 1.1, 1.2])
    assert claim.value == 1.2 and (claim.low, claim.high) == pytest.approx(
        (low, high), abs=1e-4
    )
    found = submission.read(folder)
    assert found.evidence.submitted == "baseline-2" and len(found.evidence.runs) == 4
    refused = {one.gate for one in gates.check(folder) if not one.passed}
    assert refused == {"card", "report", "evidence"}  # words, and a second method


def test_a_run_is_kept_and_a_changed_method_is_refused(tmp_path: Path) -> None:
    project.start("A", tmp_path / "mine")
    folder = tmp_path / "mine"
    path = folder / training.METHODS
    plan = json.loads(path.read_text())
    method = {key: made.CONFIG[key] for key in ("kind", "model", "preset", "steps")}
    path.write_text(json.dumps({**plan, "n": made.N, "methods": {"mine": method}}))
    invented(folder, "mine", 1, 1.3)
    assert training.train(folder, "mine", 1).figures == {"fid": 1.3}
    with pytest.raises(CourseError, match="was changed since"):
        training.train(folder, "mine", 1, steps=5)
    with pytest.raises(CourseError, match="names no method 'best'"):
        training.train(folder, "best", 1)
    with pytest.raises(CourseError, match="allows 1 to 2,000 steps"):
        training.train(folder, "mine", 1, steps=0)


@pytest.mark.slow
def test_two_steps_of_training_make_a_run(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(briefs, "measure", lambda *rest: {"fid": 99.0})
    threads, fit = [], aigc_course.training.fit

    def watched(*given: Any, **named: Any) -> Any:
        threads.append(named.get("threads"))
        return fit(*given, **named)

    monkeypatch.setattr(aigc_course.training, "fit", watched)
    project.start("A", tmp_path / "mine")
    found = training.train(tmp_path / "mine", "no-average", 4, steps=2)
    assert threads == [1]  # measured numbers differ from run to run, and so do weights
    place = tmp_path / "mine/runs/no-average-4"
    assert found.status == "finished" and found.figures == {"fid": 99.0}
    assert found.config["settings"] == {"ema": None} and found.steps == 2
    assert {one.name for one in place.iterdir()} == {
        "config.json",
        "model.safetensors",
        "outcome.json",
    }
    assert training.outcomes(tmp_path / "mine") == [found]
