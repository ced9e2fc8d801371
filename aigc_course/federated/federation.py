"""Federated averaging over real processes on this machine."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor

from aigc_course import validate
from aigc_course.errors import CourseError
from aigc_course.federated import homes, masks, rules
from aigc_course.federated.client import BAD
from aigc_course.federated.job import Job, Weights, weights_of
from aigc_course.federated.members import Member, Members
from aigc_course.federated.wire import Message
from aigc_course.vae import VAE

Joined = tuple[tuple[str, ...], dict[str, str]]  # names taken, sentences about others


@dataclass(frozen=True)
class Round:
    """What happened in a round.

    taken: the clients whose updates count. refused: a sentence about each of the
    others. seconds: of the server's clock.
    """

    number: int
    taken: tuple[str, ...]
    refused: dict[str, str]
    seconds: float

    def __str__(self) -> str:
        said = (
            f"Round {self.number}: {len(self.taken)} updates were taken in"
            f" {self.seconds:.1f} s."
        )
        return "\n".join([said, *self.refused.values()])


class Federation:
    """A server and its clients, each a process with pictures of its own.

        with Federation(images, split(labels)) as together:
            for _ in range(20):
                print(together.round())

    images: uint8 [N, 1, 28, 28]; rows: of each client, from `split`. behaviours: what a
    client does wrong, by name ("client 1" is the first), one of BAD or "stranger", for
    experiments; it may be changed between rounds. patience: seconds in which a client
    answers. most: how many times the median length an update may have.

    A client that is lost is asked no more; `restart` starts it again. Raises
    CourseError for settings that do not fit and when no client could be started.
    """

    def __init__(
        self,
        images: Tensor,
        rows: Sequence[Tensor],
        job: Job | None = None,
        *,
        behaviours: dict[str, str] | None = None,
        patience: float = 120.0,
        most: float = 1000.0,
    ) -> None:
        self.job, self.patience, self.most = job or Job(), patience, most
        self.names = [f"client {k}" for k in range(1, len(rows) + 1)]
        self.weights: Weights = {}
        self._images = images
        self._check(rows)
        self._check_behaviours(behaviours or {})
        self._folder = tempfile.TemporaryDirectory(prefix="aigc-federated-")
        self._members = Members(self.job, dict(behaviours or {}))
        try:
            self.restart(rows)
        except BaseException:
            self.close()
            raise

    def restart(self, rows: Sequence[Tensor] | None = None) -> None:
        """First weights again; every client begins anew, with other rows if given.

        Lost clients become new processes.
        """
        if rows is not None:
            self._check(rows)
            self._rows = list(rows)
        self.weights, self._rounds = weights_of(self.job.build()), 0
        mine = dict(zip(self.names, self._rows, strict=True))
        files = {
            name: homes.write(Path(self._folder.name), name, self._images[some])
            for name, some in mine.items()
        }
        self._members.begin(files, {name: len(some) for name, some in mine.items()})

    @property
    def behaviours(self) -> dict[str, str]:
        """What clients do wrong, by name; to be changed between rounds."""
        return self._members.behaviours

    @behaviours.setter
    def behaviours(self, wanted: dict[str, str]) -> None:
        self._check_behaviours(wanted)
        self._members.behaviours = dict(wanted)

    @property
    def pids(self) -> dict[str, int]:
        """Process numbers of the clients that are still asked."""
        members = self._members.by_name.items()
        return {name: one.process.pid or 0 for name, one in members if not one.lost}

    def kill(self, name: str) -> None:
        """End a client's process at once (SIGKILL), as a power cut would."""
        self._members.by_name[name].process.kill()

    def learner(self) -> VAE:
        """A VAE with the current weights, to judge or to sample from."""
        learner = self.job.build()
        learner.networks.load_state_dict(self.weights)
        return learner

    def round(
        self, rule: str = "mean", masked: bool = False, steps: int | None = None
    ) -> Round:
        """Send the weights, join what comes back: one round of federated averaging.

        rule: "mean", "median" or "trimmed". masked: the server sees the sum alone, and
        cannot look at single updates. steps: other than the job's, for this round.

        A round in which nobody answers leaves the weights as they are. Raises
        CourseError for another rule, one that needs single updates when they are
        masked, and where no client is left.
        """
        _check_rule(rule, masked)
        words: dict[str, Any] = {}
        if steps is not None:
            validate.whole(steps, "The number of local steps")
            words["steps"] = steps
        start, asked = time.monotonic(), self._members.asked()
        gone = {m.name: m.lost for m in self._members.by_name.values() if m.lost}
        self._rounds += 1
        words["round"] = self._rounds
        if masked:
            taken, why = self._masked(asked, words)
        else:
            taken, why = self._plain(asked, words, rule)
        refused = {name: f"{name} {said}" for name, said in (gone | why).items()}
        return Round(self._rounds, taken, refused, time.monotonic() - start)

    def close(self) -> None:
        """End all clients and remove their files."""
        self._members.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _plain(
        self, asked: dict[str, Member], words: dict[str, Any], rule: str
    ) -> Joined:
        """Single updates: looked at, then joined."""
        message = Message("train", words, self.weights)
        answers, why = self._members.ask(asked, message, self.patience)
        updates: dict[str, Weights] = {}
        for name, answer in answers.items():
            try:
                _expect(answer, "update")
                rules.check_update(answer.tensors, self.weights)
                updates[name] = answer.tensors
            except CourseError as error:
                why[name] = str(error)
        norms = {name: rules.norm(update) for name, update in updates.items()}
        why |= rules.too_long(norms, self.most)
        taken = tuple(name for name in asked if name in updates and name not in why)
        if taken:
            counts = [asked[name].count for name in taken]
            self._move(rules.join(rule, [updates[name] for name in taken], counts))
        return taken, why

    def _masked(self, asked: dict[str, Member], words: dict[str, Any]) -> Joined:
        """The sum of masked updates, with the masks of lost clients taken out."""
        total = sum(member.count for member in asked.values())
        partners = {str(m.number): hex(m.key) for m in asked.values()}
        words = {**words, "total": total, "partners": partners}
        message = Message("train", words, self.weights)
        answers, why = self._members.ask(asked, message, self.patience)
        size = sum(weight.numel() for weight in self.weights.values())
        numbers: dict[str, Tensor] = {}
        for name, answer in answers.items():
            try:
                _expect(answer, "masked")
                numbers[name] = _whole_numbers(answer.tensors, size)
            except CourseError as error:
                why[name] = str(error)
        taken = tuple(name for name in asked if name in numbers)
        lost = [member.number for name, member in asked.items() if name not in numbers]
        survivors = {name: asked[name] for name in taken}
        seeds, silent = self._seeds(survivors, lost, words["round"])
        if not taken or silent:  # the sum cannot be read without all seeds
            return (), why | silent
        summed = torch.stack(list(numbers.values())).sum(0) % masks.MODULUS
        share = sum(member.count for member in survivors.values()) / total
        mean = masks.decode(masks.without_lost(summed, seeds)) / share
        self._move(_shaped(mean, self.weights))
        return taken, why

    def _seeds(
        self, survivors: dict[str, Member], lost: list[int], number: int
    ) -> tuple[dict[tuple[int, int], bytes], dict[str, str]]:
        """Ask the survivors for their round's masks with the lost, if there are any."""
        seeds: dict[tuple[int, int], bytes] = {}
        if not lost or not survivors:
            return seeds, {}
        ask = Message("reveal", {"round": number, "lost": lost})
        answers, why = self._members.ask(survivors, ask, self.patience)
        for name, answer in answers.items():
            try:
                _expect(answer, "seeds")
                told, me = answer.words["seeds"], survivors[name].number
                seeds |= {(me, k): bytes.fromhex(told[str(k)]) for k in lost}
            except (CourseError, KeyError, TypeError, ValueError):
                why[name] = "did not reveal its masks with those who were lost."
        return seeds, why

    def _move(self, update: Weights) -> None:
        self.weights = {
            name: weight + update[name] for name, weight in self.weights.items()
        }

    def _check(self, rows: Sequence[Tensor]) -> None:
        images = self._images
        fits = images.ndim == 4 and tuple(images.shape[1:]) == validate.IMAGE
        if images.dtype != torch.uint8 or not fits:
            raise CourseError(
                "Clients hold uint8 pictures [N, 1, 28, 28]; got"
                f" {images.dtype} of shape {list(images.shape)}."
            )
        if not len(rows) or len(rows) != len(self.names):
            raise CourseError("There is one list of rows for each client, at least 1.")
        if any(not len(one) for one in rows):
            raise CourseError("Every client needs at least one picture.")
        if not self.patience > 0:
            raise CourseError(f"Patience is a time above 0 s; got {self.patience}.")

    def _check_behaviours(self, behaviours: dict[str, str]) -> None:
        for name, how in behaviours.items():
            if name not in self.names or how not in (*BAD, "stranger"):
                raise CourseError(
                    f"{name!r} cannot behave as {how!r}: clients are called 'client 1'"
                    f" and so on, and behave as {', '.join(BAD)} or stranger."
                )


