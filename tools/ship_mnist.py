"""Pack MNIST into the package: one xz file for each split, checked before and after.

    AIGC_DATA=FOLDER python tools/ship_mnist.py

FOLDER/MNIST/raw holds the four files as published, unpacked. Images and labels of a
split go into `aigc_course/data/mnist/SPLIT.xz`, one after the other. The same files
give the same bytes each time.
"""

import lzma
import os
import sys
from pathlib import Path

from aigc_course.data import shipped
from aigc_course.data.catalogue import MNIST, SPLITS
from aigc_course.data.idx import sha256
from aigc_course.files import write_bytes

# lc = 4, pb = 0: digits are bytes without alignment. A dictionary of 16 MiB is what a
# reader needs in memory beside the digits.
FILTERS = [
    {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "lc": 4,
        "lp": 0,
        "pb": 0,
        "dict_size": 16 * 2**20,
    }
]


def main() -> int:
    """Pack both splits; return 0, or 1 when a file is not as published."""
    raw = Path(os.environ.get("AIGC_DATA", "")) / "MNIST" / "raw"
    for split in SPLITS:
        content = b""
        for file in MNIST.split(split):
            path = raw / file.name
            if not path.is_file() or sha256(path) != file.sha256:
                print(f"{path} is not the published file; nothing was written.")
                return 1
            content += path.read_bytes()
        packed = lzma.compress(content, check=lzma.CHECK_CRC64, filters=FILTERS)
        write_bytes(shipped.FOLDER / f"{split}.xz", packed)
        shipped.read(split)  # raises when it does not come back as it was
        print(f"{split}: {len(content):,} bytes in {len(packed):,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
