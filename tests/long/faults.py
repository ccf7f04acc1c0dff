"""Let every call to the system that a save makes fail in turn: what was there still loads, and nothing half is left.

    python -m tests.long.faults

strace lets them fail, so that it is Python itself that meets the errors. A call that was interrupted, EINTR, is made
again, and all is saved.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from numpen.models.exports.csv_folder import to_files
from numpen.models.model import Model
from numpen.nn.layers import Dense
from numpen.nn.network import Network, layers_from

ERRORS = ("ENOSPC", "EIO", "EACCES", "EINTR")
WATCHED = ("openat", "write", "flock", "chmod", "fsync", "rename", "mkdir", "rmdir", "newfstatat", "lseek", "read")
AGAIN = ("openat", "write", "read", "fsync", "flock")  # that Python makes again after EINTR, of files
SAVE = """
import secrets, sys
from pathlib import Path
secrets.token_hex = lambda count: "sibling"
from numpen.errors import NumpenError
from numpen.models.exports.csv_folder import write_folder
from numpen.models.model import Model
model, path = Model.load(sys.argv[1]), Path(sys.argv[2])
try:
    model.save(path) if sys.argv[3] == "file" else write_folder(model, path)
except NumpenError as error:
    print(error)
"""


def a_model(*, note: str) -> Model:
    """A small model of dense layers."""
    layers = layers_from([Dense(784, 3).spec(), {"layer": "tanh"}, Dense(3, 10).spec(), {"layer": "softmax"}])
    return Model(Network(layers), 255.0, {"note": note})


def saved(kind: str, source: Path, target: Path, fault: str = "") -> tuple[str, Counter[str]]:
    """What a process says that saves a model, and the calls it has made about the target, of which one fails."""
    inside = [target / name for name in to_files(Model.load(source))]
    sibling = target.with_name(".numpen-sibling.part")
    paths = (target.parent, target, sibling, *inside, *(sibling / each.name for each in inside))
    trace = source.with_name("trace")
    command = ["strace", "-f", "-qq", "-o", str(trace), *(word for path in paths for word in ("-P", str(path)))]
    command += ["-e", f"inject={fault}"] if fault else []
    done = subprocess.run([*command, sys.executable, "-c", SAVE, str(source), str(target), kind], capture_output=True)
    said = done.stdout.decode()
    assert done.returncode == 0 and not done.stderr and len(said.splitlines()) < 2, (fault, said, done.stderr.decode())
    return said, Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))


def content(path: Path) -> object:
    """What is at a path, whole."""
    return {each.name: each.read_bytes() for each in path.iterdir()} if path.is_dir() else path.read_bytes()


def fail_in_turn(kind: str, folder: Path) -> tuple[int, int]:
    """Let each call fail in each way; how many cases, and how many of them saved all the same."""
    source, old, place = folder / "new.numpen", folder / "old.numpen", folder / "place"
    a_model(note="new").save(source)
    a_model(note="old").save(old)
    whole, cases, went_well = source.read_bytes() if kind == "file" else to_files(Model.load(source)), 0, 0

    def begin() -> Path:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / "a").mkdir() if kind == "folder" else shutil.copy(old, place / "a")
        return place / "a"

    _, calls = saved(kind, source, begin())
    assert content(place / "a") == whole
    for call, count in ((call, calls[call]) for call in WATCHED):
        for number in range(1, count + 1):
            for error in ERRORS:
                before = content(begin())
                said, _ = saved(kind, source, place / "a", f"{call}:error={error}:when={number}")
                after, fault = content(place / "a"), f"{kind}: {call} {number} of {count}: {error}"
                assert after == (before if said else whole), f"{fault}: half of it, or a lie; {said}"
                assert [each.name for each in place.iterdir()] == ["a"], f"{fault}: something is left"
                assert not (said and error == "EINTR" and kind == "file" and call in AGAIN), f"{fault}: {said}"
                cases, went_well = cases + 1, went_well + (not said)
    return cases, went_well


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if not shutil.which("strace"):
        sys.exit("expected strace, got none: install it")
    for kind in ("file", "folder"):
        with tempfile.TemporaryDirectory() as folder:
            cases, went_well = fail_in_turn(kind, Path(folder))
        refused = cases - went_well
        print(f"{kind}: {cases} calls that failed; {went_well} saved all the same, {refused} refused", flush=True)


if __name__ == "__main__":
    main()
