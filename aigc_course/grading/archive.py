"""Reads zip archives in memory, within limits; nothing is ever unpacked to the disk."""

import io
import stat
import zipfile
import zlib
from dataclasses import dataclass

from aigc_course.grading.notebook import Unreadable

MIB = 2**20
_MOST_FILES = 5_000
_MOST_ONE = 50 * MIB  # bytes of one file when it is unpacked
_MOST_ALL = 400 * MIB
_UTF8, _ENCRYPTED = 0x800, 0x1


@dataclass
class Archive:
    """An open archive. names: of the files in it, as a person would read them."""

    zip: zipfile.ZipFile
    infos: dict[str, zipfile.ZipInfo]
    left: int = _MOST_ALL

    @property
    def names(self) -> list[str]:
        """The files in the archive, sorted."""
        return sorted(self.infos)

    def read(self, name: str) -> bytes:
        """What a file holds. Raises Unreadable: locked, damaged, a link, too large."""
        info = self.infos[name]
        if info.flag_bits & _ENCRYPTED:
            raise Unreadable("It is locked with a password.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise Unreadable("It is a link in the archive, no file.")
        most = min(_MOST_ONE, self.left)
        try:
            with self.zip.open(info) as file:
                content = file.read(most + 1)  # whatever size the archive claims
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise Unreadable(f"The archive is damaged: {error}.") from error
        except (zlib.error, EOFError, OSError, ValueError) as error:
            raise Unreadable(f"The archive is damaged: {error}.") from error
        if len(content) > most:
            raise Unreadable(f"It is larger than {most // MIB} MiB when unpacked.")
        self.left -= len(content)
        return content


def opened(content: bytes) -> Archive:
    """The archive in these bytes. Raises Unreadable."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(f"The archive cannot be opened: {error}.") from error
    if len(infos) > _MOST_FILES:
        raise Unreadable(f"The archive holds more than {_MOST_FILES:,} files.")
    files: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        if not info.is_dir():
            files.setdefault(_name(info), info)
    return Archive(archive, files)


def _name(info: zipfile.ZipInfo) -> str:
    """Its name; Windows packs Chinese names without saying in which encoding."""
    name = info.filename.replace("\\", "/")
    if info.flag_bits & _UTF8 or name.isascii():
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return name
