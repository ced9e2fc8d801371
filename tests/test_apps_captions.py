"""Captions: the grammar, scenes, readers, networks and the rival without a network."""

import random
from functools import cache

import pytest
import torch
from torch import Tensor

from aigc_course import data
from aigc_course.apps.captions import (
    CaptionFlow,
    CaptionNetworks,
    Digits,
    Paste,
    Scene,
    Thing,
    measure,
    reader,
    scenes,
    words,
)
from aigc_course.apps.captions.networks import looked_at
from aigc_course.errors import CourseError
from aigc_course.exercises.ch16.obeys import obeys


@cache
def some(n: int = 400, split: str = "test") -> Digits:
    found = data.load("mnist", split)
    return scenes.digits(data.to_float(found.images[:n]), found.labels[:n])


def batch(n: int = 16) -> tuple[Tensor, Tensor]:
    found = data.load("mnist")
    return data.to_float(found.images[:n]), found.labels[:n]


@pytest.mark.parametrize(
    ("text", "scene"),
    [
        ("3", Scene(Thing(3))),
        ("A Thin three.", Scene(Thing(3, "thin"))),
        ("an italic bold 8", Scene(Thing(8, "thick", "slanted"))),
        ("the 1 over the 2", Scene(Thing(1), "above", Thing(2))),
        ("zero under a nine", Scene(Thing(0), "below", Thing(9))),
        (
            "a straight 4 to the right of a fine 4",
            Scene(Thing(4, None, "upright"), "right of", Thing(4, "thin")),
        ),
    ],
)
def test_captions_are_understood(text: str, scene: Scene) -> None:
    assert words.parse(text) == scene
    assert words.parse(words.plain(scene)) == scene


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("a red 3", "the word 'red'"),
        ("a 3 near a 7", "the word 'near'"),
        ("a 33", "the word '33'"),
        ("a thin", "a digit is missing"),
        ("a 3 left", "no relation"),
        ("a 3 left of", "a digit is missing"),
        ("3 7", "no relation"),
        ("a thin thick 3", "two kinds of thickness"),
        ("a 3 left of a 7 above a 2", "it should end before 'above'"),
        ("a 3; DROP", "the word ';'"),
        ("3 <pad>", "the word '<'"),
        ("3 " * 200, "at most 200 characters"),
        ("三 left of 7", "the word '三'"),
    ],
)
def test_what_is_no_caption_is_refused_in_one_sentence(text: str, says: str) -> None:
    with pytest.raises(CourseError, match=says.replace("?", r"\?")) as refused:
        words.tokens([text])
    message = str(refused.value)
    assert message.endswith(".") and ". " not in message and "\n" not in message


def test_a_caption_is_a_text() -> None:
    with pytest.raises(CourseError, match="not a int"):
        words.parse(3)  # type: ignore[arg-type]


def test_every_written_caption_means_its_scene() -> None:
    chance, qualities = random.Random(0), (None, "thin", "thick")
    for _ in range(500):
        first, second = (
            Thing(
                chance.randrange(10),
                chance.choice(qualities),
                chance.choice((None, "upright", "slanted")),
            )
            for _ in range(2)
        )
        scene = Scene(first, chance.choice(words.RELATIONS), second)
        written = words.write(scene, chance)
        assert len(written) <= words.LONGEST
        assert words.parse(" ".join(words.WORDS[n] for n in written)) == scene


def test_every_word_is_written() -> None:
    chance, seen = random.Random(0), set[int]()
    for _ in range(600):
        first, second = (
            Thing(
                chance.randrange(10),
                chance.choice(("thin", "thick")),
                chance.choice(("upright", "slanted")),
            )
            for _ in range(2)
        )
        scene = Scene(first, chance.choice(words.RELATIONS), second)
        seen.update(words.write(scene, chance))
    assert seen == set(range(2, len(words.WORDS)))


