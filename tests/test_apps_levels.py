"""Levels: text in and out, a complete solver, makers, the writer, rivals, figures."""

import itertools
import random

import numpy as np
import pytest
import torch

from aigc_course import pretrained
from aigc_course.apps.levels import (
    adversarial,
    board,
    maker,
    measure,
    picture,
    rivals,
    script,
    shipped,
    solver,
    tiles,
    words,
    writer,
)
from aigc_course.apps.levels.corpus import TRAIN, Corpus, corpus, split
from aigc_course.apps.levels.writer import Asked
from aigc_course.errors import CourseError

EASY = "#######\n#@ $ .#\n#######\n"
CORNER = "######\n#$ @ #\n#  . #\n######\n"  # the box stands in a corner
HARD = """\
; a title
########
#  ### #
#@$  $ #
# #..# #
#  $ . #
########
"""
OFFSETS = {"l": (0, -1), "r": (0, 1), "u": (-1, 0), "d": (1, 0)}


@pytest.fixture(scope="module")
def some() -> Corpus:
    return corpus(60, seed=5)


def push_step(player, boxes, walls, step):
    """One step by the rules, written apart from the solver: at most one box moves."""
    new = player[0] + step[0], player[1] + step[1]
    far = player[0] + 2 * step[0], player[1] + 2 * step[1]
    if new in walls or new in boxes and (far in walls or far in boxes):
        return player, boxes
    return new, boxes - {new} | {far} if new in boxes else boxes


def played(level: tiles.Tiles, moves: str) -> bool:
    """Whether moves solve a level, by these rules alone."""
    parts = [(tiles.WALL,), tiles.BOXES, tiles.GOALS, tiles.PLAYERS]
    walls, boxes, goals, player = (
        frozenset(map(tuple, np.argwhere(tiles.where(level, codes)).tolist()))
        for codes in parts
    )
    (place,) = player
    for letter in moves:
        before = place, boxes
        place, boxes = push_step(place, boxes, walls, OFFSETS[letter.lower()])
        if (place, boxes) == before or letter.isupper() != (boxes != before[1]):
            return False
    return boxes == goals


def brute(level: tiles.Tiles) -> int | None:
    """Fewest moves, by these rules alone."""
    parts = [(tiles.WALL,), tiles.BOXES, tiles.GOALS, tiles.PLAYERS]
    walls, boxes, goals, player = (
        frozenset(map(tuple, np.argwhere(tiles.where(level, codes)).tolist()))
        for codes in parts
    )
    start = next(iter(player)), boxes
    layer, seen, moves = [start], {start}, 0
    while layer:
        if any(now == goals for _, now in layer):
            return moves
        after = {
            push_step(*state, walls, step)
            for state in layer
            for step in OFFSETS.values()
        }
        layer = list(after - seen)
        seen |= after
        moves += 1
    return None


def test_text_is_read_as_it_was_written(some: Corpus) -> None:
    text = tiles.write(list(some.tiles))
    again = tiles.read(text)
    assert len(again) == len(some)
    assert all((a == b).all() for a, b in zip(again, some.tiles, strict=True))
    assert tiles.write(again) == text


def test_remarks_and_other_floors_are_read() -> None:
    (level,) = tiles.read(
        "Level 1\r\n\r\n#####\r\n#@$.#\r\n#---#\r\n#####\r\nAuthor: X\r\n"
    )
    assert tiles.to_text(level) == "#####\n#@$.#\n#   #\n#####"
    assert len(tiles.read("\ufeff" + HARD + "\n\n\n" + EASY)) == 2


def test_rows_of_different_lengths_are_filled() -> None:
    (level,) = tiles.read("  ####\n###  #\n#@$ .#\n######\n")
    assert level.shape == (4, 6) and level[0, 0] == tiles.FLOOR
    assert solver.solve(level).verdict == "solved"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no level"),
        ("nothing but words", "no level"),
        ("#####\n# $.#\n#####", "one player (@ or +); this one has 0"),
        ("#####\n#@@$.#\n#####", "this one has 2"),
        ("#####\n#@ .#\n#####", "at least one box"),
        ("#####\n#@$ #\n#####", "1 boxes and 0 goals"),
        ("#####\n@ $.#\n#####", "a way out"),
        ("#####\n#@$.#\n## ##", "a way out"),
        ("#####\n#@$x#\n#####", "the character 'x'"),
        ("#" * 60 + "\n" + ("#" + " " * 58 + "#\n") * 58, "at most 2,500"),
    ],
)
def test_a_broken_level_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(CourseError) as refused:
        tiles.read(text)
    assert says in str(refused.value) and str(refused.value).endswith(".")


