"""Answers to chapter 19's exercises, found by a reader of the chapter."""

import json
from hashlib import sha256

from tests.answers import wrong


@wrong("19.safe_header")
def checks_against_the_whole_file(content):
    n = int.from_bytes(content[:8], "little")
    if 8 + n > len(content):
        raise ValueError("header")
    header = json.loads(content[8 : 8 + n])
    header.pop("__metadata__", None)
    for one in header.values():
        a, b = one["data_offsets"]
        if a < 0 or b > len(content):  # the places count from the header's end
            raise ValueError("outside")
    return {
        k: (v["dtype"], v["shape"], *(8 + n + p for p in v["data_offsets"]))
        for k, v in header.items()
    }


@wrong("19.tampered")
def in_the_order_found(listed, files):
    bad = [n for n in listed if n not in files]
    bad += [n for n in files if n not in listed]
    there = [n for n in files if n in listed]
    return bad + [n for n in there if sha256(files[n]).hexdigest() != listed[n]]
