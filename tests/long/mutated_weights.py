"""Many mutated files of weights of each kind, none of which may end in a traceback: two minutes.

python -m tests.long.mutated_weights [COUNT of each kind, 20000]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from tests.models.foreign.mutations import contents, read_mutated


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        for kind in contents():
            began = time.perf_counter()
            read = read_mutated(kind, count, Path(folder) / "weights.bin")
            seconds = time.perf_counter() - began
            print(f"{kind:15} {count:,} mutations, {read:,} read as weights, {seconds:.0f} s", flush=True)
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


if __name__ == "__main__":
    main()
