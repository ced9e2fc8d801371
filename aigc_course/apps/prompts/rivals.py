"""What prompts compete with: a classifier that is trained on labelled texts."""

import time
from collections.abc import Sequence

from aigc_course.apps.prompts.explain import plain_words
from aigc_course.apps.prompts.tasks import Item, Task


def trained_share(
    task: Task, n: int, items: Sequence[Item], seed: int = 0
) -> tuple[float, float]:
    """A logistic regression on words: share of items right, seconds of training.

    It learns from n labelled texts of the seen templates, with single words as
    features, and is tested on `items`.
    """
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    known = task.items(n, seed, unseen=False)
    began = time.perf_counter()
    words = CountVectorizer(analyzer=plain_words)
    model = make_pipeline(words, LogisticRegression(max_iter=1000))
    model.fit([item.text for item in known], [item.label for item in known])
    seconds = time.perf_counter() - began
    right = model.score([item.text for item in items], [item.label for item in items])
    return float(right), seconds
