"""A secret judge that can be made again: an extractor, held-out digits and seeds.

Everything follows from one text, the seed. The teacher publishes the SHA-256 of the
judge's only file before the submissions come in, and the file itself afterwards: then
everybody can check that the judge was not chosen to suit somebody (a commitment and its
opening; Blum 1983).
"""

import hashlib
import json
import platform
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from aigc_course import data
from aigc_course.capstone.extractor import Net, Shape, chosen, features, train
from aigc_course.capstone.rulers import yardsticks
from aigc_course.errors import CourseError
from aigc_course.files import read_bytes, write_bytes, write_text
from aigc_course.metrics.fid import Gaussian, fid_estimate
from aigc_course.metrics.images import Images
from aigc_course.training import fast_mode

FORMAT = 1
FILE, PROMISE = "judge.safetensors", "commitment.txt"
SHORTEST = 8  # characters of a seed
MOST_BYTES = 2**24
HELD, FAST_HELD = 5_000, 1_500  # test digits kept secret
LEARNT = 20_000  # training digits learnt from
STEPS, FAST_STEPS = 500, 20
DRAWN, FAST_DRAWN = 5_000, 1_000  # of each anchor
WORDS = "SHA-256 of {file}, published before the judging:\n{digest}\n"


def number(seed: str, purpose: str) -> int:
    """A whole number below 2^31 that follows from the seed, another for each purpose.

    >>> number("a long secret", "rows") == number("a long secret", "net")
    False
    """
    digest = hashlib.sha256(f"{purpose}\0{seed}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


@dataclass(frozen=True)
class Judge:
    """What a judge is: `net` reads digits, `rows` are its test digits [5000].

    seed: the text from which all follows. weak, strong: FIDs by this extractor of what
    is worst (uniform noise, or one grey mean) and of real digits; between them lies the
    scale. rulers: FIDs of honest generators by the public extractor and by this one.
    machine: what it was made with. sha256: of its file.
    """

    seed: str
    net: Net
    rows: Tensor
    weak: float
    strong: float
    machine: dict[str, Any]
    fast: bool
    rulers: tuple[tuple[float, float], ...] = ()
    sha256: str = ""

    def number(self, purpose: str) -> int:
        """A secret whole number for this purpose."""
        return number(self.seed, purpose)

    def features(self, images: Images) -> Tensor:
        """Features [N, d] of images, as `metrics.features` takes them."""
        return features(self.net, images)[0]

    def classify(self, images: Images) -> Tensor:
        """The digit that this judge reads in each image, int64 [N]."""
        return features(self.net, images)[1].argmax(1)

    @cached_property
    def held(self) -> data.ImageSet:
        """The secret test digits, half of them all."""
        return _rows(data.load("mnist", "test"), self.rows)

    @cached_property
    def others(self) -> data.ImageSet:
        """The other half: real digits that nobody needs to be judged on."""
        test = data.load("mnist", "test")
        free = torch.ones(len(test), dtype=torch.bool)
        free[self.rows] = False
        return _rows(test, free.nonzero()[:, 0])

    @cached_property
    def found(self) -> Tensor:
        """Features of the secret digits."""
        return self.features(self.held.images)

    @cached_property
    def real(self) -> Gaussian:
        """The Gaussian of these features."""
        return Gaussian.fit(self.found)

    def save(self, folder: str | Path) -> str:
        """Write the judge's file and the promise to publish; returns its SHA-256.

        Raises CourseError where a judge lies there already.
        """
        place = Path(folder)
        refuse(place)
        content = packed(self)
        digest = hashlib.sha256(content).hexdigest()
        write_bytes(place / FILE, content)
        write_text(place / PROMISE, WORDS.format(file=FILE, digest=digest))
        return digest


def make(seed: str, fast: bool | None = None) -> Judge:
    """Make the judge of a seed; on one core in about 30 seconds, fast in 5.

    fast: a smaller training, for trying things out; None takes `AIGC_FAST`. The same
    seed gives the same bytes on the same machine with the same PyTorch. Raises
    CourseError for a seed of fewer than 8 characters, which could be guessed.
    """
    if len(seed.strip()) < SHORTEST:
        raise CourseError(
            f"A judge's seed is a secret text of {SHORTEST} or more characters; this"
            f" one has {len(seed.strip())}."
        )
    fast = fast_mode() if fast is None else fast
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # the order of sums decides the last bits
    try:
        made = _trained(seed, fast)
        return _with_digest(_with_anchors(made))
    finally:
        torch.set_num_threads(before)


def refuse(folder: str | Path) -> None:
    """Raise CourseError where a judge lies in the folder already."""
    if (Path(folder) / FILE).exists():
        raise CourseError(
            f"{folder} already holds a judge: choose another folder, for its SHA-256"
            " may be published."
        )


def compare(one: Judge) -> str:
    """Make a judge again from its seed, and say whether it is the same.

    Another machine or PyTorch may round otherwise; then the rows that are kept secret
    still have to be the same, and what the two read in digits nearly so.
    """
    again = make(one.seed, one.fast)
    if again.sha256 == one.sha256:
        return "Made again from its seed, it is the same to the bit."
    same = bool(torch.equal(again.rows, one.rows)) and again.net.shape == one.net.shape
    read = (again.classify(one.held.images) == one.classify(one.held.images)).double()
    return (
        f"Made again from its seed, it differs in rounding: secret rows and shape are"
        f" {'the same' if same else 'others'}, and {float(read.mean()):.1%} of the"
        " secret digits are read alike."
    )


def read(folder: str | Path) -> Judge:
    """The judge in a folder. CourseError where there is none, or it is damaged."""
    path = Path(folder) / FILE
    if not path.exists():
        raise CourseError(
            f"{folder} holds no judge: `aigc judge make --seed TEXT --out DIR` makes"
            " one."
        )
    content = read_bytes(path, MOST_BYTES)
    try:
        return unpacked(content)
    except Exception as error:  # readers of damaged files raise anything
        raise CourseError(f"{path} is damaged: it cannot be read.") from error


def check(folder: str | Path, sha256: str) -> None:
    """Raise CourseError unless the judge's file is the one whose SHA-256 was promised.

    A difference is said in one sentence.
    """
    found = read(folder).sha256
    if found != sha256.strip().lower():
        raise CourseError(
            f"{Path(folder) / FILE} is not the judge that was promised: its SHA-256 is"
            f" {found}."
        )


def _trained(seed: str, fast: bool) -> Judge:
    shape = chosen(number(seed, "net"))
    train_set, test = data.load("mnist", "train"), data.load("mnist", "test")
    part = _shuffled(len(train_set), number(seed, "learnt"))[:LEARNT]
    held = FAST_HELD if fast else HELD
    rows = _shuffled(len(test), number(seed, "rows"))[:held].sort().values
    steps = FAST_STEPS if fast else STEPS
    images, labels = train_set.images[part], train_set.labels[part]
    net = train(shape, images, labels, number(seed, "training"), steps)
    return Judge(seed, net, rows, 0.0, 0.0, _machine(), fast)


def _with_anchors(one: Judge) -> Judge:
    """The judge with the two ends of its scale and its yardsticks measured."""
    train_set = data.load("mnist", "train")
    chance = torch.Generator().manual_seed(one.number("anchors"))
    drawn = FAST_DRAWN if one.fast else DRAWN
    shape = (drawn, 1, 28, 28)
    noise = torch.randint(256, shape, generator=chance, dtype=torch.uint8)
    rows = torch.randperm(len(train_set), generator=chance)[:drawn]
    mean = data.to_float(train_set.images).mean(0, keepdim=True).expand(shape)
    weak = max(_fid(one, noise), _fid(one, mean))
    strong = _fid(one, train_set.images[rows])
    rulers = tuple((public, _fid(one, images)) for images, public in yardsticks(drawn))
    return _changed(one, weak=weak, strong=strong, rulers=rulers)


def _fid(one: Judge, images: Tensor) -> float:
    return fid_estimate(one.features(images), one.real).value


def _changed(one: Judge, **changes: Any) -> Judge:
    kept = {name: getattr(one, name) for name in one.__dataclass_fields__}
    return Judge(**{**kept, **changes})


def _with_digest(one: Judge) -> Judge:
    return _changed(one, sha256=hashlib.sha256(packed(one)).hexdigest())


def packed(one: Judge) -> bytes:
    """The bytes of a judge's file; all words stand in one entry of fixed order."""
    from safetensors.torch import save

    words = {
        "format": FORMAT,
        "seed": one.seed,
        "shape": one.net.shape.to_dict(),
        "weak": one.weak,
        "strong": one.strong,
        "machine": one.machine,
        "fast": one.fast,
        "rulers": one.rulers,
    }
    state = {name: value.contiguous() for name, value in one.net.state_dict().items()}
    return save({**state, "rows": one.rows}, {"judge": json.dumps(words)})


def unpacked(content: bytes) -> Judge:
    """The judge in these bytes, which `packed` made."""
    from safetensors.torch import load

    length = int.from_bytes(content[:8], "little")
    words = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["judge"])
    if words["format"] != FORMAT:
        raise ValueError("another format")
    state = load(content)
    rows = state.pop("rows")
    net = Net(Shape(**words["shape"]))
    net.load_state_dict(state)
    return Judge(
        words["seed"],
        net.eval().requires_grad_(False),
        rows,
        words["weak"],
        words["strong"],
        words["machine"],
        words["fast"],
        tuple((public, own) for public, own in words["rulers"]),
        hashlib.sha256(content).hexdigest(),
    )


def _rows(images: data.ImageSet, rows: Tensor) -> data.ImageSet:
    from dataclasses import replace

    return replace(images, images=images.images[rows], labels=images.labels[rows])


def _shuffled(n: int, seed: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


def _machine() -> dict[str, Any]:
    return {"torch": torch.__version__, "machine": platform.machine(), "threads": 1}
