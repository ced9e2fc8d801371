"""Other right answers to 18.trusted."""

from tests.also_right import also_right


@also_right
def from_the_anchor_down(chain, anchors, when):
    key = None
    for certificate in reversed(chain):
        signer = certificate["signed_by"]
        if key is None and signer not in set(anchors.values()):
            return False
        if key is not None and signer != key:
            return False
        if not certificate["from"] <= when <= certificate["until"]:
            return False
        if certificate is not chain[0] and not certificate["may_issue"]:
            return False
        key = certificate["key"]
    return key is not None


@also_right
def names_as_well(chain, anchors, when):
    if not chain:
        return False
    last = chain[-1]
    if anchors.get(last["issuer"]) != last["signed_by"]:
        return False
    for i, one in enumerate(chain):
        if when not in range(one["from"], one["until"] + 1):
            return False
        if i and (chain[i - 1]["signed_by"] != one["key"] or not one["may_issue"]):
            return False
    return True
