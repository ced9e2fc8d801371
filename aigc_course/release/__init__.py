"""Chapter 19: a trained model becomes something that other people use.

Files: `folding` (fewer layers, the same function), `drawing` (the function that a
release holds), `source` (where a model comes from), `export` and `parity` (ONNX),
`quantise` (smaller), `files` and `golden` (what can be trusted in a file), `signing`
and `bundle` (a release, and how to check one).
Use: `counters`, `page`, `server`, `load`, `monitor`, `box`.

What needs the extra `deploy` loads it when it is called, and says so where it is
missing.
"""

from aigc_course.release.extra import installed, needs

__all__ = ["installed", "needs"]
