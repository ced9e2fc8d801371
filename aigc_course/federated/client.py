"""One client: a process that holds its pictures and sends changes of weights.

`Federation` starts it and tells it the port, the key, its name and number, the file
with its pictures and the job. It ends when the server closes the connection.
"""

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from typing import Any

import torch
from torch import Tensor

from aigc_course.data import Batches
from aigc_course.errors import CourseError
from aigc_course.federated import homes, masks, wire
from aigc_course.federated.job import Job, Weights, local_update, own_batches
from aigc_course.federated.wire import Message
from aigc_course.vae import VAE

HERE = "127.0.0.1"
STRANGER = 3  # exit code of a process that was not let in
# ways to behave badly, for experiments; "stranger" has a wrong key from the start
BAD = ("nan", "huge", "poison", "shapes", "silent", "garbage", "long", "dies")
SCALES = {"huge": 1e6, "poison": -100.0}


@dataclass
class Worker:
    """A client's state: its pictures, its learner and its keys."""

    number: int
    name: str
    job: Job
    learner: VAE
    images: Tensor
    own: Batches
    keys: masks.Keys = field(default_factory=masks.Keys)
    shared: dict[int, bytes] = field(default_factory=dict)  # by partner

    @classmethod
    def start(cls, told: dict[str, Any]) -> "Worker":
        """From the line that the server wrote."""
        job, number = Job(**told["job"]), told["number"]
        torch.manual_seed(1000 * job.seed + number)  # of pixels and latents
        images = homes.read(told["home"])
        own = own_batches(images, job, number)
        return cls(number, told["name"], job, job.build(), images, own)

    def begin(self, home: str) -> None:
        """Forget what was learnt, and train on the pictures in this file."""
        told = {"job": self.job.to_dict(), "number": self.number, "home": home}
        fresh = Worker.start({**told, "name": self.name})
        self.learner, self.images, self.own = fresh.learner, fresh.images, fresh.own
        # rounds are counted from 1 again: the same masks twice would cancel each other
        self.keys, self.shared = fresh.keys, fresh.shared

    def hello(self) -> Message:
        """Who I am, how many pictures I have, my public key."""
        words = {
            "name": self.name,
            "count": len(self.images),
            "key": hex(self.keys.public),
        }
        return Message("hello", words)

    def answer(self, asked: Message) -> Message:
        """An update, or seeds of masks with lost partners."""
        if asked.kind == "begin":
            self.begin(asked.words["home"])
            return self.hello()
        if asked.kind == "reveal":
            return self._reveal(asked.words)
        steps = asked.words.get("steps", self.job.steps)
        update = local_update(self.learner, asked.tensors, self.own, steps)
        update = _spoilt(update, asked.words.get("behave", ""))
        if "partners" not in asked.words:
            return Message("update", {}, update)
        return Message("masked", {}, {"masked": self._masked(update, asked.words)})

    def _masked(self, update: Weights, words: dict[str, Any]) -> Tensor:
        """This client's share of the mean, encoded, with the masks of all pairs."""
        self.shared = {
            int(partner): self.keys.shared(int(public, 16))
            for partner, public in words["partners"].items()
            if int(partner) != self.number
        }
        if not self.shared:
            raise CourseError("without a partner there is no mask.")
        # by name: tensors do not keep their order in a message
        flat = torch.cat([update[name].flatten() for name in sorted(update)])
        share = len(self.images) / words["total"]  # n_k / n
        numbers = masks.encode(share * flat)
        return masks.masked_update(numbers, self.number, self.shared, words["round"])

    def _reveal(self, words: dict[str, Any]) -> Message:
        """Seeds shared with lost partners, while the others still hide the update."""
        if self.shared.keys() <= set(words["lost"]):
            raise CourseError("all partners are lost, and no mask would be left.")
        seeds = {
            str(lost): masks.round_seed(self.shared[lost], words["round"]).hex()
            for lost in words["lost"]
        }
        return Message("seeds", {"seeds": seeds})


def serve(line: Connection, worker: Worker) -> None:
    """Answer until the server closes the connection."""
    while True:
        asked = wire.unpack(line.recv_bytes(wire.MOST))
        if _misbehaves(line, asked, worker):
            continue
        try:
            answer = worker.answer(asked)
        except (CourseError, RuntimeError, KeyError) as error:
            answer = Message("sorry", {"why": str(error).splitlines()[0]})
        line.send_bytes(answer.pack())


def main(told: dict[str, Any]) -> None:
    """Prove to hold the key, then serve; the exit code is STRANGER without the key."""
    torch.set_num_threads(1)  # clients share the machine
    worker = Worker.start(told)
    try:
        # both sides prove by HMAC that they hold the key; the key is never sent
        line = Client((HERE, told["port"]), authkey=bytes.fromhex(told["key"]))
    except (AuthenticationError, OSError, EOFError):
        sys.exit(STRANGER)
    with contextlib.suppress(EOFError, OSError):  # the server closed the connection
        line.send_bytes(worker.hello().pack())
        serve(line, worker)


def _misbehaves(line: Connection, asked: Message, worker: Worker) -> bool:
    """Do what a client must not do, where asked to; whether there is no answer."""
    how = asked.words.get("behave", "")
    if how == "dies":  # in the middle of its training
        half = max(1, worker.job.steps // 2)
        local_update(worker.learner, asked.tensors, worker.own, half)
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    elif how == "silent":
        while not line.poll(1.0):  # until the server gives up
            time.sleep(0.01)
    elif how == "garbage":
        line.send({"weights": [1.0, 2.0]})  # a pickle
    elif how == "long":
        line.send_bytes(bytes(wire.MOST + 1))
    return how in ("silent", "garbage", "long")


def _spoilt(update: Weights, how: str) -> Weights:
    """An update that is not what was learnt, where asked for."""
    if how in SCALES:
        return {name: SCALES[how] * one for name, one in update.items()}
    if how == "nan":
        return {name: torch.full_like(one, torch.nan) for name, one in update.items()}
    if how == "shapes":
        return {name: one.flatten()[:7] for name, one in update.items()}
    return update