def test_numbers_and_cells_are_each_others_inverse() -> None:
    cells = np.random.default_rng(0).random((5, 9)) < 0.4
    assert (board.as_cells(board.as_number(cells), 5, 9) == cells).all()


def test_solutions_are_shortest_and_can_be_played(some: Corpus) -> None:
    for level, pushes, moves in zip(some.tiles, some.pushes, some.moves, strict=True):
        answer = solver.solve(level)
        assert answer.verdict == "solved" and played(level, answer.moves)
        assert answer.pushes == pushes  # as many as the maker pulled
        assert len(answer.moves) >= moves


def test_the_fewest_moves_are_those_of_a_plain_search(some: Corpus) -> None:
    for level, moves in list(zip(some.tiles, some.moves, strict=True))[:8]:
        assert brute(level) == moves == solver.fewest_moves(level)[0]


def test_the_verdict_is_right_for_levels_that_were_changed(some: Corpus) -> None:
    chance = np.random.default_rng(1)
    verdicts = []
    for level in rivals.changed(some.tiles[:16], chance):
        if tiles.fault(level):
            continue
        answer = solver.solve(level)
        assert (answer.verdict == "solved") == (brute(level) is not None)
        verdicts.append(answer.verdict)
    assert {"solved", "impossible"} == set(verdicts)


def test_impossible_is_proved_and_unknown_is_said() -> None:
    (corner,) = tiles.read(CORNER)
    assert solver.solve(corner).verdict == "impossible"
    assert solver.fewest_moves(corner)[0] is None
    hard = maker.make(3, random.Random(1), size=9).level
    assert solver.solve(hard, most=3).verdict == "unknown"
    assert solver.solve(hard).verdict == "solved"


def test_makers_levels_hold_what_they_say() -> None:
    chance = random.Random(0)
    for boxes in (1, 2, 3):
        made = maker.make(boxes, chance)
        assert not tiles.fault(made.level) and made.boxes == boxes
        assert tiles.count(made.level, tiles.BOXES) == boxes
        assert made.pushes == solver.solve(made.level).pushes >= maker.LEAST_PUSHES
    far = [maker.make(2, chance).pushes for _ in range(40)]
    near = [maker.make(2, chance, farthest=False).pushes for _ in range(40)]
    assert np.mean(far) > np.mean(near)
    with pytest.raises(CourseError, match="5 to 20 cells"):
        maker.make(0, chance)


def test_a_corpus_is_the_same_again_and_has_no_twins(some: Corpus) -> None:
    again = corpus(60, seed=5)
    assert (again.tiles == some.tiles).all() and (again.moves == some.moves).all()
    assert len(measure.names(some.tiles)) == 60
    train, valid = split(20, 10, seed=2)
    assert not measure.names(train.tiles) & measure.names(valid.tiles)


def test_eight_forms_have_one_name(some: Corpus) -> None:
    forms = tiles.symmetries(some.tiles[0])
    assert len({tiles.canonical(form) for form in forms}) == 1
    assert not measure.novel(np.stack(forms), {tiles.canonical(some.tiles[0])}).any()


def test_a_level_is_spelled_and_read_back(some: Corpus) -> None:
    tokens, counts = script.spelled(script.inside(some.tiles))
    boxes = torch.from_numpy(some.boxes)
    assert (script.read_back(tokens, boxes) == some.tiles).all()
    assert (counts.sum(dim=1) == script.CELLS + boxes + 1).all()
    assert not tokens[~counts].any()
    assert {0, 1, 2} == set(tokens[:, : script.CELLS].unique().tolist())


def test_batches_hold_the_prefix_and_turned_levels(some: Corpus) -> None:
    tokens, counts = next(writer.batches(some, seed=0, size=16))
    assert tokens.shape == (16, 31) and counts.shape == (16, 30)
    assert not counts[:, 0].any() and counts[:, 1:26].all()
    boxes = tokens[:, 0] - script.FIRST_BOXES + 1
    drawn = script.read_back(tokens[:, 2:], boxes)
    assert not measure.novel(drawn, measure.names(some.tiles)).any()
    assert (tiles.count(drawn, tiles.BOXES) == boxes.numpy()).all()


