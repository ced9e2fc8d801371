"""The diagram of the game."""

from aigc_course import plots


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_each_turn_names_who_learns_and_who_is_fixed():
    for axes in plots.gan_game().axes:
        assert words(axes).count("learns") == 1
        assert words(axes).count("fixed in this turn") == 1


def test_real_images_are_shown_in_the_turn_of_the_discriminator_only():
    first, second = plots.gan_game().axes
    assert any("real" in word for word in words(first))
    assert not any(word.startswith("real") for word in words(second))
    assert "into G" in words(second) and "into G" not in words(first)
