"""Exercise on dead squares: from where a box can still reach a goal."""

from collections import deque

import torch
from torch import Tensor

from aigc_course.checks.exercise import Exercise

exercise = Exercise(
    "16.live_squares",
    order=72,
    title="Squares from which a box can be saved",
    difficulty=4,
    minutes=20,
    asks="derive",
    idea="Think backwards. A box on a goal is home. Which squares could it have come"
    " from by one push? A push backwards is a pull, and the player needs room for it.",
    formula="If square c is live, then c - s is live, for a step s, when neither c - s"
    " nor c - 2s is a wall: the box is pushed from c - s to c, by a player on c - 2s.",
    line="Start a queue with the goals; for each square (r, c) taken out and each step"
    " (y, x), add (r - y, c - x) when it and (r - 2 * y, c - 2 * x) are inside and no"
    " walls, and it is not live yet.",
    line_is_part="it describes the loop and leaves its writing to you",
    variation="Find pairs of boxes that block each other, although each of them alone"
    " stands on a live square.",
)

STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0))


@exercise.answer
def live_squares(walls: Tensor, goals: Tensor) -> Tensor:
    """Squares from which a lone box can be pushed to some goal, bool [H, W].

    walls, goals: bool [H, W]; walls surround everything. Before each push the player
    may stand on any free square, and there are no other boxes.
    """
    height, width = walls.shape
    live = goals.clone()
    todo = deque((int(r), int(c)) for r, c in goals.nonzero())
    while todo:
        r, c = todo.popleft()
        for y, x in STEPS:
            box, player = (r - y, c - x), (r - 2 * y, c - 2 * x)
            inside = 0 <= player[0] < height and 0 <= player[1] < width
            if inside and not walls[box] and not walls[player] and not live[box]:
                live[box] = True
                todo.append(box)
    return live


ROOMS = (
    "#######\n#  .  #\n#     #\n#     #\n#######",
    "#######\n#.    #\n##### #\n#     #\n#######",
    "########\n#   #  #\n#     .#\n# #    #\n# . #  #\n########",
    "#######\n##  ###\n#  .  #\n##    #\n###  ##\n#######",
    "######\n#. # #\n#    #\n#  # #\n######",
    "#########\n#   .   #\n#       #\n# ##### #\n#       #\n#########",
    "#####\n# . #\n#####",
    "######\n#. . #\n######",
)


def _masks(room: str) -> tuple[Tensor, Tensor]:
    lines = room.splitlines()
    walls = torch.tensor([[c == "#" for c in line] for line in lines])
    goals = torch.tensor([[c == "." for c in line] for line in lines])
    return walls, goals


@exercise.inputs
def rooms() -> list[tuple[Tensor, Tensor]]:
    return [_masks(room) for room in ROOMS]


@exercise.must_hold
def goals_are_live(f) -> bool:
    """Every goal is live: a box that stands there is home."""
    return all(bool(f(w, g)[g].all()) for w, g in rooms())


@exercise.must_hold
def walls_are_not(f) -> bool:
    """No wall is live."""
    return not any(bool(f(w, g)[w].any()) for w, g in rooms())


@exercise.must_hold
def more_goals_more_squares(f) -> bool:
    """A second goal makes no live square dead."""
    walls, goals = _masks(ROOMS[0])
    more = goals.clone()
    more[3, 2] = True
    return bool((f(walls, more) | ~f(walls, goals)).all())


@exercise.must_hold
def turning_the_room(f) -> bool:
    """A room turned by a quarter has its live squares turned by a quarter."""
    walls, goals = _masks(ROOMS[2])
    turned = f(torch.rot90(walls), torch.rot90(goals))
    return bool((torch.rot90(f(walls, goals)) == turned).all())


def _spread(walls: Tensor, goals: Tensor, may, steps=STEPS) -> Tensor:
    """Squares found from the goals; may(box, step): whether a box is pulled there."""
    live = goals.clone()
    todo = [(int(r), int(c)) for r, c in goals.nonzero()]
    while todo:
        r, c = todo.pop()
        for y, x in steps:
            box = r - y, c - x
            if not walls[box] and not live[box] and may(box, (y, x)):
                live[box] = True
                todo.append(box)
    return live


@exercise.mistake(hint="idea")
def all_connected(walls, goals):
    """You accept every square that is connected with a goal. The player has to stand
    behind the box to push it, so a box in a corner is lost."""
    return _spread(walls, goals, lambda box, step: True)