def test_held_out_pairs_are_never_arranged() -> None:
    assert len(scenes.pairs(unseen=True)) == 20 and scenes.held_out(3, 7)
    for digit in range(10):
        assert sum(scenes.held_out(digit, other) for other in range(10)) == 2
    made = scenes.arrange(some(), random.Random(0)).scenes
    assert sum(len(one.things) == 2 for one in made) > 200
    assert not any(map(shows_held_out, made))
    every = scenes.arrange(some(), random.Random(0), all_pairs=True).scenes
    assert any(map(shows_held_out, every))


def shows_held_out(scene: Scene) -> bool:
    shown = [thing.digit for thing in scene.things]
    return len(shown) == 2 and scenes.held_out(*shown)


def test_tiles_are_found_where_they_were_put() -> None:
    tiles = torch.full((5, 5, 14, 14), -1.0)
    for place in range(5):
        tiles[place, place] = torch.rand(14, 14)
    made = scenes.compose(tiles)
    for place in range(5):
        assert torch.equal(scenes.tile(made, place)[place], tiles[place, place])
    assert torch.equal(made[1, 0, 7:21, :14], tiles[1, 1])  # at the left


def test_ink_outside_of_rows_and_columns_is_no_scene() -> None:
    tiles = some().pixels[:4]
    made = torch.full((2, 1, 28, 28), -1.0)
    made[0, 0, :14, :14], made[0, 0, 14:, 14:] = tiles[0], tiles[1]  # a diagonal
    made[1, 0, 7:21, :14] = tiles[2]  # one digit, at the left
    seen = reader.look(made).digits.tolist()
    assert seen[0] == [-1] * 5 and seen[1][1] >= 0 and seen[1].count(-1) == 4


def test_readers_find_that_real_scenes_obey() -> None:
    shown = some()
    made = scenes.arrange(shown, random.Random(1), all_pairs=True)
    drawn = scenes.pictures(shown, made.rows)
    for read in (reader.classify, reader.neighbours(some(8_000, "train"))):
        seen = reader.look(drawn, read)
        assert reader.obeyed(seen, made.scenes).double().mean() > 0.85
    seen = reader.look(drawn)
    assert reader.obeyed(seen, made.scenes).double().mean() > 0.97
    thick, lean = reader.qualities(seen, made.scenes)
    assert sum(thick) > 0.9 * len(thick) and sum(lean) > 0.95 * len(lean)


def test_order_and_places_are_judged() -> None:
    seen = reader.Seen(
        torch.tensor(
            [
                [-1, 3, 7, -1, -1],
                [-1, 7, 3, -1, -1],
                [-1, -1, -1, 3, 7],
                [1, 3, 7, -1, -1],
            ]
        ),
        *(torch.zeros(4, 5) for _ in range(2)),
    )
    asked = [words.parse("3 left of 7")] * 4
    assert reader.obeyed(seen, asked).tolist() == [True, False, False, False]
    assert reader.digits_obeyed(seen, asked).tolist() == [True, True, True, False]
    assert seen.grids[0].tolist() == [[-1, -1, -1], [3, -1, 7], [-1, -1, -1]]
    assert seen.grids[2].tolist() == [[-1, 3, -1], [-1, -1, -1], [-1, 7, -1]]
    for row, grid in zip(seen.digits, seen.grids, strict=True):
        for relation in words.RELATIONS:
            scene = Scene(Thing(3), relation, Thing(7))
            one = reader.Seen(row[None], torch.zeros(1, 5), torch.zeros(1, 5))
            mine = bool(reader.obeyed(one, [scene])[0])
            assert obeys(grid, 3, relation, 7) == mine


def test_the_rival_obeys_and_copies() -> None:
    rival = Paste(some(2_000, "train"))
    captions = scenes.spatial(unseen=True)
    drawn = rival.draw(captions, torch.Generator().manual_seed(0))
    found = measure.report(captions, drawn)
    assert found.obeyed > 0.97 and found.digits >= found.obeyed
    assert float(measure.nearest(drawn, rival.known).max()) < 1e-2
    low, high = found.interval
    assert low < found.obeyed <= high and "obeyed" in str(found)
    told = rival.draw(["a thin slanted 3"] * 5 + ["a thick upright 3"] * 5)
    thin = measure.report(["a thin slanted 3"] * 5 + ["a thick upright 3"] * 5, told)
    assert thin.thickness > 0.5 and thin.slant == 1
    with pytest.raises(CourseError, match="give more"):
        Paste(some(3)).draw(["a thick slanted 5"])


