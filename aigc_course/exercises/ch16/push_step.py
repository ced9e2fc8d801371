"""Exercise on the rules of Sokoban: one step of the player."""

from collections.abc import Iterable

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.push_step",
    order=70,
    title="One step in Sokoban",
    difficulty=2,
    minutes=10,
    asks="method",
    idea="Three squares decide: where the player stands, the next square, and the one"
    " behind it. The last one matters only when there is a box on the next square.",
    formula="A wall on the next square stops the player. A box there moves if the"
    " square behind it holds neither a wall nor a box; otherwise nothing moves.",
    line="Write `new, far = (player[0] + step[0], player[1] + step[1]), (player[0] +"
    " 2 * step[0], player[1] + 2 * step[1])`; handle `new in walls`, then `new in"
    " boxes`, and return `new, boxes - {new} | {far}` for a push.",
    line_is_part="it leaves the three cases to you",
    variation="Write the step backwards: the player moves and pulls a box along.",
)

Cell = tuple[int, int]
State = tuple[Cell, frozenset[Cell]]


@exercise.answer
def push_step(
    player: Cell, boxes: frozenset[Cell], walls: frozenset[Cell], step: Cell
) -> State:
    """The player's square and the boxes after one step.

    player: (row, column). boxes, walls: sets of squares. step: (-1, 0), (1, 0), (0, -1)
    or (0, 1). The player pushes one box, never two, and never pulls. A step that the
    rules forbid changes nothing.
    """
    new = player[0] + step[0], player[1] + step[1]
    far = player[0] + 2 * step[0], player[1] + 2 * step[1]
    if new in walls:
        return player, boxes
    if new not in boxes:
        return new, boxes
    if far in walls or far in boxes:
        return player, boxes
    return new, boxes - {new} | {far}


STEPS = ((0, -1), (0, 1), (-1, 0), (1, 0))
ROOM = frozenset(
    (r, c) for r in range(6) for c in range(7) if r in (0, 5) or c in (0, 6)
)
Case = tuple[Cell, frozenset[Cell], frozenset[Cell], Cell]


def positions() -> list[Case]:
    pillar = ROOM | {(2, 4)}
    return [
        *(((3, 3), frozenset({(1, 1)}), ROOM, step) for step in STEPS),  # a free step
        ((1, 1), frozenset({(3, 3)}), ROOM, (-1, 0)),  # a wall
        *(((2, 2), frozenset({(2, 3)}), ROOM, step) for step in STEPS),  # a push
        ((2, 2), frozenset({(2, 3)}), pillar, (0, 1)),  # a wall behind the box
        ((2, 2), frozenset({(2, 3), (2, 4)}), ROOM, (0, 1)),  # two boxes
        ((3, 3), frozenset({(3, 4), (3, 2)}), ROOM, (0, 1)),  # a box behind the player
        ((3, 4), frozenset({(3, 5)}), ROOM, (0, 1)),  # a box at the wall
        ((2, 3), frozenset({(3, 3), (1, 3), (4, 4)}), ROOM, (1, 0)),
        ((2, 3), frozenset({(1, 3), (2, 2), (2, 4)}), ROOM, (-1, 0)),
    ]


@exercise.observe
def every_position(f) -> list[str]:
    """The player's square and the boxes in order, as text."""
    found = []
    for case in positions():
        made = f(*case)
        assert isinstance(made, tuple | list) and len(made) == 2, (
            "The function returns two things: the player's square, and the boxes."
        )
        player, boxes = made
        assert isinstance(boxes, set | frozenset | list | tuple), (
            "The boxes are a set of squares (row, column)."
        )
        found.append(f"player {_cell(player)}, boxes {sorted(map(_cell, boxes))}")
    return found


def _cell(square: Iterable[int]) -> Cell:
    row, column = (int(number) for number in square)
    return row, column


@exercise.must_hold
def positions_fit_into_a_set(f) -> bool:
    """What you return can stand in a set of positions: a tuple of the player's square,
    which is a tuple as well, and a frozenset of the boxes."""
    for case in positions():
        made = f(*case)
        if not isinstance(made[1], frozenset):
            return False
        if made != (_cell(made[0]), frozenset(map(_cell, made[1]))):
            return False
    return True


@exercise.must_hold
def boxes_are_never_lost(f) -> bool:
    """A step keeps the number of boxes, and puts none into a wall."""
    for case in positions():
        boxes = f(*case)[1]
        if len(boxes) != len(case[1]) or any(box in case[2] for box in boxes):
            return False
    return True


@exercise.must_hold
def the_player_stands_alone(f) -> bool:
    """The player never stands on a wall or on a box."""
    for case in positions():
        player, boxes = f(*case)
        if tuple(player) in case[2] or tuple(player) in boxes:
            return False
    return True


@exercise.must_hold
def arguments_stay(f) -> bool:
    """The boxes that were given stay as they are: a search goes back to them."""
    boxes = frozenset({(2, 3)})
    f((2, 2), boxes, ROOM, (0, 1))
    return boxes == {(2, 3)}


