"""Chapter 06, the gallery: repairs as other people write them.

Most take settings whose outcome the course has measured, so that judging is quick.
"""

import copy

import numpy as np

from tests.answers import right, wrong

COLLAPSE = "mode collapse"
VANISHED = "discriminator wins, gradient vanishes"
OSCILLATION = "oscillation"
LATTICE = "lattice of a coarse upsampling"
LEAK = "statistics leak through batch norm"
TOO_HIGH = "learning rate too high"
ZERO = "logarithm of zero"
MEMORY = "discriminator memorises few data"
RANGE = "wrong data range"

# case A


@right("06.repair_a")
def equal_rates_by_copy(settings):
    new = copy.deepcopy(settings)
    new["lr_d"] = new["lr_g"]
    return COLLAPSE, new


@right("06.repair_a")
def three_times_as_quick(settings):
    return [COLLAPSE, settings | {"lr_d": 3 * settings["lr_g"]}]


@right("06.repair_a")
def five_turns_of_d(settings):
    settings.update({"d_steps": 5})
    return (COLLAPSE, settings)


@right("06.repair_a")
def ten_turns_of_d(settings):
    return COLLAPSE, {"d_steps": 10}


@right("06.repair_a")
def with_numpy_numbers(settings):
    return COLLAPSE, dict(settings, lr_d=np.float64(1e-3), lr_g=np.float64(5e-4))


@wrong("06.repair_a")
def packs_of_four(settings):
    return COLLAPSE, {**settings, "pack": 4}


@wrong("06.repair_a")
def noise_on_everything(settings):
    return COLLAPSE, {**settings, "noise": 0.3}


@wrong("06.repair_a")
def slow_both_down(settings):
    return COLLAPSE, {**settings, "lr_g": settings["lr_d"]}


@wrong("06.repair_a")
def average_the_generator(settings):
    return COLLAPSE, {**settings, "ema": 2000}


@wrong("06.repair_a")
def d_has_won(settings):
    return VANISHED, {**settings, "lr_d": 1e-3}


# case B


@right("06.repair_b")
def hinge(settings):
    return VANISHED, {**settings, "loss": "hinge"}


@right("06.repair_b")
def relativistic(settings):
    return VANISHED, dict(settings, loss="relativistic")


@right("06.repair_b")
def slower_d(settings):
    settings["lr_d"] = settings["lr_d"] / 5
    return VANISHED, settings


@right("06.repair_b")
def dropout(settings):
    return VANISHED, {"dropout": 0.5}


@right("06.repair_b")
def other_loss_only(settings):
    return (VANISHED, {"loss": "non-saturating"})


@wrong("06.repair_b")
def even_more_d(settings):
    return VANISHED, {**settings, "d_steps": 2}


@wrong("06.repair_b")
def larger_batches(settings):
    return VANISHED, {**settings, "batch_size": 128}


@wrong("06.repair_b")
def no_momentum(settings):
    return VANISHED, {**settings, "beta1": 0.0}


@wrong("06.repair_b")
def clipping(settings):
    return VANISHED, {**settings, "max_grad_norm": 1.0}


@wrong("06.repair_b")
def only_too_high_a_rate(settings):
    return TOO_HIGH, {**settings, "loss": "non-saturating"}


# case C


@right("06.repair_c")
def r1_of_one(settings):
    return OSCILLATION, {**settings, "penalty": "r1", "weight": 1.0}


@right("06.repair_c")
def both_of_one(settings):
    settings.update(penalty="r1+r2", weight=1)
    return OSCILLATION, settings


@right("06.repair_c")
def r2_only(settings):
    return OSCILLATION, {"penalty": "r2"}


@right("06.repair_c")
def five_turns(settings):
    return OSCILLATION, settings | {"d_steps": 5}


@right("06.repair_c")
def through_a_list(settings):
    return [
        OSCILLATION,
        {k: "r1" if k == "penalty" else v for k, v in settings.items()},
    ]


@wrong("06.repair_c")
def a_quicker_d(settings):
    return OSCILLATION, {**settings, "lr_d": 2e-3}


@wrong("06.repair_c")
def more_inertia_in_c(settings):
    return OSCILLATION, {**settings, "beta1": 0.9}