def test_reports_need_as_many_scenes_as_captions() -> None:
    with pytest.raises(CourseError, match="its caption"):
        measure.report(["a 3"], torch.zeros(2, 1, 28, 28))
    with pytest.raises(CourseError, match="Scenes are"):
        reader.look(torch.zeros(2, 28, 28))
    with pytest.raises(CourseError, match="more often"):
        measure.true_share(0.5, 0.2, 0.3)


def learner() -> CaptionFlow:
    torch.manual_seed(0)
    return CaptionFlow(CaptionNetworks(), first=16)


def encoder_of(model: CaptionFlow) -> Tensor:
    return model.networks.vae.encoder.state_dict()["0.weight"].clone()


def test_both_stages_learn() -> None:
    model = learner()
    before = {name: p.clone() for name, p in model.networks.named_parameters()}

    def moved(part: str) -> bool:
        return any(
            not torch.equal(p, before[name])
            for name, p in model.networks.named_parameters()
            if name.startswith(part)
        )

    model.anneal(0.0)
    assert model.step(batch())["VAE"] > 0
    assert moved("vae") and not moved("drawer")
    encoder = encoder_of(model)
    model.anneal(0.5)
    for _ in range(3):  # layers that start at zero hide those before them
        found = model.step(batch())
    assert moved("drawer") and moved("placer") and 0 < found["velocity"] < 20
    assert torch.equal(encoder_of(model), encoder)
    with pytest.raises(CourseError, match="labels=True"):
        model.step(batch()[0])


def test_a_saved_learner_goes_on_as_before() -> None:
    model, other = learner(), CaptionFlow(CaptionNetworks(), first=16)
    for progress in (0.0, 0.5, 0.5, 0.5, 0.5):
        model.anneal(progress)
        model.step(batch())
    other.load_state_dict(model.state_dict())
    for one in (model, other):
        torch.manual_seed(3)
        one.anneal(0.6)
        one.step(batch())
    mine, theirs = model.trained().state_dict(), other.trained().state_dict()
    # the same but for rounding, which depends on where in memory a tensor lies
    assert all(torch.allclose(mine[n], theirs[n], atol=1e-4) for n in mine)
    third = CaptionFlow(CaptionNetworks())
    third.load_trained(mine)
    drawn = [m.sample(2, torch.Generator().manual_seed(0)) for m in (model, third)]
    assert torch.equal(*drawn)


def test_scenes_are_drawn_as_asked() -> None:
    model = learner()
    chance = torch.Generator().manual_seed(0)
    drawn = model.sample(3, chance, captions="3 above 7", steps=2)
    assert drawn.shape == (3, 1, 28, 28) and float(drawn.abs().max()) <= 1
    assert model.sample(2, steps=1, labels=torch.tensor([3, 4])).shape[0] == 2
    assert model.sample(2, steps=1, guidance=1.0).shape[0] == 2
    with pytest.raises(CourseError, match="take 1 or 3"):
        model.sample(3, captions=["3", "4"])
    with pytest.raises(CourseError, match="not both"):
        model.sample(1, captions=["3"], labels=torch.tensor([3]))
    with pytest.raises(CourseError, match="'red'"):
        model.sample(1, captions=["a red 3"])
    with pytest.raises(CourseError, match="Numbers of words"):
        model.networks.said(torch.tensor([[999]]))
    with pytest.raises(CourseError, match="whole numbers"):
        model.networks.said(torch.zeros(1, 3))


def test_looks_are_shares_of_the_words() -> None:
    told = words.tokens(["3 left of 7", "a 3 to the left of a 7"])
    assert torch.equal(told[0], told[1])  # articles and "to" say nothing
    looks = looked_at(learner().networks, told[:1])
    assert looks.shape == (1, 2, 5, words.LONGEST)
    assert torch.allclose(looks.sum(-1), torch.ones(1, 2, 5))
    assert float(looks[..., 4:].max()) == 0  # empty places are not looked at
