"""Answers of other people to chapter 20's exercise on claims."""

from tests.answers import right, wrong

G, R, K = "Goodfellow et al. 2014", "Ramesh et al. 2021", "Kingma & Welling 2014"
TRUE = {
    "dalle_pictures": R,
    "gan_year": G,
    "bert": "Devlin et al. 2019",
    "dcgan_up": "Radford et al. 2016",
}
FALSE = {
    "style_gan": "Gatys et al. 2016",
    "dalle_video": R,
    "dalle_gan": R,
    "dalle_author": R,
    "old_games": G,
    "d_maximises_its_loss": G,
    "vae_deterministic": K,
    "vae_in_turn": K,
    "dropout_title": "Gal & Ghahramani 2016",
    "attention_own": "Vaswani et al. 2017",
}


def _all():
    answer = {name: (True, work) for name, work in TRUE.items()}
    return answer | {name: (False, work) for name, work in FALSE.items()}


@right("20.checked_claims")
def by_two_lists():
    return _all()


@right("20.checked_claims")
def in_another_order():
    return dict(sorted(_all().items()))


@right("20.checked_claims")
def lists_for_pairs():
    return {name: list(pair) for name, pair in _all().items()}


@right("20.checked_claims")
def by_membership():
    works = TRUE | FALSE
    return {name: (name in TRUE, works[name]) for name in works}


@right("20.checked_claims")
def added_one_by_one():
    answer = {}
    for name, work in FALSE.items():
        answer[name] = (False, work)
    for name, work in TRUE.items():
        answer[name] = (True, work)
    return answer


@wrong("20.checked_claims")
def doubts_all():
    return {name: (False, work) for name, (_, work) in _all().items()}


@wrong("20.checked_claims")
def believes_all():
    return {name: (True, work) for name, (_, work) in _all().items()}


@wrong("20.checked_claims")
def style():
    return _all() | {"style_gan": (True, "Gatys et al. 2016")}


@wrong("20.checked_claims")
def lecun():
    return _all() | {"dropout_title": (False, "LeCun et al. 2015")}


@wrong("20.checked_claims")
def deterministic():
    return _all() | {"vae_deterministic": (True, K)}


@wrong("20.checked_claims")
def one_is_missing():
    answer = _all()
    del answer["bert"]
    return answer