@exercise.mistake(hint="idea")
def corners_alone(walls, goals):
    """You give up corners alone. A box along a wall without a goal is lost as well:
    follow the pushes backwards from the goals."""
    live = ~walls
    for r, c in live.nonzero().tolist():
        upright = walls[r - 1, c] or walls[r + 1, c]
        level = walls[r, c - 1] or walls[r, c + 1]
        if upright and level and not goals[r, c]:
            live[r, c] = False
    return live


@exercise.mistake(hint="formula")
def player_on_the_wrong_side(walls, goals):
    """You look for the player's room on the goal's side of the box. To push the box
    towards the goal, the player stands on the side away from it."""

    def may(box, step):
        far = box[0] + 2 * step[0], box[1] + 2 * step[1]
        inside = 0 <= far[0] < walls.shape[0] and 0 <= far[1] < walls.shape[1]
        return inside and not bool(walls[far])

    return _spread(walls, goals, may)


@exercise.mistake(hint="formula")
def one_push(walls, goals):
    """You find the squares that are one push from a goal and stop. A box may need many
    pushes: go on from each new square."""
    live = goals.clone()
    for r, c in goals.nonzero().tolist():
        for y, x in STEPS:
            box, player = (r - y, c - x), (r - 2 * y, c - 2 * x)
            inside = 0 <= player[0] < walls.shape[0] and 0 <= player[1] < walls.shape[1]
            if inside and not walls[box] and not walls[player]:
                live[box] = True
    return live


@exercise.mistake(hint="idea")
def straight_lines(walls, goals):
    """You follow each direction from a goal straight on, and the box never turns. After
    a push the next one may go in another direction."""
    live = goals.clone()
    for r, c in goals.nonzero().tolist():
        for y, x in STEPS:
            far = 1
            while True:
                box = r - far * y, c - far * x
                player = box[0] - y, box[1] - x
                if walls[box] or walls[player]:
                    break
                live[box] = True
                far += 1
    return live


@exercise.mistake(hint="formula")
def goals_left_out(walls, goals):
    """You leave out the goals themselves. A box that stands on a goal needs no push, so
    every goal is live."""
    return live_squares(walls, goals) & ~goals


@exercise.mistake(hint="idea")
def dead_instead(walls, goals):
    """You return the dead squares. The function is asked for the live ones: the squares
    from which a box can still reach a goal."""
    return ~walls & ~live_squares(walls, goals)


@exercise.mistake(hint="formula")
def diagonals(walls, goals):
    """You let boxes move along diagonals. A push goes left, right, up or down."""

    def may(box, step):
        far = box[0] - step[0], box[1] - step[1]
        inside = 0 <= far[0] < walls.shape[0] and 0 <= far[1] < walls.shape[1]
        return inside and not bool(walls[far])

    eight = (*STEPS, (1, 1), (1, -1), (-1, 1), (-1, -1))
    return _spread(walls, goals, may, eight)


@exercise.mistake(hint="idea")
def first_goal_alone(walls, goals):
    """You start from the first goal alone. A box may go to any goal, so start from all
    of them."""
    first = torch.zeros_like(goals)
    r, c = goals.nonzero()[0].tolist()
    first[r, c] = True
    return live_squares(walls, first)


@exercise.mistake(hint="formula")
def player_square_marked(walls, goals):
    """You mark the square on which the player stands. The box comes from the square
    next to c, and the player stands one square behind that."""
    live = goals.clone()
    todo = [(int(r), int(c)) for r, c in goals.nonzero()]
    while todo:
        r, c = todo.pop()
        for y, x in STEPS:
            box, player = (r - y, c - x), (r - 2 * y, c - 2 * x)
            if not walls[box] and not walls[player] and not live[player]:
                live[player] = True
                todo.append(player)
    return live


@exercise.mistake(hint="formula")
def player_kept_off_goals(walls, goals):
    """You keep the player off the goals. A goal without a box is free floor, and the
    player may stand there."""
    return _spread(
        walls,
        goals,
        lambda box, step: not (walls | goals)[box[0] - step[0], box[1] - step[1]],
    )


@exercise.mistake(hint="idea")
def in_line_with_a_goal(walls, goals):
    """You accept every free square in the row or column of a goal. Ask for each push
    whether there is room for the box and for the player, and let the box turn."""
    return ~walls & (goals.any(1, keepdim=True) | goals.any(0, keepdim=True))
