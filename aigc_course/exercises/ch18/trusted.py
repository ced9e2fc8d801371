"""Exercise on whom to believe: a chain of certificates, and not a name."""

from typing import Any

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "18.trusted",
    order=10,
    title="Who says that this is Ada?",
    difficulty=3,
    minutes=18,
    asks="method",
    idea="A name is a text, and anybody can write it into a certificate. A key cannot"
    " be copied in this way. Follow the signatures from the signer up to a key that you"
    " knew before.",
    formula="All of these hold: the chain is not empty; each certificate is valid at"
    " the time; each one is signed by the key of the next, which may issue; the last"
    " one is signed by a key among the anchors.",
    line="Write `links = zip(chain, chain[1:])`, then `in_time = all(c['from'] <= when"
    " <= c['until'] for c in chain)`, then `joined = all(c['signed_by'] == d['key']"
    " and d['may_issue'] for c, d in links)`, then `return bool(chain) and in_time"
    " and joined and chain[-1]['signed_by'] in anchors.values()`.",
    variation="Add a list of certificates that their issuers have withdrawn, and say"
    " what a reader without a network can do about it.",
)

Certificate = dict[str, Any]


@exercise.answer
def trusted(chain: list[Certificate], anchors: dict[str, str], when: int) -> bool:
    """Whether a chain of certificates leads from its signer to a key that you trust.

    chain: the signer's certificate first, then that of its issuer, and so on. Each has
    the texts "subject" and "issuer", its public "key", "signed_by" (the public key with
    which its signature is valid), the years "from" and "until", and "may_issue", which
    says whether its key may sign certificates. anchors: {name: public key} that the
    reader trusts. when: the year of the signature.
    """
    if not chain or chain[-1]["signed_by"] not in anchors.values():
        return False
    if not all(c["from"] <= when <= c["until"] for c in chain):
        return False
    return all(
        below["signed_by"] == above["key"] and above["may_issue"]
        for below, above in zip(chain, chain[1:], strict=False)
    )


ANCHORS = {"Open Root": "r0", "Press Root": "r1"}


def one(subject: str, issuer: str, key: str, signed_by: str, **other: Any) -> dict:
    """A certificate; valid from 2024 until 2028 and not allowed to issue."""
    made: Certificate = {"subject": subject, "issuer": issuer, "key": key}
    made |= {"signed_by": signed_by, "from": 2024, "until": 2028, "may_issue": False}
    return made | other


ADA = one("Ada", "Studio", "a0", "s0")
STUDIO = one("Studio", "Open Root", "s0", "r0", may_issue=True)
ROOT = one("Open Root", "Open Root", "r0", "r0", may_issue=True)
OFFICE = one("Office", "Open Root", "o0", "r0", may_issue=True)
PRESS = one("Press", "Office", "p0", "o0", may_issue=True)
BEN = one("Ben", "Press Root", "b0", "r1")


def chains() -> dict[str, tuple[list[Certificate], int]]:
    """Chains by what is special about them, each with a year."""
    fake = one("Open Root", "Open Root", "x0", "x0", may_issue=True)
    under_ben = one("Ada", "Ben", "x1", "b0")
    return {
        "two steps": ([ADA, STUDIO], 2026),
        "the root is in the chain": ([ADA, STUDIO, ROOT], 2026),
        "one step": ([BEN], 2026),
        "its signer may issue, too": ([PRESS, OFFICE], 2026),
        "the last year": ([BEN], 2028),
        "the first year": ([BEN], 2024),
        "its issuer's name is copied": ([one("Ada", "Open Root", "x1", "x0")], 2026),
        "a root of the same name": ([one("Ada", "Open Root", "x1", "x0"), fake], 2026),
        "signed by itself": ([one("Ada", "Ada", "x1", "x1")], 2026),
        "it has expired": (
            [one("Ada", "Studio", "a0", "s0", until=2025), STUDIO],
            2026,
        ),
        "its issuer has expired": ([ADA, {**STUDIO, "until": 2025}], 2026),
        "it is not valid yet": ([{**BEN, "from": 2027}], 2026),
        "issued by a mere signer": ([under_ben, BEN], 2026),
        "a real chain pasted behind": (
            [one("Ada", "Studio", "x1", "x0"), STUDIO],
            2026,
        ),
        "no certificate": ([], 2026),
    }


@exercise.inputs
def cases() -> list[tuple[list[Certificate], dict[str, str], int]]:
    return [(chain, dict(ANCHORS), when) for chain, when in chains().values()]


@exercise.must_hold
def a_copied_name_is_not_enough(f) -> bool:
    """A certificate that names a trusted issuer and is signed by another key is not
    trusted."""
    return not f([one("Ada", "Press Root", "x1", "x0")], dict(ANCHORS), 2026)


@exercise.must_hold
def without_anchors_nothing_is_trusted(f) -> bool:
    """Somebody who trusts no key trusts no chain."""
    return not f([ADA, STUDIO, ROOT], {}, 2026)


@exercise.must_hold
def a_new_anchor_is_enough(f) -> bool:
    """A chain is trusted as soon as the key at its end is among the anchors."""
    return bool(f([one("Eva", "School", "e0", "k0")], {"School": "k0"}, 2026))


