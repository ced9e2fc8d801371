"""Run the course where only torch and numpy are installed.

The families import a few packages that training and measuring never call. Where one is
missing an empty stand-in takes its place; calling anything in it raises.
"""

import importlib.abc
import importlib.machinery
import json
import sys
import types
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

WANTED = ("tqdm", "scipy", "PIL", "safetensors", "platformdirs", "requests")
KINDS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16}
KINDS |= {"I64": torch.int64, "I8": torch.int8, "U8": torch.uint8}


def install() -> list[str]:
    """Put stand-ins where packages are missing; return their names."""
    missing = [name for name in WANTED if find_spec(name) is None]
    if missing:
        sys.meta_path.append(_Finder(missing))
    return missing


def load(data: bytes) -> dict[str, Tensor]:
    """The tensors of a safetensors file, as `safetensors.torch.load` gives them."""
    length = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + length])
    found = {}
    for name, entry in head.items():
        if name == "__metadata__":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(data[start:end]), dtype=KINDS[entry["dtype"]])
        found[name] = flat.reshape(entry["shape"])
    return found


class _Nothing:
    """Stands for a function or class of a package that is not here."""

    fp, n, total, disable = None, 0, 0, True

    def __init__(self, *_: object, **__: object) -> None: ...
    def set_postfix_str(self, *_: object, **__: object) -> None: ...
    def update(self, *_: object) -> None: ...
    def refresh(self) -> None: ...
    def close(self) -> None: ...
    @staticmethod
    def write(sentence: str, **_: object) -> None:
        """Print, as tqdm does above its bar."""
        print(sentence, file=sys.stderr)


class _Absent(type):
    """A class with every attribute, for annotations; it cannot be called."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent(f"{cls.__name__}.{name}", (), {})

    def __call__(cls, *_: object, **__: object) -> Any:
        raise ImportError(f"{cls.__name__} is not installed here")


class _Module(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ == "tqdm":
            return _Nothing  # a bar that shows nothing
        if self.__name__ == "safetensors.torch" and name == "load":
            return load
        return _Absent(f"{self.__name__}.{name}", (), {})


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: list[str]) -> None:
        self.names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] not in self.names:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None: ...
