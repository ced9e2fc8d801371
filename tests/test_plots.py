"""Pictures: sizes, values, and what is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from aigc_course import plots
from aigc_course.errors import CourseError


def test_to_pixels_takes_floats_and_bytes():
    images = torch.tensor([-1.0, 0.0, 1.0, 1.2]).reshape(4, 1, 1, 1)
    assert plots.to_pixels(images).ravel().tolist() == [0, 128, 255, 255]
    same = np.arange(4, dtype=np.uint8).reshape(4, 1, 1)
    assert plots.to_pixels(same) is same


@pytest.mark.parametrize("shape", [(28, 28), (2, 3, 28, 28)])
def test_to_pixels_refuses_other_shapes(shape):
    with pytest.raises(CourseError, match="shape"):
        plots.to_pixels(torch.zeros(shape))


def test_tile_puts_images_row_by_row():
    images = np.stack([np.full((2, 2), i, np.uint8) for i in range(1, 6)])
    sheet = plots.tile(images, columns=3, gap=1)
    assert sheet.shape == (2 * 3 - 1, 3 * 3 - 1)
    assert sheet[0, 0] == 1 and sheet[0, 6] == 3 and sheet[3, 0] == 4
    assert sheet[0, 2] == sheet[2, 0] == sheet[4, 7] == 96  # gaps and the empty cell


def test_a_saved_grid_is_a_whole_png(tmp_path):
    plots.save_grid(tmp_path / "a.png", torch.zeros(4, 1, 28, 28), zoom=1)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (58, 58) and picture.getpixel((0, 0)) == 128
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_stamps_stack_to_the_transposed_convolution():
    x, w = torch.tensor([1.0, 3.0, 2.0]), torch.tensor([1.0, 2.0, 3.0])
    figure = plots.stamps(x, w, stride=2)
    tops = np.zeros(7)
    for bar in figure.axes[1].patches:
        place = round(bar.get_x() + bar.get_width() / 2)
        tops[place] = max(tops[place], bar.get_y() + bar.get_height())
    wanted = torch.nn.functional.conv_transpose1d(
        x[None, None], w[None, None], stride=2
    )
    assert tops == pytest.approx(wanted[0, 0].numpy())


def test_running_mean_by_hand():
    assert plots.running_mean([1, 2, 3, 4], width=2) == [1, 1.5, 2.5, 3.5]
    assert plots.running_mean([], width=2) == []


def test_curves_have_one_line_for_each_value():
    rows = [
        {"step": s, "D": 1.0, "G": 0.5, "D(x)": 0.6, "D(G(z))": 0.4} for s in (1, 2)
    ]
    figure = plots.training_curves(rows)
    labels = [text.get_text() for ax in figure.axes for text in ax.get_legend().texts]
    assert labels == ["D", "G", "D(x)", "D(G(z))"]


def test_series_differ_in_more_than_colour():
    series = {name: ([0, 1], [i, i + 1]) for i, name in enumerate("abc", start=1)}
    (axes,) = plots.lines(series, "x", "y", log=True).axes
    looks = {(line.get_marker(), line.get_linestyle()) for line in axes.lines}
    assert len(looks) == 3 and axes.get_yscale() == "log"


def test_an_animation_holds_every_frame():
    frames = [torch.full((2, 1, 4, 4), value) for value in (-1.0, 0.0, 1.0)]
    with Image.open(io.BytesIO(plots.gif_bytes(frames, columns=2))) as gif:
        assert gif.n_frames == 3 and gif.size == (3 * 10, 3 * 4)


def test_an_animation_plays_once_and_not_for_long():
    # what moves by itself for more than 5 seconds needs a pause button (WCAG 2.2.2)
    frames = [torch.full((1, 1, 4, 4), value / 99) for value in range(80)]
    with Image.open(io.BytesIO(plots.gif_bytes(frames, columns=1))) as gif:
        assert "loop" not in gif.info
        took = 0
        for place in range(gif.n_frames):
            gif.seek(place)
            took += gif.info["duration"]
        assert 4000 < took <= 5000


def test_in_a_notebook_the_caption_is_set_as_text():
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    try:
        with capture_output() as shown:
            plots.show(plots.image_grid(torch.zeros(1, 1, 28, 28)), "A < B.")
    finally:
        shell.clear_instance()
    picture, caption = shown.outputs
    assert picture.metadata["image/png"]["alt"] == "A < B."
    assert "Figure: A &lt; B.</p>" in caption.data["text/html"]
    assert caption.data["text/plain"] == "Figure: A < B."


def test_show_gives_picture_and_words(capsys):
    figure = plots.image_grid(torch.zeros(1, 1, 28, 28))
    plots.show(figure, "A black square.")
    assert capsys.readouterr().out == "Figure: A black square.\n"
    assert plots.png_bytes(figure).startswith(b"\x89PNG")