def _check_rule(rule: str, masked: bool) -> None:
    if rule not in rules.RULES:
        raise CourseError(
            f"Updates are joined by mean, median or trimmed; got {rule!r}."
        )
    if masked and rule != "mean":
        raise CourseError(
            f"Masked rounds show the sum alone, and the rule {rule!r} needs each"
            " update: choose rule='mean', or masked=False."
        )


def _expect(answer: Message, kind: str) -> None:
    if answer.kind == "sorry":
        why = str(answer.words.get("why", ""))[:200]
        raise CourseError(f"could not answer: {why}")
    if answer.kind != kind:
        raise CourseError(f"sent a message of kind {answer.kind!r}, not {kind!r}.")


def _whole_numbers(tensors: Weights, size: int) -> Tensor:
    found = tensors.get("masked")
    if found is None or found.shape != (size,) or found.dtype != torch.int64:
        raise CourseError(f"sent other shapes than {size:,} whole numbers.")
    if int(found.min()) < 0 or int(found.max()) >= masks.MODULUS:
        raise CourseError("sent numbers outside of those modulo 2^32.")
    return found


def _shaped(flat: Tensor, like: Weights) -> Weights:
    """Numbers [D] as tensors of the model's shapes, in the order of their names."""
    names = sorted(like)
    pieces = flat.split([like[name].numel() for name in names])
    return {
        name: piece.view_as(like[name]).to(like[name].dtype)
        for name, piece in zip(names, pieces, strict=True)
    }
