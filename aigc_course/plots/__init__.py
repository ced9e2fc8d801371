"""Figures: tensors in, Figure out; nothing here trains, loads or opens a window."""

from aigc_course.plots.animation import gif_bytes, show_animation
from aigc_course.plots.asked import asked_obtained
from aigc_course.plots.attention import attention_rows
from aigc_course.plots.bytemap import byte_map
from aigc_course.plots.convolution import maps, stamps
from aigc_course.plots.curves import running_mean, training_curves
from aigc_course.plots.densities import beliefs, densities, density_panels
from aigc_course.plots.figures import new_figure, png_bytes, show
from aigc_course.plots.flow import paths, velocity_panels
from aigc_course.plots.game import gan_game
from aigc_course.plots.grids import (
    image_grid,
    labelled_rows,
    save_grid,
    tile,
    to_pixels,
)
from aigc_course.plots.latents import latent_codes, latent_maps, latent_plane
from aigc_course.plots.lines import histograms, lines
from aigc_course.plots.lossmaps import (
    arrow_panels,
    critics,
    eigenvalues,
    vector_fields,
)
from aigc_course.plots.numbered import numbered_sheet
from aigc_course.plots.outcomes import failure_map, outcomes
from aigc_course.plots.photographs import photographs
from aigc_course.plots.pipeline import Return, Stage, pipeline
from aigc_course.plots.points import mesh, point_panels, points
from aigc_course.plots.pushforward import pushforward
from aigc_course.plots.scores import best_of, score_sheet, score_table
from aigc_course.plots.slopes import loss_and_slope

__all__ = [
    "Return",
    "Stage",
    "arrow_panels",
    "asked_obtained",
    "attention_rows",
    "beliefs",
    "best_of",
    "byte_map",
    "critics",
    "densities",
    "density_panels",
    "eigenvalues",
    "failure_map",
    "gan_game",
    "gif_bytes",
    "histograms",
    "image_grid",
    "labelled_rows",
    "latent_codes",
    "latent_maps",
    "latent_plane",
    "lines",
    "loss_and_slope",
    "maps",
    "mesh",
    "new_figure",
    "numbered_sheet",
    "outcomes",
    "paths",
    "photographs",
    "pipeline",
    "png_bytes",
    "point_panels",
    "points",
    "pushforward",
    "running_mean",
    "save_grid",
    "score_sheet",
    "score_table",
    "show",
    "show_animation",
    "stamps",
    "tile",
    "to_pixels",
    "training_curves",
    "vector_fields",
    "velocity_panels",
]