def test_the_grammar_keeps_the_counts() -> None:
    torch.manual_seed(0)
    model = writer.network(width=16, layers=1).eval()
    asked = [Asked(boxes, 20) for boxes in (1, 2, 3) for _ in range(30)]
    boxes = [one.boxes for one in asked]
    for temperature in (1.0, (1.0, 0.3)):
        drawn = writer.draw(model, asked, counted=True, temperature=temperature)
        assert (tiles.count(drawn, tiles.BOXES) == boxes).all()
        assert (tiles.count(drawn, tiles.GOALS) == boxes).all()
        assert (tiles.count(drawn, tiles.PLAYERS) == 1).all()


@torch.no_grad()
def test_guidance_exaggerates_what_the_band_changes() -> None:
    torch.manual_seed(0)
    model = writer.network(width=16, layers=1).eval()
    torch.nn.init.normal_(model.head.weight)
    told = script.prefix(np.array([2, 3]), np.array([5, 30]))
    hidden = torch.stack([told[:, 0], torch.full((2,), script.NO_BAND)], 1)
    rest = torch.tensor([[0, 1, 2], [1, 1, 0]])
    for weight in (0.0, 1.0, 2.5):
        guided = writer.Guided(model, weight)
        first, seen = guided.step(told, None)
        scores = torch.cat([first, guided.step(rest, seen)[0]], 1)
        without = model(torch.cat([hidden, rest], 1))
        want = without + weight * (model(torch.cat([told, rest], 1)) - without)
        assert torch.allclose(scores, want, atol=1e-4)
    drawn = writer.draw(model, [Asked(1, 9)] * 5, guidance=2.0, counted=True)
    assert (tiles.count(drawn, tiles.BOXES) == 1).all()


def test_the_shipped_network_does_what_its_card_says() -> None:
    model, card = shipped.pretrained_writer(), pretrained.card(shipped.NAME)
    assert card["weights"] == sum(w.numel() for w in model.parameters())
    assert card["steps"] == writer.LONG_STEPS and card["levels"] == TRAIN
    other = corpus(60, seed=99)
    assert writer.bits(model, other) == pytest.approx(card["bits"], abs=2)
    asked = [
        Asked(int(b), int(m)) for b, m in zip(other.boxes, other.moves, strict=True)
    ]
    chance = torch.Generator().manual_seed(0)
    drawn = writer.draw(model, asked, chance, temperature=writer.COOL, counted=True)
    solved = measure.verdicts(drawn).count("solved") / len(drawn)
    assert abs(solved - card["playable"]) < 0.15
    assert (tiles.count(drawn, tiles.BOXES) == other.boxes).all()


def test_the_grammar_allows_every_real_level_and_finds_room(some: Corpus) -> None:
    tokens, counts = script.spelled(script.inside(some.tiles))
    whole = torch.cat([script.prefix(some.boxes, some.moves), tokens], dim=1)
    for t in range(script.LENGTH):
        for rule in (script.fitting, script.in_order):
            may = rule(whole[:, : 2 + t])
            assert may.gather(1, whole[:, 2 + t, None]).all()
    # walls first: the last cells stay free for three goals and the player
    asked = script.prefix(np.array([3]), np.array([20]))
    walls = torch.ones(1, script.CELLS - 4, dtype=torch.long)
    assert script.fitting(torch.cat([asked, walls], dim=1))[0, :3].tolist() == [
        True, False, True,
    ]  # fmt: skip


@pytest.mark.parametrize(("boxes", "moves"), [(0, 20), (4, 20), (2, 1), (2, 999)])
def test_requests_out_of_range_are_refused(boxes: int, moves: int) -> None:
    with pytest.raises(CourseError):
        Asked(boxes, moves)


def test_a_step_of_training_lowers_the_loss(some: Corpus) -> None:
    model = writer.trained(some, steps=4, seed=0)
    fresh = writer.network().eval()
    assert writer.bits(model, some) < writer.bits(fresh, some)
    with torch.no_grad():  # all tokens are equally likely at the start
        places = script.CELLS + some.boxes.mean() + 1
        assert writer.bits(fresh, some) == pytest.approx(
            places * np.log2(script.VOCABULARY), rel=1e-4
        )


