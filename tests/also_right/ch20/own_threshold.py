"""Other right answers to 20.own_threshold."""

from tests.also_right import also_right


@also_right
def by_counting(scores, alarm):
    half = len(scores) // 2
    chosen = scores[:half]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = float(chosen.sort().values[place])
    above = [s for s in scores[half:].tolist() if s > threshold]
    return threshold, len(above) / (len(scores) - half)


@also_right
def one_word_changed(scores, alarm):
    chosen = scores[: len(scores) // 2]
    place = max(0, int(len(chosen) * (1 - alarm)) - 1)
    threshold = chosen.sort().values[place]
    rate = (scores[len(scores) // 2 :] > threshold).double().mean()
    return float(threshold), float(rate)
