"""The studies of fine-tuning and of addition: each method runs, and is what it says."""

import pytest

from aigc_course import studies
from aigc_course.attention import finetune
from aigc_course.studies.definitions import addition, fine_tuning

ONE_STEP = studies.Cell(seed=0, scale=1e-9)


@pytest.mark.parametrize("name", ["lora", "full-replay"])
def test_a_step_of_fine_tuning_is_judged_on_both_texts(name, monkeypatch):
    monkeypatch.setattr(fine_tuning, "JUDGED", 400)
    method = studies.get("fine-tuning").methods[name]
    outcome = method.run(ONE_STEP)
    assert outcome["training"] == "finished"
    assert 3 < outcome["names"] < 6  # one step is far from enough
    assert outcome["gain"] == pytest.approx(outcome["before"] - outcome["names"])
    assert outcome["share"] <= 0.02 if name == "lora" else outcome["share"] == 1


def test_methods_differ_in_one_thing_each():
    configs = {k: m.config for k, m in studies.get("fine-tuning").methods.items()}
    for name, change in (("full-replay", "replay"), ("full-few", "names")):
        differing = {k for k, v in configs[name].items() if v != configs["full"][k]}
        assert differing == {change}
    slow, fast = configs["slow-replay"], configs["full-replay"]
    assert {k for k in slow if slow[k] != fast[k]} == {"lr"}
    for name, how in (("lora", "lora"), ("last-layer", "last"), ("scratch", "scratch")):
        differing = {k for k, v in configs[name].items() if v != configs["full"][k]}
        assert differing <= {"how", "lr"}
        assert configs[name]["how"] == how


def test_both_orders_of_digits_get_the_same_sums_and_model(monkeypatch):
    methods = studies.get("addition").methods
    one, other = (methods[name].config for name in ("plain", "reversed"))
    assert {k for k in one if one[k] != other[k]} == {"reverse"}
    monkeypatch.setattr(addition, "BATCH", 4)
    outcome = methods["reversed"].run(ONE_STEP)
    assert outcome["exact"] < 0.1 and 0 <= outcome["digits"] < 0.5


def test_the_base_has_read_plays_and_not_names():
    base, symbols = finetune.base()
    plays = "Enter a Messenger.\n\nMess.\nMy lord, the queen is dead.\n"
    names = "keely\nyuriko\nbettyann\nleon\n"
    known, unknown = (
        finetune.nats(base, finetune.encode(t, symbols)) for t in (plays, names)
    )
    assert known < 2 < 3 < unknown
