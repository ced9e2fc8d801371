"""The offline page: what it holds, what it draws, and how it behaves in a browser.

Node computes with the page's own scripts, without a browser. The tests in Chromium are
skipped where there is none.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aigc_course import models
from aigc_course.errors import CourseError
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.release import counters, packing, page
from aigc_course.release.drawing import drawing

sys.path.insert(0, str(Path(__file__).parent / "browser"))
import devtools

STATIC = Path(page.__file__).parent / "static"
FACTS = {"model": "dcgan", "data": "mnist"}
AXE = Path(__file__).parents[1] / "build/site-npm/node_modules/axe-core/axe.min.js"
node = pytest.mark.skipif(not shutil.which("node"), reason="there is no node")


def run(code: str) -> Any:
    """What a script prints as JSON, run by node."""
    done = subprocess.run(
        ["node", "--input-type=module", "-"],
        input=code,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the shipped generator."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    text, difference = page.make(pretrained_generator(), "mnist_dcgan", FACTS)
    assert difference <= 2
    path.write_text(text, encoding="utf-8")
    return path


def part(text: str, name: str) -> str:
    """What an element of the page holds."""
    found = re.search(rf'<script[^>]* id="{name}">\n?(.*?)</script>', text, re.S)
    assert found
    return found[1]


def test_the_page_is_small_and_asks_nobody(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert file.stat().st_size <= 1_400_000
    assert "default-src 'none'" in text
    read = text.replace(part(text, "weights"), "")  # any letters may stand in weights
    assert not re.search(r"https?://|src=|href=[\"']|@import|url\(", read)


def test_the_policy_knows_the_script_and_no_other(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    script = re.search(r'<script type="module">(.*)</script>', text, re.S)
    assert script and page._hash(script[1]) in text
    assert "unsafe" not in text
    assert not re.search(r"^(import|export) ", script[1], re.M)


def test_every_word_is_there_in_both_languages() -> None:
    words = json.loads((STATIC / "page_words.json").read_text(encoding="utf-8"))
    used = set(re.findall(r'data-word="(\w+)"', (STATIC / "page.html").read_text()))
    used |= set(
        re.findall(r'(?:tell|told)\(\s*"(\w+)"', (STATIC / "page.js").read_text())
    )
    assert used <= set(words)
    for key, one in words.items():
        english, chinese = (set(re.findall(r"\{\w+\}", one[k])) for k in ("en", "zh"))
        assert english == chinese, key
        assert re.search(r"[\u4e00-\u9fff]", one["zh"]), key


def test_text_of_91_characters_comes_back_as_bytes() -> None:
    assert len(packing.ALPHABET) == 91
    content = np.random.default_rng(0).bytes(997)
    text = packing.as_text(content)
    values = [packing.ALPHABET.index(c) for c in text if c != "\n"]
    pairs = [a * 91 + b for a, b in zip(values[::2], values[1::2], strict=True)]
    bits = "".join(f"{pair:013b}" for pair in pairs)
    assert bytes(int(bits[i : i + 8], 2) for i in range(0, 8 * 997, 8)) == content


def test_weights_rounded_together_err_less_than_each_to_the_nearest() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(500, 4, generator=generator).double()
    x = x @ torch.randn(4, 16, generator=generator).double()  # 16 inputs, 4 directions
    weight = torch.randn(8, 16, generator=generator).double()
    together = packing.round_together(weight, 0.3, x.T @ x / len(x))
    assert torch.equal(together, together.round())
    errors = [
        float(((0.3 * q - weight) @ x.T).square().mean())
        for q in (together, (weight / 0.3).round())
    ]
    assert errors[0] < 0.6 * errors[1]


@pytest.mark.slow  # up to 5 s of processor time each
@pytest.mark.parametrize("name", ["mlp-gan", "cgan", "conv-vae"])
def test_other_models_have_a_page(name: str) -> None:
    torch.manual_seed(0)
    one = drawing(models.get(name).build())
    text, difference = page.make(one, name)
    assert difference < 4
    labels = json.loads(part(text, "facts"))["labels"]
    assert labels == (name in models.names(labels=True))


@pytest.mark.parametrize("name", ["vq-vae", "flow", "verse-lm"])
def test_a_model_without_a_page_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="page draws"):
        page.write(models.get(name).build(), tmp_path / "page.html")
    assert not any(tmp_path.iterdir())


def test_a_name_cannot_break_out_of_the_page() -> None:
    told = {"name": "</script><script>alert(1)</script>"}
    text = page.assemble(told["name"], told, "")
    assert "<script>alert" not in text


@node
def test_node_draws_what_pytorch_draws(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    (file.parent / "weights.txt").write_text(part(text, "weights"), encoding="utf-8")
    got = run(f"""
    import {{ readFileSync }} from "node:fs";
    import {{ fromText, inflated, layers }} from "{(STATIC / "weights.js").as_uri()}";
    import {{ forward, pixels }} from "{(STATIC / "network.js").as_uri()}";
    import {{ normals }} from "{(STATIC / "counters.js").as_uri()}";
    const facts = {part(text, "facts")};
    const weights = readFileSync("{file.parent / "weights.txt"}", "utf8");
    const bytes = await inflated(fromText(weights, facts.alphabet, facts.bytes));
    const net = layers(facts.layers, bytes);
    const all = [0, 1, 2].map((i) => [...pixels(forward(net, normals(7, i, 64)))]);
    console.log(JSON.stringify(all));""")
    with torch.no_grad():
        images = pretrained_generator()(torch.from_numpy(counters.normals(7, 0, 3, 64)))
    exact = ((images.flatten(1) + 1) * 127.5).numpy()
    assert np.abs(np.array(got) - exact).max() <= 2.5  # 2, and half for whole pixels


@node
def test_a_convolution_of_any_shape_is_that_of_pytorch() -> None:
    shapes = [(5, 1, 2, 0), (5, 2, 2, 1), (4, 2, 1, 0), (3, 3, 0, 0)]
    for kernel, stride, padding, extra in shapes:
        layer = torch.nn.ConvTranspose2d(2, 3, kernel, stride, padding, extra).double()
        x = torch.randn(1, 2, 5, 5).double()
        about = packing.Layer("up", layer, "leaky", 0.2, side=5).described()
        about |= {"weight": layer.weight.flatten().tolist()}
        about |= {"bias": layer.bias.tolist()}  # type: ignore[union-attr]
        got = run(f"""
        import {{ forward }} from "{(STATIC / "network.js").as_uri()}";
        const y = forward([{json.dumps(about)}], {x.flatten().tolist()});
        console.log(JSON.stringify([...y]));""")
        want = torch.nn.functional.leaky_relu(layer(x), 0.2).flatten()
        assert got == pytest.approx(want.tolist(), abs=1e-12)


class Watched(devtools.Page):
    """A tab that notes what is asked for over the network."""

    def __init__(self, address: str) -> None:
        self.requests: list[str] = []
        super().__init__(address)
        self.call("Network.enable")

    def notice(self, event: dict[str, Any]) -> None:
        super().notice(event)
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.append(event["params"]["request"]["url"])
        if event.get("method") == "Log.entryAdded":
            self.complaints.append(event["params"]["entry"]["text"])


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[devtools.Browser]:
    program = devtools.browser()
    if not program:
        pytest.skip("there is no Chromium")
    with devtools.chromium(program, tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture
def tab(
    browser: devtools.Browser, file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    """The page, opened from its file and drawn."""
    monkeypatch.setattr(devtools, "Page", Watched)
    with browser.tab() as page:
        page.call("Page.navigate", url=file.as_uri())
        devtools.until(
            lambda: page.js("document.documentElement?.dataset.drawn"), "16 pictures"
        )
        assert isinstance(page, Watched)
        yield page


FOUND = "(r) => r.violations.map((v) => [v.id, v.nodes[0].html])"
SEEN = 'document.querySelector("#grid").toDataURL()'
SAID = 'document.querySelector("#status").textContent'


@pytest.mark.slow  # a browser: about 10 s on two cores
def test_in_chromium_pictures_are_drawn_without_a_request(
    tab: Watched, file: Path
) -> None:
    assert tab.requests == [file.as_uri()]
    assert tab.complaints == []
    got = np.array(tab.js("aigcPictures(7, 2, 1).then(([one]) => [...one])"))
    z = torch.from_numpy(counters.normals(7, 2, 1, 64))
    with torch.no_grad():
        exact = (pretrained_generator()(z).flatten() + 1) * 127.5
    assert np.abs(got - exact.numpy()).max() <= 2.5
    tab.js("fetch('http://127.0.0.1:9/').catch(() => 0).then(() => true)")
    assert any("Content Security Policy" in text for text in tab.complaints)


@pytest.mark.slow
def test_in_chromium_keys_alone_are_enough(tab: Watched) -> None:
    before = tab.js(SEEN)
    tab.js('document.querySelector("#seed").focus()')
    tab.key("1")
    tab.key("Enter")
    assert tab.js(SEEN) != before
    assert "seed 10" in tab.js(SAID) or "seed 1" in tab.js(SAID)
    walk = 'document.querySelector("#walk").toDataURL()'
    before = tab.js(walk)
    tab.js('document.querySelector("#way").focus()')
    for _ in range(40):
        tab.key("ArrowRight")
    assert tab.js(walk) != before
    label = tab.js('document.querySelector("#walk").getAttribute("aria-label")')
    assert label == "The picture at 40 per cent of the way from picture 1 to picture 2."


@pytest.mark.slow
def test_in_chromium_a_wrong_seed_is_told_and_chinese_spoken(tab: Watched) -> None:
    before = tab.js(SEEN)
    tab.js("document.querySelector('#seed').value = '99999999999999999999'")
    tab.js("document.querySelector('#form').dispatchEvent(new Event('submit'))")
    assert tab.js(SAID).startswith("A seed is a whole number from 0 to")
    assert tab.js(SEEN) == before
    tab.js(
        "(() => { const s = document.querySelector('#language'); s.value = 'zh';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    assert tab.js("document.documentElement.lang") == "zh-Hans"
    assert tab.js(SAID).startswith("种子是")


@pytest.mark.slow
def test_in_chromium_the_grid_is_saved(tab: Watched, tmp_path: Path) -> None:
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    tab.call("Browser.setDownloadBehavior", **where)
    tab.click("#save")
    saved = tmp_path / "mnist_dcgan-0.png"
    devtools.until(saved.exists, "the file")
    assert saved.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_in_chromium_axe_finds_nothing(tab: Watched) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not there: python tools/build_site.py fetch")
    tab.js(AXE.read_text(encoding="utf-8") + ";true")
    for scheme in ("light", "dark"):
        one = {"name": "prefers-color-scheme", "value": scheme}
        tab.call("Emulation.setEmulatedMedia", features=[one])
        for width in (1280, 400):
            metrics = {"width": width, "height": 900, "deviceScaleFactor": 1}
            tab.call("Emulation.setDeviceMetricsOverride", mobile=False, **metrics)
            assert tab.js(f"axe.run().then({FOUND})") == []
