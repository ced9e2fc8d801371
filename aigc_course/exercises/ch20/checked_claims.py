"""Exercise on claims: true or false, and which work shows it."""

from collections.abc import Callable
from typing import Any

from aigc_course.checks.exercise import Exercise
from aigc_course.clinic.patients import claims

Answer = dict[str, tuple[bool, str]]

ASKED = (
    "style_gan",
    "dalle_pictures",
    "dalle_video",
    "dalle_gan",
    "dalle_author",
    "old_games",
    "gan_year",
    "d_maximises_its_loss",
    "vae_deterministic",
    "vae_in_turn",
    "dropout_title",
    "attention_own",
    "bert",
    "dcgan_up",
)

exercise = Exercise(
    "20.checked_claims",
    order=270,
    title="True, false, and who shows it",
    difficulty=2,
    minutes=20,
    asks="decide",
    idea="First find the work that a statement speaks of. Then ask what its abstract,"
    " its method and its date say. A date alone can refute a claim.",
    formula="Most of these statements can be decided by dates, authors and titles of"
    " the list, or by chapters 02, 08 and 11. Four of them are true.",
    line="Write down `{name: (true, work)}` for each of the fourteen names, with the"
    " works as they stand in `claims.WORKS`.",
    variation="Take a page on generative AI from the web, and check five of its"
    " statements in the same way.",
    line_is_part="it does not give the answers away",
)


@exercise.answer
def checked_claims() -> Answer:
    """{name: (whether the statement is true, the key of the work that shows it)}."""
    goodfellow, ramesh = "Goodfellow et al. 2014", "Ramesh et al. 2021"
    kingma = "Kingma & Welling 2014"
    return {
        "style_gan": (False, "Gatys et al. 2016"),
        "dalle_pictures": (True, ramesh),
        "dalle_video": (False, ramesh),
        "dalle_gan": (False, ramesh),
        "dalle_author": (False, ramesh),
        "old_games": (False, goodfellow),
        "gan_year": (True, goodfellow),
        "d_maximises_its_loss": (False, goodfellow),
        "vae_deterministic": (False, kingma),
        "vae_in_turn": (False, kingma),
        "dropout_title": (False, "Gal & Ghahramani 2016"),
        "attention_own": (False, "Vaswani et al. 2017"),
        "bert": (True, "Devlin et al. 2019"),
        "dcgan_up": (True, "Radford et al. 2016"),
    }


@exercise.inputs
def nothing() -> list[tuple[()]]:
    return [()]


def _given(f: Callable[..., Any]) -> dict[str, tuple[bool, str]]:
    answer = f()
    assert isinstance(answer, dict) and set(answer) == set(ASKED), (
        "the answer is a dict with the fourteen names of the statements."
    )
    return {name: (bool(answer[name][0]), answer[name][1]) for name in ASKED}


@exercise.must_hold
def every_truth(f: Callable[..., Any]) -> bool | str:
    """Each statement is called true or false as its work shows."""
    answer = _given(f)
    known = {one.id: one for one in claims.STATEMENTS}
    wrong = [name for name in ASKED if answer[name][0] != known[name].true]
    if not wrong:
        return True
    return f"{len(wrong)} of 14 are called wrongly; look again at {wrong[0]}."


@exercise.must_hold
def every_work(f: Callable[..., Any]) -> bool | str:
    """Each statement has the work that shows whether it is true."""
    answer = _given(f)
    known = {one.id: one for one in claims.STATEMENTS}
    wrong = [name for name in ASKED if answer[name][1] != known[name].work]
    if not wrong:
        return True
    return f"{len(wrong)} of 14 have another work; look again at {wrong[0]}."


def _but(**changes: tuple[bool, str]) -> Answer:
    return {**checked_claims(), **changes}


@exercise.mistake(hint="idea")
def all_false() -> Answer:
    """You call every statement false. Doubting everything is not checking: four of them
    are true."""
    return {name: (False, work) for name, (_, work) in checked_claims().items()}


@exercise.mistake(hint="idea")
def all_true() -> Answer:
    """You call every statement true. They were read somewhere, and ten of them are
    wrong."""
    return {name: (True, work) for name, (_, work) in checked_claims().items()}


@exercise.mistake(hint="idea")
def the_other_way() -> Answer:
    """You call the true statements false and the false ones true."""
    return {name: (not true, work) for name, (true, work) in checked_claims().items()}


@exercise.mistake(hint="idea")
def one_work_for_all() -> Answer:
    """You name one work for all statements. A claim is checked in the work that it
    speaks of."""
    work = "Goodfellow et al. 2014"
    return {name: (true, work) for name, (true, _) in checked_claims().items()}


@exercise.mistake(hint="formula")
def style_is_a_gan() -> Answer:
    """You take neural style transfer for a GAN. It optimises pixels against a fixed
    network, and there is no discriminator."""
    return _but(style_gan=(True, "Gatys et al. 2016"))


@exercise.mistake(hint="formula")
def dalle_is_a_gan() -> Answer:
    """You take DALL-E for a GAN. It is a discrete VAE and a Transformer over its
    tokens."""
    return _but(dalle_gan=(True, "Ramesh et al. 2021"))


@exercise.mistake(hint="formula")
def famous_author() -> Answer:
    """You check the title of the dropout paper in a work by LeCun. The author in the
    statement is what has to be checked: look for the title."""
    return _but(dropout_title=(False, "LeCun et al. 2015"))


@exercise.mistake(hint="formula")
def d_against_itself() -> Answer:
    """You let D maximise its loss. It maximises the value of the game, which is minus
    its loss."""
    return _but(d_maximises_its_loss=(True, "Goodfellow et al. 2014"))


@exercise.mistake(hint="formula")
def vae_without_chance() -> Answer:
    """You call a VAE deterministic. It draws a latent from the prior, as a GAN does."""
    return _but(vae_deterministic=(True, "Kingma & Welling 2014"))


@exercise.mistake(hint="formula")
def each_in_turn() -> Answer:
    """You let encoder and decoder be trained in turn. Both go up one bound in the same
    step."""
    return _but(vae_in_turn=(True, "Kingma & Welling 2014"))
