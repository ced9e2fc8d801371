"""Exercise on the order of writing: a level as tokens, the room before the things."""

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.room_first",
    order=73,
    title="A level as tokens: the room first",
    difficulty=2,
    minutes=12,
    asks="method",
    idea="Write three parts and join them: what lies on the ground of every cell, where"
    " the boxes stand, where the player stands.",
    formula="ground: floor 0 under the tiles 0, 3 and 5, wall 1 under 1, goal 2 under"
    " 2, 4 and 6. Then 3 + place of each tile 3 or 4, then 3 + place of the tile 5 or"
    " 6.",
    line="Write `flat = level.flatten(); ground = torch.tensor([0, 1, 2, 0, 2, 0, 2])["
    "flat]; return torch.cat([ground, 3 + ((flat == 3) | (flat == 4)).nonzero()[:, 0],"
    " 3 + (flat >= 5).nonzero()[:, 0]])`.",
    variation="Write the way back: from the tokens to the level.",
)


@exercise.answer
def room_first(level: Tensor) -> Tensor:
    """The tokens of a level: ground of each cell, places of boxes, place of the player.

    level: whole numbers [H, W], codes 0 to 6: floor, wall, goal, box, box on a goal,
    player, player on a goal. The ground is floor 0, wall 1 or goal 2, row by row. A
    place is 3 + row * W + column, with rows and columns counted from 0; boxes come in
    the order of their places, and the player comes last. Returns [H * W + boxes + 1].
    """
    return _tokens(level)


GROUND = torch.tensor([0, 1, 2, 0, 2, 0, 2])
BOX, PLAYER = torch.tensor([3, 4]), torch.tensor([5, 6])


def _places(level: Tensor, codes: Tensor) -> Tensor:
    return torch.isin(level.flatten(), codes).nonzero()[:, 0]


def _tokens(level: Tensor, ground: Tensor = GROUND, first: int = 3) -> Tensor:
    boxes, player = _places(level, BOX), _places(level, PLAYER)
    return torch.cat([ground[level.flatten()], first + boxes, first + player])


PLAIN = torch.tensor([[1, 0, 2], [3, 5, 0], [1, 1, 0]])
MIXED = torch.tensor([[6, 0, 3, 0], [0, 4, 1, 2], [3, 0, 0, 1]])
THREE = torch.tensor([[0, 2, 3, 1, 0], [4, 0, 5, 0, 0], [0, 3, 2, 0, 1]])
LOW = torch.tensor([[0, 0, 3], [4, 2, 0], [0, 1, 5], [1, 0, 0]])


@exercise.inputs
def levels() -> list[tuple[Tensor]]:
    return [(PLAIN,), (MIXED,), (THREE,), (LOW,), (THREE.T.contiguous(),)]


def _list(tokens) -> list[int]:
    return [int(token) for token in tokens]


@exercise.must_hold
def as_long_as_told(f) -> bool:
    """There is a token for each cell, each box and the player."""
    return all(
        len(_list(f(level))) == level.numel() + len(_places(level, BOX)) + 1
        for (level,) in levels()
    )


@exercise.must_hold
def the_player_is_last(f) -> bool:
    """When the player walks to another floor, the last token alone changes."""
    moved = PLAIN.clone()
    moved[1, 1], moved[1, 2] = 0, 5
    before, after = _list(f(PLAIN)), _list(f(moved))
    return before[:-1] == after[:-1] and before[-1] + 1 == after[-1]


@exercise.must_hold
def the_ground_stays(f) -> bool:
    """When a box is pushed onto a goal, the ground tokens do not change."""
    pushed = torch.tensor([[5, 3, 2, 0]]), torch.tensor([[0, 5, 4, 0]])
    one, other = (_list(f(level)) for level in pushed)
    return one[:4] == other[:4] == [0, 0, 2, 0]


@exercise.mistake(hint="formula")
def codes_as_ground(level):
    """You write the tiles themselves in the first part. The ground is only floor, wall
    or goal; boxes and the player come later."""
    return _tokens(level, torch.arange(7))


@exercise.mistake(hint="formula")
def goals_beneath_forgotten(level):
    """You write floor under a box or a player that stands on a goal. The ground there
    is a goal, and no other token tells it."""
    return _tokens(level, torch.tensor([0, 1, 2, 0, 0, 0, 0]))


