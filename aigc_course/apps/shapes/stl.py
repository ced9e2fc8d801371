"""Binary STL: the file that printers of solid shapes read.

80 bytes of comment, the number of triangles as uint32, and 50 bytes for each: its
normal and three corners as float32, and two bytes that are 0; little-endian (3D
Systems, StereoLithography Interface Specification, 1988).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aigc_course import files
from aigc_course.apps.shapes.mesh import Mesh
from aigc_course.errors import CourseError

HEAD = b"aigc-course shape".ljust(
    80
)  # must not begin with "solid": that is the text form
ROW = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("extra", "<u2")])
MOST = 50_000_000  # bytes of a file to read


def to_bytes(mesh: Mesh) -> bytes:
    """A mesh as the content of a binary STL file."""
    rows = np.zeros(len(mesh.triangles), ROW)
    rows["corners"] = mesh.places
    a, b, c = mesh.places.transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    rows["normal"] = normal / np.where(length > 0, length, 1)
    return HEAD + np.uint32(len(rows)).astype("<u4").tobytes() + rows.tobytes()


def write(mesh: Mesh, path: str | Path) -> None:
    """Write a binary STL file, whole or not at all; CourseError where it cannot be."""
    files.write_bytes(path, to_bytes(mesh))


def read(path: str | Path) -> NDArray[np.float32]:
    """The triangles' corners [F, 3, 3] of a binary STL file.

    Raises CourseError for a missing file and for what is no binary STL file.
    """
    content = files.read_bytes(path, MOST)
    count = int.from_bytes(content[80:84], "little")
    if len(content) < 84 or len(content) != 84 + ROW.itemsize * count:
        raise CourseError(
            f"{path} is no binary STL file: its length does not fit its number of"
            " triangles."
        )
    return np.array(np.frombuffer(content, ROW, offset=84)["corners"], np.float32)
