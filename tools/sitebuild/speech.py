"""Every formula in words, by the speech rule engine that MathJax uses."""

import json
import subprocess
from pathlib import Path

from sitebuild import packages


def words(formulas: set[str], root: Path, modules: Path) -> dict[str, str]:
    """Words for each TeX formula; known ones are kept in build/site-speech.json.

    Raises ValueError where a formula cannot be read, and names it.
    """
    cache = root / "build" / "site-speech.json"
    known = json.loads(cache.read_text(encoding="utf-8")) if cache.exists() else {}
    new = sorted(formulas - set(known))
    if new:
        command = [packages.node(), str(root / "site" / "speak.cjs"), str(modules)]
        asked = subprocess.run(
            command,
            input=json.dumps(new),
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        if asked.returncode:
            raise ValueError(f"The formulas could not be said: {asked.stderr[-500:]}")
        answers = json.loads(asked.stdout)
        wrong = [answer["error"] for answer in answers if "error" in answer]
        if wrong:
            raise ValueError(f"Formulas that MathJax cannot read: {'; '.join(wrong)}")
        known |= {tex: found["words"] for tex, found in zip(new, answers, strict=True)}
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    return {tex: known[tex] for tex in formulas}
