"""The page with ONNX Runtime Web: what it takes, refuses, holds, and asks for.

A small library of our own stands in for the real one, which the course does not hold.
"""

import base64
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from aigc_course.cli import main
from aigc_course.gan.shipped import pretrained_generator
from aigc_course.release import counters, runtime_page

sys.path.insert(0, str(Path(__file__).parent / "browser"))
import devtools

pytest.importorskip("onnxruntime")

# grey pictures: each pixel is a tenth of the first latent
LIBRARY = """
export const env = { wasm: {} };
export class Tensor {
  constructor(kind, data, dims) { Object.assign(this, { kind, data, dims }); }
}
export class InferenceSession {
  static async create(bytes) {
    const magic = [...new Uint8Array(env.wasm.wasmBinary).subarray(1, 4)];
    if (String.fromCharCode(...magic) !== "asm" || !bytes.length) throw Error();
    return new InferenceSession();
  }
  async run({ z }) {
    const [n, size] = z.dims;
    const data = new Float32Array(784 * n);
    for (let i = 0; i < n; i++) {
      data.fill(z.data[i * size] / 10, 784 * i, 784 * (i + 1));
    }
    return { images: { data } };
  }
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    (folder / "dist").mkdir()
    (folder / "dist" / runtime_page.CODE).write_text(LIBRARY, encoding="utf-8")
    (folder / "dist" / runtime_page.WASM).write_bytes(b"\0asm" + bytes(60))
    return folder


@pytest.fixture(scope="module")
def file(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    text, difference = runtime_page.make(pretrained_generator(), library, "mnist_dcgan")
    assert difference < 0.01  # of 255 grey levels: two float32 programs
    path.write_text(text, encoding="utf-8")
    return path


def held(text: str, name: str) -> bytes:
    element = rf'<script type="text/plain" id="{name}">\n(.*?)\n</script>'
    found = re.search(element, text)
    assert found
    return zlib.decompress(base64.b64decode(found[1]), wbits=-15)


def test_it_holds_the_library_and_a_model(file: Path, library: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert held(text, "runtime") == LIBRARY.encode()
    assert held(text, "wasm")[:4] == b"\0asm"
    onnx = pytest.importorskip("onnx")
    graph = onnx.load_from_string(held(text, "weights")).graph
    assert [one.name for one in graph.input] == ["z"]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy and "default-src 'none'" in policy[1]
    assert "'wasm-unsafe-eval' blob:" in policy[1] and "unsafe-inline" not in policy[1]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([], "unpack the npm package onnxruntime-web"),
        ([runtime_page.CODE], "does not hold"),
        ([runtime_page.CODE, runtime_page.WASM], "is not WebAssembly"),
    ],
)
def test_a_folder_without_the_library_is_refused(
    files: list[str], told: str, tmp_path: Path
) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"hello")
    words = ["page", "mnist_dcgan", "--out", str(tmp_path / "p.html")]
    result = CliRunner().invoke(main, [*words, "--runtime", str(tmp_path)])
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert result.stderr.startswith("aigc: ") and told in result.stderr
    assert not (tmp_path / "p.html").exists()


@pytest.fixture
def tab(file: Path, tmp_path: Path) -> Iterator[devtools.Page]:
    program = devtools.browser()
    if not program:
        pytest.skip("there is no Chromium")
    with devtools.chromium(program, tmp_path) as browser, browser.tab() as page:
        page.call("Page.navigate", url=file.as_uri())
        devtools.until(
            lambda: page.js("document.documentElement?.dataset.drawn"), "16 pictures"
        )
        yield page


@pytest.mark.slow  # a browser: about 5 s
def test_in_chromium_the_library_is_given_the_latents(tab: devtools.Page) -> None:
    got = tab.js("aigcPictures(7, 2, 3).then((r) => r.map((one) => [...one]))")
    z = counters.normals(7, 2, 3, 64)[:, :1]
    wanted = np.clip(np.round((z / 10 + 1) * 127.5), 0, 255)
    assert np.abs(np.array(got) - wanted).max() <= 1
    assert "16 pictures of seed 0" in tab.js(
        'document.querySelector("#grid").getAttribute("aria-label")'
    )
