"""10,000 IDX files whose headers lie: `python -m tests.long.lying_headers [COUNT]`."""

import sys
import tempfile
from pathlib import Path

from tests.digits.test_bombs import read_lies

if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        print(f"{read_lies(Path(folder), count):,} of {count:,} lying headers refused, nothing else came out")
