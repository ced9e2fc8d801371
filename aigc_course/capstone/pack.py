"""A submission as one zip archive, once every public gate is passed."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from aigc_course.capstone import gates, safe
from aigc_course.capstone.submission import Submission, read
from aigc_course.errors import CourseError
from aigc_course.files import target, write_bytes

DATE = (1980, 1, 1, 0, 0, 0)  # the first that zip knows: same files, same archive


def pack(folder: Path, out: Path) -> Submission:
    """Check the project in a folder, and write its submission to `out`.

    Raises CourseError with the first gate that refuses it; then nothing is written.
    """
    if out.suffix != ".zip":
        raise CourseError(f"--out ends in .zip, not {out.name!r}.")
    if not folder.is_dir():
        raise CourseError(f"There is no folder {folder}.")
    for one in gates.check(folder):
        if not one.passed:
            raise CourseError(f"Gate {one.gate}: {one.message}")
    found = read(folder)
    packed = zipped(found.files)
    if len(packed) > safe.MOST_PACKED:
        raise CourseError(
            f"The archive would have {len(packed) / safe.MB:.1f} MB, and at most"
            f" {safe.MOST_PACKED / safe.MB:g} MB are taken: hand in fewer samples, or a"
            " smaller model."
        )
    write_bytes(target(out), packed)
    return found


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of these files, the same bytes for the same files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, DATE)
            info.external_attr = 0o100644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return whole.getvalue()