@exercise.mistake(hint="formula")
def things_as_walls(level):
    """You write a wall where a box or the player stands. What they stand on is floor or
    a goal."""
    return _tokens(level, torch.tensor([0, 1, 2, 1, 1, 1, 1]))


@exercise.mistake(hint="formula")
def places_from_zero(level):
    """You write the places from 0 on. The tokens 0, 1 and 2 already mean floor, wall
    and goal: add 3."""
    return _tokens(level, first=0)


@exercise.mistake(hint="formula")
def cells_from_one(level):
    """You count the cells from 1. The first cell has the place 0, so its token is 3."""
    return _tokens(level, first=4)


@exercise.mistake(hint="formula")
def column_by_column(level):
    """You read the level column by column. Read it row by row."""
    return _tokens(level.T)


@exercise.mistake(hint="formula")
def player_before_boxes(level):
    """You write the player before the boxes. The boxes come first."""
    boxes, player = _places(level, BOX), _places(level, PLAYER)
    return torch.cat([GROUND[level.flatten()], 3 + player, 3 + boxes])


@exercise.mistake(hint="formula")
def plain_boxes_alone(level):
    """You list the boxes that stand on floor, and forget those on goals (code 4)."""
    boxes, player = _places(level, BOX[:1]), _places(level, PLAYER)
    return torch.cat([GROUND[level.flatten()], 3 + boxes, 3 + player])


@exercise.mistake(hint="formula")
def plain_player_alone(level):
    """You look for the player on floor alone. The player may stand on a goal as well
    (code 6)."""
    boxes, player = _places(level, BOX), _places(level, PLAYER[:1])
    return torch.cat([GROUND[level.flatten()], 3 + boxes, 3 + player])


@exercise.mistake(hint="formula")
def kinds_of_boxes_apart(level):
    """You list the boxes on floor first and those on goals after them. All boxes come
    in the order of their places."""
    parts = [_places(level, BOX[:1]), _places(level, BOX[1:]), _places(level, PLAYER)]
    return torch.cat([GROUND[level.flatten()], *(3 + part for part in parts)])


@exercise.mistake(hint="idea")
def no_player(level):
    """You write no player. Without it the level cannot be read back."""
    return torch.cat([GROUND[level.flatten()], 3 + _places(level, BOX)])


@exercise.mistake(hint="idea")
def no_ground(level):
    """You write the things without the ground. Walls and goals have to be told as well:
    begin with one token for each cell."""
    return torch.cat([3 + _places(level, BOX), 3 + _places(level, PLAYER)])


@exercise.mistake(hint="formula")
def floor_and_wall_exchanged(level):
    """You write floor as 1 and wall as 0. Floor is 0, wall is 1, goal is 2."""
    return _tokens(level, torch.tensor([1, 0, 2, 1, 2, 1, 2]))


@exercise.mistake(hint="formula")
def things_in_one_list(level):
    """You list boxes and the player together, in the order of their places. All boxes
    come first, and the player is the last token."""
    things = _places(level, torch.cat([BOX, PLAYER]))
    return torch.cat([GROUND[level.flatten()], 3 + things])


@exercise.mistake(hint="formula")
def rows_too_short(level):
    """You multiply the row by the number of rows. A row has W cells: the place is
    row * W + column."""
    boxes, player = _places(level, BOX), _places(level, PLAYER)
    height, width = level.shape
    wrong = [i // width * height + i % width for i in (boxes, player)]
    return torch.cat([GROUND[level.flatten()], *(3 + one for one in wrong)])


@exercise.mistake(hint="formula")
def after_all_cells(level):
    """You add the number of cells to the places. Tokens 0 to 2 are taken by the ground,
    so the places begin at 3."""
    return _tokens(level, first=level.numel())


@exercise.mistake(hint="formula")
def rows_and_columns_as_tokens(level):
    """You write a row and a column for each thing. One token tells its place: 3 + row *
    W + column."""
    things = [torch.isin(level, codes).nonzero().flatten() for codes in (BOX, PLAYER)]
    return torch.cat([GROUND[level.flatten()], *(3 + one for one in things)])