def test_both_players_of_the_gan_learn(some: Corpus) -> None:
    torch.manual_seed(0)
    gan = adversarial.TileGAN()
    before = [p.clone() for o in (gan.g, gan.d) for p in o.network.parameters()]
    losses = gan.step(next(adversarial.batches(some, seed=0, size=16)))
    after = [p for o in (gan.g, gan.d) for p in o.network.parameters()]
    assert set(losses) == {"d_loss", "g_loss"}
    assert not any(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    drawn = adversarial.draw(gan.trained(), 5)
    assert drawn.shape == (5, 7, 7) and drawn.max() < len(tiles.TILES)


def test_neighbours_are_counted(some: Corpus) -> None:
    table = rivals.TileCounts(some.tiles)
    near = np.zeros((1, 4), dtype=np.int64)
    assert table.shares(near).sum() == pytest.approx(1)
    # without any context the shares are those of the tiles
    inner = some.tiles[:, 1:-1, 1:-1]
    want = np.bincount(inner.ravel(), minlength=7) * 8
    assert table.tables[0][0] == pytest.approx(want)
    drawn = table.draw(300, np.random.default_rng(0))
    walls = (drawn[:, 1:-1, 1:-1] == tiles.WALL).mean()
    assert walls == pytest.approx((inner == tiles.WALL).mean(), abs=0.08)
    assert (drawn[:, 0] == tiles.WALL).all()


def test_figures_of_known_levels(some: Corpus) -> None:
    (easy,), (corner,) = tiles.read(EASY), tiles.read(CORNER)
    assert measure.verdicts(easy[None]) == ["solved"]
    assert measure.verdicts(corner[None]) == ["impossible"]
    assert measure.verdicts(np.ones((1, 4, 4), dtype=np.uint8)) == ["malformed"]
    known = measure.names(some.tiles[:30])
    bands = script.bands(some.moves)
    one = measure.report(some.tiles, known, some.tiles, list(some.boxes), list(bands))
    assert one.well_formed == one.playable == one.distinct == one.boxes == 1
    assert one.novel == pytest.approx(0.5) and one.moves > 0.95
    assert one.patterns == pytest.approx(0, abs=1e-12)
    assert one.interval[0] < 1 == one.interval[1]


def test_rank_correlation_is_that_of_scipy() -> None:
    from scipy.stats import spearmanr

    a, b = [1, 2, 2, 5, 9, 3], [2, 1, 4, 4, 8, 4]
    assert measure.rank_correlation(a, b) == pytest.approx(spearmanr(a, b)[0])
    assert np.isnan(measure.rank_correlation([1, 1], [1, 2]))
    with pytest.raises(CourseError):
        measure.rank_correlation([1], [1])


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("two boxes, long", Asked(2, 25)),
        ("Three boxes", Asked(3, 17)),
        ("please make a level with 1 box and 12 moves", Asked(1, 12)),
        ("very long", Asked(2, 32)),
        ("very short, one box", Asked(1, 6)),
    ],
)
def test_words_become_requests(text: str, asked: Asked) -> None:
    assert words.parse(text) == asked


@pytest.mark.parametrize(
    "text",
    ["two cats", "four boxes", "0 boxes", "two boxes three boxes", "long short",
     "long, 12 moves", "99999 boxes", "1000 moves", "two boxes; rm"],
)  # fmt: skip
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(CourseError) as refused:
        words.parse(text)
    assert str(refused.value).endswith(".")


def test_every_band_has_words() -> None:
    found = {words.parse(f"two boxes, {length}").band for length in words.LENGTHS}
    assert len(found) == len(words.LENGTHS)
    assert len(script.BANDS) == len(script.EDGES) + 1
    assert [int(script.bands(np.array(m))) for m in (2, 9, 10, 28)] == [0, 0, 1, 6]


def test_a_level_in_words_and_as_a_picture(some: Corpus) -> None:
    (level,) = tiles.read(EASY)
    told = picture.in_words(level)
    assert "player at row 2 column 2" in told and "goal at row 2 column 6" in told
    figure = picture.levels(list(some.tiles[:3]), ["a", "b", "c"])
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c"]


def test_bad_patterns_are_refused() -> None:
    from aigc_course.apps import patterns, textures

    tile = patterns.tile(patterns.Pattern(torch.Generator().manual_seed(0)), 32)
    assert tile.shape == (3, 32, 32) and tile.abs().max() <= 1
    assert textures.seam(tile[None]) < 3
    twice = patterns.mirrored(tile)
    assert torch.equal(twice[:, :, :32].flip(-1), twice[:, :, 32:])
    assert torch.equal(twice, twice.flip(-2))
    for side, _ in itertools.product((1, 5_000), (0,)):
        with pytest.raises(CourseError, match="2 to 2,000 pixels"):
            patterns.tile(patterns.Pattern(), side)
