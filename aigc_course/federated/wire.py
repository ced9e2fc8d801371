"""Messages between server and clients: safetensors, and words in their header.

`multiprocessing.connection` offers `send`, which pickles, and `recv`, which runs what a
pickle says. Here only `send_bytes` and `recv_bytes` are used, and the bytes are
safetensors: numbers, names and shapes, nothing that could be run.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from aigc_course.errors import CourseError

MOST = 64 * 2**20  # bytes of a message; more is not read
WORDS = "words"  # the key of the header under which the words lie


@dataclass(frozen=True, eq=False)
class Message:
    """What is said: a kind, words (whatever JSON holds) and tensors by name."""

    kind: str
    words: dict[str, Any] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)

    def pack(self) -> bytes:
        """The message as safetensors."""
        words = json.dumps({"kind": self.kind, **self.words})
        tensors = {name: one.contiguous() for name, one in self.tensors.items()}
        packed: bytes = save(tensors, metadata={WORDS: words})
        return packed


def unpack(content: bytes) -> Message:
    """The message in these bytes.

    Raises CourseError, one sentence without a subject, for anything else; nothing of
    the bytes is run.
    """
    try:
        tensors = load(content)  # looks at header, names, sizes and places
        end = 8 + int.from_bytes(content[:8], "little")
        words = json.loads(json.loads(content[8:end])["__metadata__"][WORDS])
        kind = words.pop("kind")
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            "sent bytes that are not a message in safetensors."
        ) from error
    except RecursionError as error:
        raise CourseError("sent a header that is nested too deeply.") from error
    return Message(str(kind), words, tensors)
