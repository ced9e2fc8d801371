"""Other right answers to 12.join_pair."""

from tests.also_right import also_right


@also_right
def with_an_iterator(tokens, pair, new):
    joined, rest = [], iter(tokens)
    waiting = None
    for token in rest:
        if waiting is not None and (waiting, token) == pair:
            joined.append(new)
            waiting = None
            continue
        if waiting is not None:
            joined.append(waiting)
        waiting = token
    return joined if waiting is None else [*joined, waiting]


@also_right
def onto_the_end(tokens, pair, new):
    joined, fresh = [], False
    for token in tokens:
        if joined and not fresh and (joined[-1], token) == pair:
            joined[-1], fresh = new, True
        else:
            joined.append(token)
            fresh = False
    return joined
