"""Constrained decoding: only tokens that keep the answer within a list of texts."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from aigc_course.errors import CourseError


class Choices:
    """The tokens with which a text so far can still become one of the choices.

    pieces: the bytes of each token. end: the token that ends an answer; it is allowed
    once a choice is complete. How a choice is cut into tokens is left to the model.

    Raises CourseError for an empty list, or a choice that cannot be written.
    """

    def __init__(
        self, choices: Sequence[str], pieces: Sequence[bytes], end: int
    ) -> None:
        if not choices:
            raise CourseError("Constrained decoding needs at least one choice.")
        self.choices = [choice.encode() for choice in choices]
        self.pieces, self.end = list(pieces), end
        self._tokens: dict[bytes, list[int]] = {}
        for token, piece in enumerate(self.pieces):
            if piece and token != end:
                self._tokens.setdefault(piece, []).append(token)
        letters = {bytes([byte]) for choice in self.choices for byte in choice}
        if missing := letters - set(self._tokens):
            raise CourseError(
                f"The vocabulary has no token for {sorted(missing)[0]!r}, so a choice"
                " may be out of reach."
            )

    def allowed(self, written: bytes) -> list[int]:
        """Tokens that may follow what was written; none when it is off the list."""
        found: set[int] = set()
        for choice in self.choices:
            if not choice.startswith(written):
                continue
            rest = choice[len(written) :]
            if not rest:
                found.add(self.end)
            for length in range(1, len(rest) + 1):
                found.update(self._tokens.get(rest[:length], ()))
        return sorted(found)

    def after(self, prompt: int) -> Callable[[Tensor], Tensor]:
        """For `generate(allowed=...)`: the answer begins behind `prompt` tokens."""

        def mask(tokens: Tensor) -> Tensor:
            rows = torch.zeros(len(tokens), len(self.pieces), dtype=torch.bool)
            for row, sequence in zip(rows, tokens[:, prompt:].tolist(), strict=True):
                done = self.end in sequence  # what follows is never read
                written = b"".join(self.pieces[token] for token in sequence)
                row[[self.end] if done else self.allowed(written)] = True
            return rows

        return mask

    def longest(self) -> int:
        """The most tokens of an answer, its end included."""
        return max(map(len, self.choices)) + 1