def _joined(chain: list[Certificate], issuing: bool = True) -> bool:
    return all(
        c["signed_by"] == d["key"] and (d["may_issue"] or not issuing)
        for c, d in zip(chain, chain[1:], strict=False)
    )


def _in_time(chain: list[Certificate], when: int) -> bool:
    return all(c["from"] <= when <= c["until"] for c in chain)


def _ends(chain: list[Certificate], anchors: dict[str, str]) -> bool:
    return bool(chain) and chain[-1]["signed_by"] in anchors.values()


@exercise.mistake(hint="idea")
def issuer_by_name(chain, anchors, when):
    """You compare the issuer's name with the anchors. The name is a text that the
    forger chooses: compare the key that signed."""
    return bool(chain) and chain[0]["issuer"] in anchors


@exercise.mistake(hint="idea")
def last_issuer_by_name(chain, anchors, when):
    """You check dates and links, and then compare the name at the end of the chain. A
    forger can name a root of their own in the same way: compare keys."""
    in_order = _in_time(chain, when) and _joined(chain)
    return bool(chain) and in_order and chain[-1]["issuer"] in anchors


@exercise.mistake(hint="idea")
def never_trusted(chain, anchors, when):
    """You trust no chain, not even a good one. The anchors are {name: key}, so `in
    anchors` looks for a name: compare with anchors.values()."""
    return False


@exercise.mistake(hint="formula")
def lower_one_has_to_issue(chain, anchors, when):
    """You ask whether the lower certificate of each pair may issue. The upper one
    issued it, so the upper one has to be allowed to."""
    joined = all(
        c["signed_by"] == d["key"] and c["may_issue"]
        for c, d in zip(chain, chain[1:], strict=False)
    )
    return joined and _in_time(chain, when) and _ends(chain, anchors)


@exercise.mistake(hint="idea")
def names_linked(chain, anchors, when):
    """You link the certificates by their names. Only the signature shows which key
    issued a certificate: compare signed_by with the next key."""
    linked = all(
        c["issuer"] == d["subject"] and d["may_issue"]
        for c, d in zip(chain, chain[1:], strict=False)
    )
    return linked and _in_time(chain, when) and _ends(chain, anchors)


@exercise.mistake(hint="idea")
def anchor_has_to_be_in_the_chain(chain, anchors, when):
    """You look for the key of the last certificate among the anchors. The anchor's own
    certificate need not be in the chain: look for the key that signed the last one."""
    in_order = bool(chain) and _in_time(chain, when) and _joined(chain)
    return in_order and chain[-1]["key"] in anchors.values()


@exercise.mistake(hint="idea")
def consistent_in_itself(chain, anchors, when):
    """You check that the chain is consistent, and not that it ends at a key that you
    trust. A forger can make a whole consistent chain."""
    return bool(chain) and _in_time(chain, when) and _joined(chain)


@exercise.mistake(hint="formula")
def any_link_is_known(chain, anchors, when):
    """You look for a trusted key anywhere in the chain. A forger can paste a real
    certificate behind a false one: every link has to hold."""
    known = any(c["signed_by"] in anchors.values() for c in chain)
    return known and _in_time(chain, when)


@exercise.mistake(hint="formula")
def issuers_not_asked(chain, anchors, when):
    """You do not ask whether an issuer may issue. Anybody with an ordinary certificate
    could then sign one for another name."""
    return _ends(chain, anchors) and _in_time(chain, when) and _joined(chain, False)


@exercise.mistake(hint="formula")
def dates_forgotten(chain, anchors, when):
    """You do not look at the dates, so an expired certificate is trusted."""
    return _ends(chain, anchors) and _joined(chain)


@exercise.mistake(hint="formula")
def date_of_the_first_only(chain, anchors, when):
    """You look at the dates of the signer's certificate only. Its issuers' have to be
    valid at that time too."""
    return _ends(chain, anchors) and _joined(chain) and _in_time(chain[:1], when)


@exercise.mistake(hint="formula")
def not_yet_valid(chain, anchors, when):
    """You check the end of each certificate's time and not its beginning."""
    until = all(when <= c["until"] for c in chain)
    return _ends(chain, anchors) and _joined(chain) and until


@exercise.mistake(hint="formula")
def end_excluded(chain, anchors, when):
    """You refuse a certificate in its last year. The year "until" belongs to its
    time."""
    inside = all(c["from"] <= when < c["until"] for c in chain)
    return _ends(chain, anchors) and _joined(chain) and inside


@exercise.mistake(hint="formula")
def signer_has_to_issue(chain, anchors, when):
    """You want the first certificate to be allowed to issue, too. It signs a picture
    and no certificate, so it need not be."""
    allowed = all(c["may_issue"] for c in chain)
    return (
        _ends(chain, anchors) and _joined(chain) and _in_time(chain, when) and allowed
    )


@exercise.mistake(hint="formula")
def directly_under_an_anchor(chain, anchors, when):
    """You want the signer to be signed by an anchor itself. There may be issuers in
    between, each signed by the next."""
    return _ends(chain[:1], anchors) and _in_time(chain[:1], when)
