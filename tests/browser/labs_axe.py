"""The labs in JupyterLab under axe-core: light and dark, 1,280 and 400 pixels wide.

    make browser-test

axe-core comes with the website's packages (`python tools/build_site.py fetch`); without
them the test says so and is skipped.
"""

from functools import partial
from pathlib import Path

import pytest
from labs_in_chromium import Open, browser, folder, page, server, start

__all__ = ["browser", "folder", "page", "server", "start"]

AXE = Path(__file__).parents[2] / "build/site-npm/node_modules/axe-core/axe.min.js"
THEMES = ("JupyterLab Light", "JupyterLab Dark")
RUN = """(async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(".aigc-lab", { runOnly: tags });
  return found.violations.map((v) => [v.id, v.nodes.length, v.nodes[0].html]);
})()"""
LABS = {
    "gan_lab": "",
    "game_1d": "",
    "loss_explorer": "",
    "field_lab": "",
    "latent_explorer": "vae.VAE(vae.mlp((20,), latent=2))",
    "attention_explorer": "att.Transformer(att.Shape(12)), [1, 2, 3]",
    "level_lab": "tiles.read('#####\\n#@$.#\\n#####')",
}


@pytest.mark.parametrize("name", LABS)
def test_axe_finds_nothing_in_a_lab(name: str, start: Open) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not there: python tools/build_site.py fetch")
    lab = start(name, LABS[name])
    lab.page.js(AXE.read_text(encoding="utf-8") + ";true")
    found = []
    for theme in THEMES:
        wish = f"'apputils:change-theme', {{theme: '{theme}'}}"
        lab.page.js(f"window.jupyterapp.commands.execute({wish}).then(() => true)")
        shown = f"document.body.dataset.jpThemeName === '{theme}'"
        lab.until(partial(lab.page.js, shown), theme)
        for width in (1280, 400):
            metrics = {"width": width, "height": 900, "deviceScaleFactor": 1}
            lab.page.call("Emulation.setDeviceMetricsOverride", mobile=False, **metrics)
            found += [[theme, width, *each] for each in lab.page.js(RUN)]
    assert found == []
