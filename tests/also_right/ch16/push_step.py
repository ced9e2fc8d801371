"""Other right answers to 16.push_step."""

from tests.also_right import also_right


@also_right
def with_lists(player, boxes, walls, step):
    (r, c), (y, x) = player, step
    squares = list(boxes)
    if (r + y, c + x) in walls:
        return player, boxes
    if (r + y, c + x) in squares:
        if (r + 2 * y, c + 2 * x) in list(walls) + squares:
            return player, boxes
        squares[squares.index((r + y, c + x))] = (r + 2 * y, c + 2 * x)
    return (r + y, c + x), frozenset(squares)


@also_right
def blocked_first(player, boxes, walls, step):
    ahead = [
        tuple(p + n * s for p, s in zip(player, step, strict=True)) for n in (1, 2)
    ]
    solid = walls | boxes
    blocked = ahead[0] in walls or (ahead[0] in boxes and ahead[1] in solid)
    if blocked:
        return player, boxes
    return ahead[0], frozenset(ahead[1] if box == ahead[0] else box for box in boxes)
