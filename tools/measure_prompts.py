"""Measure the prompt laboratory with SmolLM2; write the record that ships.

    python tools/measure_prompts.py parts.json      # may be stopped, and goes on
    python tools/measure_prompts.py --write a.json b.json

Every part is kept in the file that is named. The record is written from what is there;
with `--write` nothing is measured, and the parts of several files are joined.
"""

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from aigc_course.apps.prompts import measure, record, speakers
from aigc_course.attention import generate, smollm2
from aigc_course.files import read_json, write_json
from aigc_course.studies.machine import machine

QUESTIONS = (
    "What is the capital of France?",
    "How many legs has a spider?",
    "What is 17 + 25?",
    "Who wrote Hamlet?",
)
SPOKEN = 40  # tokens, for the speed


def model_figures(chat: smollm2.Chat, load_seconds: float) -> dict[str, Any]:
    """Time to load, memory, speed on this many threads, and some answers."""
    tokens = chat.encode([("user", QUESTIONS[0])])
    began = time.perf_counter()
    generate(chat.model, tokens, SPOKEN, temperature=0)
    speed = SPOKEN / (time.perf_counter() - began)
    return {
        "load_seconds": round(load_seconds, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "tokens_per_second": round(speed, 1),
        "threads": torch.get_num_threads(),
        "replies": {question: chat.reply(question) for question in QUESTIONS},
    }


def main(parts: Path) -> None:
    """Measure what is missing, then write the record."""
    began = time.perf_counter()
    chat = smollm2.load()
    took = time.perf_counter() - began
    measured = measure.Measured(parts, speakers.of_chat(chat))
    measured.part("model", lambda: model_figures(chat, took))
    measure.everything(measured)
    write(parts)


def write(*files: Path) -> None:
    """The record from the parts that are in these files."""
    parts: dict[str, Any] = {}
    for file in files:
        parts |= read_json(file)
    content = {
        "model": "SmolLM2-135M-Instruct, Q4_1",
        "sha256": smollm2.SHA256,
        "command": "python tools/measure_prompts.py parts.json",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "parts": parts,
    }
    write_json(record.FILE, content)


if __name__ == "__main__":
    if sys.argv[1] == "--write":
        write(*map(Path, sys.argv[2:]))
    else:
        main(Path(sys.argv[1]))
