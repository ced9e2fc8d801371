"""The teacher's kit: from solved chapters, exercises and kit/*.toml to build/kit.

`chapter` reads a solved notebook; `questions` and `rubrics` read the tables; `guide`,
`slides`, `quiz_*` and `terms` write; `formats` checks what was written.
"""