@wrong("06.repair_c")
def three_turns_of_d(settings):
    return OSCILLATION, {**settings, "d_steps": 3}


@wrong("06.repair_c")
def a_little_noise(settings):
    return OSCILLATION, {**settings, "noise": 0.3}


@wrong("06.repair_c")
def says_collapse(settings):
    return COLLAPSE, {"penalty": "r1"}


# case D


@right("06.repair_d")
def kernel_five(settings):
    return LATTICE, {**settings, "stride": "2, 2", "kernel": 5}


@right("06.repair_d")
def kernel_three_in_place(settings):
    settings["stride"] = "2, 2"
    settings["kernel"] = 3
    return LATTICE, settings


@right("06.repair_d")
def kernel_six(settings):
    return [LATTICE, settings | {"kernel": 6, "stride": "2, 2"}]


@right("06.repair_d")
def with_an_average_too(settings):
    return LATTICE, {"stride": "2, 2", "kernel": 4, "ema": 1000}


@right("06.repair_d")
def kernel_four(settings):
    return LATTICE, dict(settings, stride="2, 2", kernel=np.int64(4))


@wrong("06.repair_d")
def kernel_divided_by_stride(settings):
    return LATTICE, {**settings, "kernel": 4}


@wrong("06.repair_d")
def kernel_twice_the_stride(settings):
    return LATTICE, {**settings, "kernel": 8}


@wrong("06.repair_d")
def stride_alone(settings):
    return LATTICE, {**settings, "stride": "2, 2"}


@wrong("06.repair_d")
def kernel_three(settings):
    return LATTICE, {**settings, "kernel": 3}


@wrong("06.repair_d")
def d_won_here_too(settings):
    return VANISHED, {**settings, "stride": "2, 2", "kernel": 4}


# case E


@right("06.repair_e")
def only_passes(settings):
    return LEAK, {"passes": "separate"}


@right("06.repair_e")
def apart_and_slower(settings):
    return LEAK, {**settings, "passes": "separate", "lr_d": 1e-3}


@right("06.repair_e")
def apart_and_averaged(settings):
    settings.update(passes="separate", ema=1000)
    return LEAK, settings


@right("06.repair_e")
def without_norm(settings):
    return LEAK, {"d_norm": "none"}


@right("06.repair_e")
def layer_norm(settings):
    return (LEAK, settings | {"d_norm": "layer"})


@wrong("06.repair_e")
def larger_batches_too(settings):
    return LEAK, {**settings, "batch_size": 64}


@wrong("06.repair_e")
def more_noise(settings):
    return LEAK, {**settings, "noise": 0.5}


@wrong("06.repair_e")
def half_dropped(settings):
    return LEAK, {**settings, "dropout": 0.5}


@wrong("06.repair_e")
def an_average(settings):
    return LEAK, {**settings, "ema": 1000}


@wrong("06.repair_e")
def says_d_won(settings):
    return VANISHED, {**settings, "passes": "separate"}


# case F


@right("06.repair_f")
def a_hundredth(settings):
    return TOO_HIGH, {**settings, "lr_g": 1e-2, "lr_d": 1e-2}


@right("06.repair_f")
def three_thousandths(settings):
    for name in ("lr_g", "lr_d"):
        settings[name] = 3e-3
    return TOO_HIGH, settings


@right("06.repair_f")
def d_four_times(settings):
    return TOO_HIGH, {"lr_g": 1e-3, "lr_d": 4e-3}


@right("06.repair_f")
def and_averaged(settings):
    return TOO_HIGH, {**settings, "lr_g": 1e-3, "lr_d": 1e-3, "ema": 1000}


@right("06.repair_f")
def divided(settings):
    return TOO_HIGH, settings | {k: settings[k] / 500 for k in ("lr_g", "lr_d")}


@wrong("06.repair_f")
def ten_times_lower(settings):
    return TOO_HIGH, {**settings, "lr_g": 0.05, "lr_d": 0.05}


@wrong("06.repair_f")
def averaging(settings):
    return TOO_HIGH, {**settings, "ema": 1000}


@wrong("06.repair_f")
def more_inertia(settings):
    return TOO_HIGH, {**settings, "beta1": 0.9}


