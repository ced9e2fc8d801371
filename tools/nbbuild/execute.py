"""Run a notebook in a fresh kernel and measure what the run cost."""

import json
import os
import re
import sys
import tempfile
import time
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbconvert.preprocessors import CoalesceStreamsPreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from aigc_course.errors import CourseError
from nbbuild.assemble import LANGUAGE

CELL_TIMEOUT = 600  # seconds; the course promises 60 s, slow machines take longer
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
WIDGET = "application/vnd.jupyter.widget-view+json"

# Runs in the kernel after the last cell and is not kept. VmHWM is the kernel's own
# peak; ru_maxrss would count what the process that started it had used. Cores: those
# that the kernel may use, where the system can say.
PROBE = """\
import json, os, platform, sys
import psutil as _psutil
def _peak_bytes():
    if os.path.exists("/proc/self/status"):
        lines = open("/proc/self/status").read().splitlines()
        return int(next(l for l in lines if l.startswith("VmHWM")).split()[1]) * 1024
    memory = _psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return memory.peak_wset
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
_torch = sys.modules.get("torch")
_cuda = _torch is not None and _torch.cuda.is_available()
_sets = [v for v in list(globals().values()) if type(v).__name__ == "ImageSet"]
_times = _psutil.Process().cpu_times()
print(json.dumps({
    "cpu_seconds": round(_times.user + _times.system, 1),
    "peak_mb": round(_peak_bytes() / 1e6),
    "cores": len(_psutil.Process().cpu_affinity())
    if hasattr(_psutil.Process, "cpu_affinity") else os.cpu_count(),
    "system": f"{platform.system()} {platform.machine()}",
    "python": ".".join(platform.python_version_tuple()[:2]),
    "torch": _torch.__version__.split("+")[0] if _torch else None,
    "device": _torch.cuda.get_device_name(0) if _cuda else "CPU",
    "data": sorted({s.name for s in _sets}),
}))"""


def run(notebook: NotebookNode, where: str, *, fast: bool = False) -> dict[str, Any]:
    """Execute `notebook` in place, outputs kept; return its run card.

    The kernel starts in an empty folder, so that a chapter cannot lean on files that
    lie about. fast: with AIGC_FAST=1, lengths shrunk as in the tests.

    Raises CourseError, after the traceback was printed, naming the chapter (`where`)
    and the cell that raised, ran too long, or took the kernel with it.
    """
    current: list[NotebookNode] = []
    notebook.cells.append(new_code_cell(PROBE))
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=CELL_TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            extra_arguments=["--log-level=ERROR"],
            store_widget_state=False,
            resources={"metadata": {"path": folder}},
            on_cell_execute=lambda cell, cell_index: current.append(cell),
        )
        start = time.perf_counter()
        try:
            client.execute(env=_environment(fast))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise CourseError(_failure(where, current[-1], error)) from error
        seconds = round(time.perf_counter() - start, 1)
    probe = notebook.cells.pop()
    _clean(notebook)
    return {"seconds": seconds} | json.loads(probe.outputs[0].text)


# what a training says while the machine that builds has other work
SLOW = re.compile(r"^step [\d,]+: The machine is slow, not the model: .*\n", re.M)


def _environment(fast: bool) -> dict[str, str]:
    # a drawing backend from outside would leave the notebook without its figures
    dropped = ("AIGC_FAST", "MPLBACKEND")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    kept["AIGC_STATE"] = os.devnull  # no predictions of whoever builds
    return kept | ({"AIGC_FAST": "1"} if fast else {})


def _failure(where: str, cell: NotebookNode, error: Exception) -> str:
    if isinstance(error, CellExecutionError):
        print(COLOURS.sub("", error.traceback), file=sys.stderr)
        reason = COLOURS.sub("", f"{error.ename}: {error.evalue}").split("\n")[0]
        return f"{where}: cell {cell.id} raised {reason}; nothing was written."
    if isinstance(error, CellTimeoutError):
        return (
            f"{where}: cell {cell.id} ran over {CELL_TIMEOUT} s; nothing was written."
        )
    return f"{where}: the kernel died in cell {cell.id}; nothing was written."


def _clean(notebook: NotebookNode) -> None:
    """Keep what a reader can see without a kernel, and nothing of this machine."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = LANGUAGE
    CoalesceStreamsPreprocessor().preprocess(notebook, {})
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            # a widget view without its state shows as an error; its text stays
            output.get("data", {}).pop(WIDGET, None)
            if output.output_type == "stream":
                output.text = SLOW.sub("", output.text)
        cell.get("outputs", [])[:] = [o for o in cell.get("outputs", []) if _says(o)]


def _says(output: NotebookNode) -> bool:
    return output.output_type != "stream" or bool(output.text)