def _squares(player: Cell, step: Cell) -> tuple[Cell, Cell]:
    new = player[0] + step[0], player[1] + step[1]
    return new, (new[0] + step[0], new[1] + step[1])


@exercise.mistake(hint="formula")
def pushes_two(player, boxes, walls, step):
    """You let the player push two boxes in a row. A push needs a free square behind the
    first box: a second box there stops the player."""
    new, far = _squares(player, step)
    if new in walls or (new in boxes and far in walls):
        return player, boxes
    if new not in boxes:
        return new, boxes
    if far not in boxes:
        return new, boxes - {new} | {far}
    beyond = far[0] + step[0], far[1] + step[1]
    if beyond in walls or beyond in boxes:
        return player, boxes
    return new, boxes - {new} | {beyond}


@exercise.mistake(hint="formula")
def box_onto_box(player, boxes, walls, step):
    """You move a box onto another box, and one of the two is lost. Ask whether the
    square behind the box holds a box, too."""
    new, far = _squares(player, step)
    if new in walls or (new in boxes and far in walls):
        return player, boxes
    return new, (boxes - {new} | {far} if new in boxes else boxes)


@exercise.mistake(hint="formula")
def box_into_wall(player, boxes, walls, step):
    """You move a box into a wall. Ask whether the square behind the box is a wall
    before you push."""
    new, far = _squares(player, step)
    if new in walls or (new in boxes and far in boxes):
        return player, boxes
    return new, (boxes - {new} | {far} if new in boxes else boxes)


@exercise.mistake(hint="idea")
def pulls(player, boxes, walls, step):
    """You pull the box that stands behind the player. In Sokoban the player only
    pushes: a box behind the player stays."""
    new, far = _squares(player, step)
    behind = player[0] - step[0], player[1] - step[1]
    if new in walls or (new in boxes and (far in walls or far in boxes)):
        return player, boxes
    if new in boxes:
        return new, boxes - {new} | {far}
    return new, (boxes - {behind} | {player} if behind in boxes else boxes)


@exercise.mistake(hint="idea")
def boxes_are_walls(player, boxes, walls, step):
    """You let a box stop the player like a wall. A box with a free square behind it
    moves on, and the player takes its square."""
    new, _ = _squares(player, step)
    return (player, boxes) if new in walls or new in boxes else (new, boxes)


@exercise.mistake(hint="formula")
def player_stays(player, boxes, walls, step):
    """You push the box and leave the player where it was. The player steps onto the
    square that the box has left."""
    new, far = _squares(player, step)
    if new in walls or (new in boxes and (far in walls or far in boxes)):
        return player, boxes
    if new in boxes:
        return player, boxes - {new} | {far}
    return new, boxes


@exercise.mistake(hint="formula")
def player_follows_into_the_box(player, boxes, walls, step):
    """You move the player although the box cannot move, so both stand on one square.
    When the box is blocked, the player stays as well."""
    new, far = _squares(player, step)
    if new in walls:
        return player, boxes
    if new in boxes and far not in walls and far not in boxes:
        return new, boxes - {new} | {far}
    return new, boxes


@exercise.mistake(hint="formula")
def rows_and_columns_swapped(player, boxes, walls, step):
    """You add the first number of the step to the column. Squares and steps are (row,
    column): add rows to rows."""
    return push_step(player, boxes, walls, (step[1], step[0]))


@exercise.mistake(hint="idea")
def far_is_always_asked(player, boxes, walls, step):
    """You ask for the square behind the next one in every case. It matters only when
    there is a box on the next square: an empty square needs no room behind it."""
    new, far = _squares(player, step)
    if new in walls or far in walls or far in boxes:
        return player, boxes
    return new, (boxes - {new} | {far} if new in boxes else boxes)


@exercise.mistake(hint="formula")
def walls_forgotten(player, boxes, walls, step):
    """You let the player walk into a wall. Ask whether the next square is a wall before
    anything else."""
    new, far = _squares(player, step)
    if new in boxes and (far in walls or far in boxes):
        return player, boxes
    return new, (boxes - {new} | {far} if new in boxes else boxes)


@exercise.mistake(hint="formula")
def nothing_asked_behind(player, boxes, walls, step):
    """You push a box whatever stands behind it. A wall or another box on that square
    stops the box and the player."""
    new, far = _squares(player, step)
    if new in walls:
        return player, boxes
    return new, (boxes - {new} | {far} if new in boxes else boxes)


@exercise.mistake(hint="line")
def box_stays_and_moves(player, boxes, walls, step):
    """After your push the box stands on two squares. Take the old square away and add
    the new one; Python works out `a | b - c` as `a | (b - c)`."""
    new, far = _squares(player, step)
    if new in walls or (new in boxes and (far in walls or far in boxes)):
        return player, boxes
    return new, (boxes | {far} if new in boxes else boxes)