@wrong("06.repair_f")
def only_d_slower(settings):
    return TOO_HIGH, {**settings, "lr_d": 1e-3}


@wrong("06.repair_f")
def d_won_at_last(settings):
    return VANISHED, {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


# case G


@right("06.repair_g")
def logits_alone(settings):
    return ZERO, {"logs": "of logits"}


@right("06.repair_g")
def logits_and_lower_rates(settings):
    return ZERO, {**settings, "logs": "of logits", "lr_g": 1e-2, "lr_d": 1e-2}


@right("06.repair_g")
def logits_and_clipping(settings):
    settings.update(logs="of logits", max_grad_norm=1)
    return ZERO, settings


@right("06.repair_g")
def logits_and_slower_d(settings):
    return ZERO, settings | {"logs": "of logits", "lr_d": 2e-3}


@right("06.repair_g")
def logits_in_a_list(settings):
    settings["logs"] = "of logits"
    return [ZERO, settings]


@wrong("06.repair_g")
def hinge_loss(settings):
    return ZERO, {**settings, "loss": "hinge"}


@wrong("06.repair_g")
def very_low_rates(settings):
    return ZERO, {**settings, "lr_g": 1e-3, "lr_d": 1e-3}


@wrong("06.repair_g")
def much_noise(settings):
    return ZERO, {**settings, "noise": 1.0}


@wrong("06.repair_g")
def some_dropout(settings):
    return ZERO, {**settings, "dropout": 0.3}


@wrong("06.repair_g")
def says_too_high(settings):
    return TOO_HIGH, {"logs": "of logits"}


# case H


@right("06.repair_h")
def a_thousand(settings):
    return MEMORY, {**settings, "images": 1000}


@right("06.repair_h")
def shifted_by_three(settings):
    return MEMORY, {"translation": 3}


@right("06.repair_h")
def more_and_shifted(settings):
    return MEMORY, settings | {"images": 1500, "translation": 2}


@right("06.repair_h")
def more_and_dropout(settings):
    settings.update(images=1500, dropout=0.3)
    return MEMORY, settings


@right("06.repair_h")
def shifted_by_four(settings):
    return [MEMORY, {**settings, "translation": np.int64(4)}]


@wrong("06.repair_h")
def dropout_of_half(settings):
    return MEMORY, {**settings, "dropout": 0.5}


@wrong("06.repair_h")
def a_slow_d(settings):
    return MEMORY, {**settings, "lr_d": 5e-4}


@wrong("06.repair_h")
def noisy_images(settings):
    return MEMORY, {**settings, "noise": 0.3}


@wrong("06.repair_h")
def all_in_one_batch(settings):
    return MEMORY, {**settings, "batch_size": 32}


@wrong("06.repair_h")
def says_collapse_of_modes(settings):
    return COLLAPSE, {**settings, "images": 1500}


# case I


@right("06.repair_i")
def in_place(settings):
    settings["scaling"] = "-1 to 1"
    return RANGE, settings


@right("06.repair_i")
def with_or(settings):
    return RANGE, settings | {"scaling": "-1 to 1"}


@right("06.repair_i")
def and_an_average(settings):
    return RANGE, {**settings, "scaling": "-1 to 1", "ema": 1000}


@right("06.repair_i")
def and_larger_kernels(settings):
    return [RANGE, {"scaling": "-1 to 1", "kernel": 6}]


@right("06.repair_i")
def rebuilt(settings):
    new = {}
    for name, value in settings.items():
        new[name] = "-1 to 1" if name == "scaling" else value
    return RANGE, new


@wrong("06.repair_i")
def raw_bytes(settings):
    return RANGE, {**settings, "scaling": "0 to 255"}


@wrong("06.repair_i")
def hide_it_in_noise(settings):
    return RANGE, {**settings, "noise": 0.5}


@wrong("06.repair_i")
def odd_kernels(settings):
    return RANGE, {**settings, "kernel": 5}


@wrong("06.repair_i")
def drop_some(settings):
    return RANGE, {**settings, "dropout": 0.3}


@wrong("06.repair_i")
def says_few_data(settings):
    return MEMORY, {**settings, "scaling": "-1 to 1"}
