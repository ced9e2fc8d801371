"""Chapter 21: a project of your own, handed in and judged.

Files: `briefs` (what is asked for), `project` and `training` (from the start to the
evidence), `cards`, `evidence`, `safe`, `graph` and `submission` (what is handed in, and
how it is read without running any of it), `loading` (a network made of it), `gates`
(what everybody may check), `pack` (one zip archive) and `peers` (blinded reviews).
The judge: `secret`, `judge`, `quality`, `claims`, `cheats`, `verdict`, `board`.

>>> from aigc_course.capstone import briefs
>>> briefs.get("B").title
'Restore digits'
"""
