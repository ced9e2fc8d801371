"""Exercise on checking a folder against its list of checksums."""

from hashlib import sha256

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "19.tampered",
    order=30,
    title="What is not as it was signed?",
    difficulty=2,
    minutes=10,
    asks="method",
    idea="A file can be changed, missing, or added. A loop over one of the two lists"
    " sees only two of these.",
    formula="A name is wrong if it is in one list only, or if SHA-256 of the content"
    " is not what is listed. Look at the union of both sets of names.",
    line="Write `made = {name: sha256(content).hexdigest() for name, content in"
    " files.items()}`, then `return sorted(name for name in made.keys() |"
    " listed.keys() if made.get(name) != listed.get(name))`.",
    variation="Say for each name whether the file was changed, is missing or was"
    " added.",
)


@exercise.answer
def tampered(listed: dict[str, str], files: dict[str, bytes]) -> list[str]:
    """Names of the files that are not as listed, in alphabetical order.

    listed: the SHA-256 of each file as 64 hexadecimal digits. files: the content of
    each file that is there. A changed file, a missing one and one that is not listed
    all count.
    """
    made = {name: sha256(content).hexdigest() for name, content in files.items()}
    every = made.keys() | listed.keys()
    return sorted(name for name in every if made.get(name) != listed.get(name))


FILES = {
    "model.onnx": bytes(range(256)),
    "card.md": "# A card\nµ = 0\n".encode(),
    "config.json": b"{}",
    "weights.safetensors": b"\xff\xfe\x00\x01" * 40,
}


def digests(files: dict[str, bytes]) -> dict[str, str]:
    """The list of checksums of these files."""
    return {name: sha256(content).hexdigest() for name, content in files.items()}


@exercise.inputs
def folders() -> list[tuple[dict[str, str], dict[str, bytes]]]:
    listed = digests(FILES)
    flipped = bytes([FILES["model.onnx"][0] ^ 1]) + FILES["model.onnx"][1:]
    other_bytes = b"\xff\xfc\x00\x01" + FILES["weights.safetensors"][4:]
    end = listed["card.md"][:-1] + ("0" if listed["card.md"][-1] != "0" else "1")
    missing = {name: c for name, c in FILES.items() if name != "config.json"}
    swapped = dict(FILES, **{"card.md": FILES["config.json"]})
    swapped["config.json"] = FILES["card.md"]
    return [
        (listed, dict(FILES)),
        (listed, dict(FILES, **{"model.onnx": flipped})),
        (listed, dict(FILES, **{"weights.safetensors": other_bytes})),
        (dict(listed, **{"card.md": end}), dict(FILES)),
        (listed, missing),
        (listed, dict(FILES, **{"setup.py": b"import os"})),
        (listed, swapped),
        (listed, dict(FILES, **{"card.md": FILES["card.md"].replace(b"\n", b"\r\n")})),
        (listed, dict(missing, **{"a.py": b"", "card.md": b""})),
        (listed, {}),
        (digests(dict(FILES, empty=b"")), dict(FILES)),
        ({}, {}),
    ]


@exercise.must_hold
def nothing_is_wrong(f) -> bool:
    """A folder as it was listed gives an empty list."""
    return list(f(digests(FILES), dict(FILES))) == []


@exercise.must_hold
def one_more_is_wrong(f) -> bool:
    """A file that is not in the list is named."""
    return list(f(digests(FILES), dict(FILES, zz=b"1"))) == ["zz"]


def _differ(listed, made, names) -> list[str]:
    return sorted(name for name in names if made.get(name) != listed.get(name))


@exercise.mistake()
def missing_not_seen(listed, files):
    """You look at the files that are there, so a missing file is not noticed. Look at
    the listed names too."""
    return _differ(listed, digests(files), files)


@exercise.mistake()
def added_not_seen(listed, files):
    """You look at the listed names, so an added file is not noticed. A program that
    loads every file in the folder would load it."""
    return _differ(listed, digests(files), listed)


@exercise.mistake()
def in_both_only(listed, files):
    """You compare the files that are in both lists. A file that was removed or added is
    not as it was signed."""
    return _differ(listed, digests(files), files.keys() & listed.keys())


@exercise.mistake(hint="formula")
def first_digits(listed, files):
    """You compare the first eight digits. 32 bits can be matched by trying: compare all
    64 digits."""
    short = {name: one[:8] for name, one in listed.items()}
    made = {name: one[:8] for name, one in digests(files).items()}
    return _differ(short, made, made.keys() | short.keys())


@exercise.mistake(hint="formula")
def as_text(listed, files):
    """You decode the bytes as text and ignore what does not fit. Two different files
    then have one checksum: hash the bytes."""
    seen = {k: c.decode(errors="ignore").encode() for k, c in files.items()}
    same_as = {k: digests({k: c})[k] for k, c in FILES.items()}
    made = {}
    for name, content in seen.items():
        original = FILES.get(name, b"").decode(errors="ignore").encode()
        made[name] = same_as[name] if content == original else digests(files)[name]
    return _differ(listed, made, made.keys() | listed.keys())


@exercise.mistake(hint="formula")
def line_ends_ignored(listed, files):
    """You read the files in text mode, which turns \\r\\n into \\n. A changed file is
    then not noticed: read bytes."""
    made = digests({k: c.replace(b"\r\n", b"\n") for k, c in files.items()})
    return _differ(listed, made, made.keys() | listed.keys())


@exercise.mistake(hint="idea")
def as_one_set(listed, files):
    """You compare the sets of checksums, whatever their names. Two files that changed
    places are then not noticed."""
    made, known = digests(files), set(listed.values())
    wrong = {name for name, one in made.items() if one not in known}
    wrong |= {name for name in listed if name not in files}
    return sorted(wrong)


@exercise.mistake(hint="idea")
def first_one_only(listed, files):
    """You stop at the first file that is wrong. Name all of them."""
    made = digests(files)
    return _differ(listed, made, made.keys() | listed.keys())[:1]


@exercise.mistake(hint="formula")
def not_sorted(listed, files):
    """You name the right files, and not in alphabetical order: sort the names."""
    made = digests(files)
    every = [*(n for n in listed if n not in made), *files]
    return [name for name in every if made.get(name) != listed.get(name)]


@exercise.mistake(hint="formula")
def hash_of_the_name(listed, files):
    """You name every file, also those that are as listed. Compare
    `sha256(content).hexdigest()`: the content and not the name, and the 64 digits."""
    made = {name: sha256(name.encode()).hexdigest() for name in files}
    return _differ(listed, made, made.keys() | listed.keys())


@exercise.mistake(hint="idea")
def those_that_are_right(listed, files):
    """You give the names of the files that are as listed. The others are wanted."""
    made = digests(files)
    return sorted(n for n in made.keys() & listed.keys() if made[n] == listed[n])


@exercise.mistake(hint="idea")
def missing_is_empty(listed, files):
    """You take a missing file for an empty one. An empty file that was removed is then
    not noticed."""
    names = files.keys() | listed.keys()
    return _differ(listed, digests({n: files.get(n, b"") for n in names}), names)
