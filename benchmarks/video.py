"""What chapter 16 says of video, over three seeds.

    python benchmarks/video.py [--seeds 3]

digits: ten frames are seen, ten predicted, by the model, by copying the last frame, by
constant velocity, by constant velocity with the walls known, by the physics that fits
the ten centroids best, and by the true places (what drawing alone costs). ball: the
share of each future, and the mean square error of a regression of pixels, a regression
of places, one drawn future (mean over eight draws), the best of eight, and the exact
mean of both futures; how many of 200 films have all eight draws on the wrong side.
Seeds that were measured before stay in the record.
"""

import statistics
import time
from typing import Any

import click
import torch
from records import FOLDER, record
from torch import Tensor

from aigc_course import training
from aigc_course.apps.video import dynamics, measure, model, rivals, scenes
from aigc_course.files import read_json

FILMS, TESTED, SEEN, AHEAD = 1500, 300, 10, 10
PLACE_STEPS, STEPS, MIXTURE_STEPS, PIXEL_STEPS = 250, 700, 600, 1000
BALLS, BALL_SEEN, BALL_AHEAD = 600, 9, 8
T_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student's t, by the number of seeds


@torch.no_grad()
def predictions(
    eyes: model.PoseNet, moves: dynamics.Dynamics, films: scenes.Films
) -> dict[str, Tensor]:
    """The ten frames after ten, by each method."""
    past = films.frames[:, :SEEN]
    places = model.places_of(eyes, past)
    ahead = dynamics.future(moves, places, AHEAD)
    last, true = past[:, -1], films.places
    return {
        "model": model.draw(last, places[:, -1], ahead),
        "copy": rivals.copy_last(past, AHEAD),
        "velocity": rivals.straight_on(past, AHEAD),
        "velocity_walls": rivals.straight_on(past, AHEAD, walls=True),
        "fitted": rivals.fitted(past, AHEAD),
        "true_places": model.draw(last, true[:, SEEN - 1], true[:, SEEN:]),
    }


def digits(seed: int) -> dict[str, Any]:
    """MSE as a share of copying, centroid errors and classes kept."""
    learned = scenes.digits(FILMS, 100 + seed)
    tested = scenes.digits(TESTED, 200 + seed, split="test")
    start, eyes, moves = time.process_time(), model.PoseNet(), dynamics.Dynamics()
    model.learn_places(eyes, learned, PLACE_STEPS, seed)
    places = model.places_of(eyes, learned.frames)
    dynamics.train(moves, places, STEPS, seed)
    seconds = time.process_time() - start
    want, made = tested.frames[:, SEEN:], predictions(eyes, moves, tested)
    base = measure.mse(made["copy"], want)
    found: dict[str, Any] = {"train_cpu_seconds": round(seconds, 1)}
    for name, got in made.items():
        share, off = measure.mse(got, want) / base, measure.centroid_error(got, want)
        found[name] = {
            "mse_share_t10": round(float(share[9]), 4),
            "centroid_t5": round(float(off[4]), 3),
            "centroid_t10": round(float(off[9]), 3),
            "kept_t10": round(measure.kept(got[:, 9], tested.labels), 4),
        }
    found["true_kept_t10"] = round(measure.kept(want[:, 9], tested.labels), 4)
    return found


def ball(seed: int) -> dict[str, Any]:
    """Both futures, and what each way of predicting costs."""
    learned, tested = scenes.ball(BALLS, 300 + seed), scenes.ball(200, 400 + seed)
    places, seen = measure.centroid(learned.frames), tested.frames[:, :BALL_SEEN]
    several, one = dynamics.Dynamics(components=4), dynamics.Dynamics()
    dynamics.train(several, places, MIXTURE_STEPS, seed, jitter=0.03)
    dynamics.train(one, places, 100, seed, seen=BALL_SEEN)
    now, last = measure.centroid(seen), seen[:, -1]
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        ends = [
            dynamics.future(several, now, BALL_AHEAD, generator)[:, -1]
            for _ in range(8)
        ]
        middle = dynamics.future(one, now, BALL_AHEAD)[:, -1:]
    frames = torch.stack([model.draw(last, now[:, -1], e[:, None])[:, 0] for e in ends])
    want, x = tested.frames[:, -1], ends[0][:, 0]
    blur = _pixels(places[:, :BALL_SEEN], learned.frames[:, -1], now, seed)
    straight = model.draw(last, now[:, -1], middle)[:, 0]
    side = torch.stack([end[:, 0] > (scenes.SIZE - 1) / 2 for end in ends])
    return {
        "left": round(float((x < 13).float().mean()), 3),
        "right": round(float((x > 18).float().mean()), 3),
        "mse_pixels": round(float((blur - want).square().mean()), 5),
        "mse_places": round(float((straight - want).square().mean()), 5),
        "mse_drawn": round(float((frames - want).square().mean()), 5),
        "mse_best_of_8": round(float(measure.best_of(frames, want).mean()), 5),
        # the other future is the mirror image, so the mean of both is known exactly
        "mse_exact_mean": round(float((want.flip(-1) - want).square().mean()) / 4, 5),
        "all_8_on_the_wrong_side": int((side != tested.labels.bool()).all(0).sum()),
    }


def _pixels(places: Tensor, frames: Tensor, now: Tensor, seed: int) -> Tensor:
    """A small network that regresses the pixels of the last frame on the places."""
    net = dynamics.pixel_regression(places.shape[1])
    dynamics.fit_pixels(net, places, frames, PIXEL_STEPS, seed)
    with torch.no_grad():
        made: Tensor = net(now)
    return made


def _mean(values: list[float]) -> dict[str, float]:
    half = T_95.get(len(values), 2.0) * statistics.stdev(values) / len(values) ** 0.5
    return {"mean": round(statistics.mean(values), 4), "half_width": round(half, 4)}


def summary(seeds: dict[str, Any]) -> dict[str, Any]:
    """Means and 95 % intervals (Student's t over the seeds)."""
    rows = list(seeds.values())
    names = ("mse_share_t10", "centroid_t5", "kept_t10")
    found: dict[str, Any] = {
        who: {what: _mean([row["digits"][who][what] for row in rows]) for what in names}
        for who in ("model", "velocity", "velocity_walls", "fitted", "true_places")
    }
    share = [r["ball"]["mse_best_of_8"] / r["ball"]["mse_pixels"] for r in rows]
    found["best_of_8_share_of_pixels"] = _mean(share)
    share = [r["ball"]["mse_drawn"] / r["ball"]["mse_pixels"] for r in rows]
    found["drawn_times_pixels"] = _mean(share)
    return found


@click.command()
@click.option("--seeds", default=3, show_default=True)
def main(seeds: int) -> None:
    """Measure the seeds that the record does not have yet."""
    torch.set_num_threads(1)
    path = FOLDER / "video.json"
    known = read_json(path)["figures"]["seeds"] if path.is_file() else {}
    for seed in range(seeds):
        if str(seed) not in known:
            training.seed_everything(seed)
            row = {"digits": digits(seed)}
            training.seed_everything(seed)
            known[str(seed)] = {**row, "ball": ball(seed)}
            figures: dict[str, Any] = {"seeds": known}
            if len(known) > 1:
                figures["summary"] = summary(known)
            record("video", figures, films=FILMS, steps=STEPS, tested=TESTED)


if __name__ == "__main__":
    main()
