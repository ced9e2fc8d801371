"""The run of a language model: made of characters where others are made of images."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course.attention.generate import generate
from aigc_course.attention.recipes import Recipe
from aigc_course.attention.tokens import Characters
from aigc_course.data.sequences.own import read
from aigc_course.data.sequences.text import TEXTS, Corpus, text
from aigc_course.data.sequences.windows import Windows
from aigc_course.errors import CourseError
from aigc_course.files import read_json, write_json, write_text
from aigc_course.runs.config import Config
from aigc_course.runs.run import Run

VOCABULARY, TRAIN, VALID = "vocabulary.json", "train.txt", "valid.txt"
PICTURES = 2  # texts drawn at a time while training goes on


class LanguageRun(Run):
    """A run folder that also keeps its vocabulary, and a text that was not shipped."""

    picture_size = PICTURES

    @classmethod
    def begin(cls, folder: str | Path, config: Config, corpus: Corpus) -> "Run":
        """Start a run on a text. Raises CourseError as `Run.create`, and for a text
        that is shorter than what the network reads at once."""
        from aigc_course import models

        recipe = models.get(config.model, config.preset)
        assert isinstance(recipe, Recipe)
        context = recipe.context
        if len(corpus.train) <= context or len(corpus.valid.strip()) < 2:
            raise CourseError(
                f"The text is too short: {config.model} needs more than {context}"
                f" characters to learn from and 2 to be judged on; there are"
                f" {len(corpus.train)} and {len(corpus.valid)}."
            )
        return cls.create(folder, config, lambda made: _keep_text(made, corpus))

    @property
    def recipe(self) -> Recipe:
        """How the model of this run is built, for its vocabulary."""
        found = super().recipe
        assert isinstance(found, Recipe)
        return found.reading(self.vocabulary())

    def vocabulary(self) -> Characters:
        """The characters that the model knows. CourseError when damaged."""
        return self._kept()[0]

    def data(self) -> Corpus:
        """The text of the run: a shipped one, or that which the folder keeps."""
        letters, own, known = self._kept()
        if not own:
            found = text(self.config.data)
        else:
            parts = read(self.folder / TRAIN), read(self.folder / VALID)
            found = Corpus(self.config.data, *parts, source="a file of your own")
        if _digest(found) != known or letters.symbols != found.symbols:
            raise CourseError(
                f"{self.folder / VOCABULARY} and the text of the run do not belong"
                " together: one of them was changed."
            )
        return found

    def model(self) -> Any:
        """The model with its trained weights, on the CPU. CourseError when damaged."""
        self.data()
        return super().model()

    def write(
        self,
        count: int,
        prompt: str = "",
        n: int = 1,
        seed: int = 0,
        *,
        temperature: float = 1.0,
        **rules: Any,
    ) -> list[str]:
        """n texts: the prompt and `count` characters behind it.

        rules: top_k, top_p and min_p of `attention.decoding`. An empty prompt stands
        for the beginning of a line. A prompt may be longer than what the model sees.
        Raises CourseError for characters that the model does not know, and settings
        out of range.
        """
        if not temperature > 0:
            raise CourseError(
                f"The temperature is above 0, not {temperature:g}; the likeliest"
                " character each time is what top-k 1 takes."
            )
        letters = self.vocabulary()
        begin = prompt or ("\n" if "\n" in letters.index else letters.symbols[0])
        tokens = letters.encode(begin).expand(n, -1)
        found = generate(
            self.generator(),  # type: ignore[arg-type]
            tokens,
            count,
            temperature=temperature,
            generator=torch.Generator().manual_seed(seed),
            window=self.recipe.context,
            **rules,
        )
        behind = found[:, tokens.shape[1] :]
        return [prompt + letters.decode(row) for row in behind]

    def sample(self, n: int, *rest: Any, **options: Any) -> Tensor:
        """A language model draws no images: raises CourseError."""
        raise CourseError(
            f"{self.folder} is a {self.config.model}, which writes text and draws no"
            " images."
        )

    def _batches(self, images: Any, device: torch.device) -> Any:
        recipe = self.recipe
        tokens = self.vocabulary().encode(images.train)
        seed = self.config.seed
        return Windows(tokens, recipe.context, recipe.batch_size, seed, device)

    def _keep(self, model: Any, step: int, samples: Tensor) -> None:
        letters = self.vocabulary()
        texts = [letters.decode(row.cpu()) for row in samples]
        name = f"samples/step_{step:06d}.txt"
        write_text(self.folder / name, "\n\n----\n\n".join(texts) + "\n")
        self.save_weights(model, step)

    def _kept(self) -> tuple[Characters, bool, str]:
        """The vocabulary, whether the text is in the folder, and their digest."""
        file = self.folder / VOCABULARY
        found = read_json(file)
        try:
            letters = Characters.from_dict(found["vocabulary"])
            own, digest = found["own"], found["sha256"]
        except (KeyError, TypeError, AttributeError, CourseError) as error:
            raise CourseError(f"{file} is damaged: it holds no vocabulary.") from error
        known = self.config.data in TEXTS
        if type(own) is not bool or not isinstance(digest, str) or not (own or known):
            raise CourseError(f"{file} is damaged: it does not say what its text is.")
        return letters, own, digest


def _keep_text(folder: Path, corpus: Corpus) -> None:
    """Write vocabulary and text, all or nothing."""
    own = corpus.name not in TEXTS or corpus is not text(corpus.name)
    letters = Characters(corpus.symbols)
    about: Mapping[str, Any] = {
        "vocabulary": letters.to_dict(),
        "own": own,
        "sha256": _digest(corpus),
    }
    try:
        if own:
            write_text(folder / TRAIN, corpus.train)
            write_text(folder / VALID, corpus.valid)
        write_json(folder / VOCABULARY, about)
    except CourseError:
        for name in (TRAIN, VALID, VOCABULARY):
            (folder / name).unlink(missing_ok=True)
        raise


def _digest(corpus: Corpus) -> str:
    """SHA-256 of the symbols and both texts."""
    parts = ("".join(corpus.symbols), corpus.train, corpus.valid)
    return hashlib.sha256("\f".join(parts).encode("utf-8", "replace")).hexdigest()
