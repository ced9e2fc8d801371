"""The search asked four sets of questions with a known answer, in Node.js.

Each set after the first was written before the search had been asked any of it. The
last one judged the ranking when it was done, and the ranking has not changed since.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

from sitebuild import packages

SCRIPT = """
const api = require(process.argv[1]);
global.window = {};
require(process.argv[2]);
const prepared = api.prepare(window.courseIndex);
const asked = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const started = performance.now();
const names = (query) => api.search(prepared, query).map((f) => f.section.page.name);
const found = asked.map(names);
const ms = (performance.now() - started) / asked.length;
process.stdout.write(JSON.stringify({ found, ms }));
"""
BEST = 3
SETS = {
    "search": "queries.json",
    "search_fresh": "queries_fresh.json",
    "search_beyond": "queries_beyond.json",  # chapters 16 to 21
    "search_last": "queries_last.json",
}


def ask(root: Path, site: Path, name: str = "queries.json") -> dict[str, Any]:
    """How often one of the expected pages is among the first three, and the misses."""
    given = json.loads((root / "site" / name).read_text(encoding="utf-8"))
    cases = [*given["english"], *given["mixed"]]
    files = [site / "_static/course_search.js", site / "_static/search_index.js"]
    ran = subprocess.run(
        [packages.node(), "-e", SCRIPT, *map(str, files)],
        input=json.dumps([query for query, _ in cases]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    answer = json.loads(ran.stdout)
    missed = [
        f"{query}: {firsts[:5]}"
        for (query, wanted), firsts in zip(cases, answer["found"], strict=True)
        if not set(wanted) & set(firsts[:BEST])
    ]
    hits = 1 - len(missed) / len(cases)
    return {
        "queries": len(cases),
        "hit_at_3": round(hits, 4),
        "missed": missed,
        "ms_each": round(answer["ms"], 2),
    }
