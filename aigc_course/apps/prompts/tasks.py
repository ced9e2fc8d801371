"""Small text tasks made from templates, so that the right answer is known.

Demonstrations come from one list of templates, test items from another. A prompt that
fits only the wording of its demonstrations is found out that way.
"""

import random
from dataclasses import dataclass
from typing import NamedTuple

from aigc_course import validate
from aigc_course.errors import CourseError


class Item(NamedTuple):
    """A text, its right label, and the word of the text that decides."""

    text: str
    label: str
    decides: str


@dataclass(frozen=True)
class Task:
    """Texts of several labels: `words` for each label, put into templates.

    seen: templates of demonstrations. unseen: of test items. A template may hold
    {word}, which decides; {other}, a word of another label; and {thing}.
    definition: the task in one sentence. context: a sentence on where the texts come
    from. noun, ask: how a prompt names the text and the question.
    """

    name: str
    words: dict[str, tuple[str, ...]]
    things: tuple[str, ...]
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    definition: str
    context: str
    noun: str
    ask: str

    @property
    def labels(self) -> tuple[str, ...]:
        """In their order."""
        return tuple(self.words)

    def items(self, n: int, seed: int, unseen: bool = True) -> list[Item]:
        """n different items, labels and templates in turn, as even as n allows.

        Raises CourseError for more items than the templates and words can give.
        """
        validate.whole(n, "n", 1)
        chance = random.Random(f"{self.name}-{seed}-{unseen}")
        templates = self.unseen if unseen else self.seen
        found: dict[str, Item] = {}
        tries = 0
        while len(found) < n:
            turn = len(found)
            label = self.labels[turn % len(self.labels)]
            template = templates[turn // len(self.labels) % len(templates)]
            item = self._item(template, label, chance)
            found.setdefault(item.text, item)
            tries += 1
            if tries > 50 * n:
                raise CourseError(f"The task {self.name} has fewer than {n} items.")
        return list(found.values())

    def demonstrations(self, n: int, seed: int) -> list[Item]:
        """n items of the seen templates, each label as often, in random order."""
        pool = self.items(8 * n, seed, unseen=False)
        chance = random.Random(f"{self.name}-demonstrations-{seed}")
        chance.shuffle(pool)
        turns = [self.labels[i % len(self.labels)] for i in range(n)]
        chosen = []
        for label in turns:
            item = next(item for item in pool if item.label == label)
            pool.remove(item)
            chosen.append(item)
        chance.shuffle(chosen)
        return chosen

    def _item(self, template: str, label: str, chance: random.Random) -> Item:
        rest = [other for other in self.labels if other != label]
        word = chance.choice(self.words[label])
        other = chance.choice(self.words[chance.choice(rest)])
        thing = chance.choice(self.things)
        text = template.format(
            word=word, other=other, thing=thing, Word=word.capitalize()
        )
        decides = word if "{word}" in template.lower() else other
        return Item(text, label, decides)


SENTIMENT = Task(
    name="sentiment",
    words={
        "positive": (
            "wonderful",
            "great",
            "delightful",
            "superb",
            "charming",
            "lovely",
            "brilliant",
            "perfect",
            "fantastic",
            "splendid",
        ),
        "negative": (
            "terrible",
            "boring",
            "dreadful",
            "disappointing",
            "poor",
            "horrible",
            "dull",
            "useless",
            "bad",
            "miserable",
        ),
    },
    things=(
        "film",
        "hotel",
        "meal",
        "book",
        "concert",
        "phone",
        "service",
        "room",
        "game",
        "trip",
    ),
    seen=(
        "The {thing} was {word}.",
        "What a {word} {thing}!",
        "I found the {thing} {word}.",
        "Overall, a {word} {thing}.",
        "My friends called the {thing} {word}.",
        "It was a {word} {thing} from start to end.",
        "I expected a {other} {thing}, but it was {word}.",
        "I would never call the {thing} {other}.",
    ),
    unseen=(
        "Honestly, this was the most {word} {thing} of the year.",
        "We had hoped for a {other} {thing}, and it was {word}.",
        "None of us thought that the {thing} was {other}.",
        "The {thing} was far from {other}.",
        "They told us it would be {other}, but the {thing} turned out {word}.",
        "A {word} {thing}, as everyone agreed.",
        "Three days later I still think that the {thing} was {word}.",
        "{Word}! I have no other word for the {thing}.",
        "Despite the {other} reviews, the {thing} was {word}.",
        "The photographs looked {other}; the real {thing} was {word}.",
    ),
    definition="Classify each review as positive or negative.",
    context="The reviews were written by customers after their visit or purchase.",
    noun="Review",
    ask="Sentiment",
)

TOPIC = Task(
    name="topic",
    words={
        "food": ("soup", "bread", "cheese", "rice", "pasta", "noodles", "salad"),
        "sport": (
            "football",
            "tennis",
            "swimming",
            "basketball",
            "cycling",
            "boxing",
            "hockey",
        ),
        "weather": ("rain", "snow", "fog", "thunder", "wind", "hail", "sunshine"),
        "music": ("jazz", "opera", "guitars", "violins", "drums", "songs", "pianos"),
    },
    things=("morning", "evening", "afternoon", "Monday", "Sunday", "weekend"),
    seen=(
        "We talked about {word} that {thing}.",
        "My sister wrote a page on {word}.",
        "That {thing} there was a programme on {word}.",
        "He knows a lot about {word}.",
        "The lesson of the {thing} was on {word}.",
        "Nobody here cares about {word}.",
    ),
    unseen=(
        "All {thing} long they could think of nothing but {word}.",
        "The exhibition is about {word} in the last century.",
        "She can tell you everything about {word}.",
        "There will be a lot of {word} this {thing}.",
        "Are you interested in {word}?",
        "The children drew pictures of {word} for an hour.",
        "Our neighbour complained about the {word} again that {thing}.",
        "The best part of the {thing} was the {word}.",
        "He has read three books about {word}.",
        "The speaker began with {word} and stayed with it.",
    ),
    definition="Classify each sentence as food, sport, weather or music.",
    context="The sentences were noted by pupils during one week at school.",
    noun="Sentence",
    ask="Topic",
)

TASKS = {task.name: task for task in (SENTIMENT, TOPIC)}
