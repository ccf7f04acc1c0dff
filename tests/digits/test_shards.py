"""A dataset in many files is what it would be in one, and takes as much memory as one of them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numpen.digits import batches, mapped, sources
from numpen.digits.dataset import Dataset
from numpen.digits.formats.idx import write_idx
from numpen.digits.formats.npz import write_npz
from numpen.digits.formats.parquet import write_parquet
from numpen.digits.sources import has_test_part, load_source
from numpen.errors import DataError
from numpen.training.recipe import Recipe
from numpen.training.trainer import train
from tests.memory import growth, linux

RECIPE = Recipe(layers="784-20-10", batch_size=50, epochs=2, learning_rate=0.1, validation=100)


def write(few: Dataset, folder: Path, form: str) -> Path:
    """The dataset in four files (with those of labels and writers), of other sizes each."""
    for number, rows in enumerate(np.split(np.arange(len(few)), [100, 101, 600])):
        part = few.take(rows)
        if form == "idx":
            write_idx(part, folder, f"train-{number}", packed=number % 2 == 0)
        else:
            with (folder / f"{number}.{form}").open("wb") as file:
                write_npz({"train": part}, file) if form == "npz" else write_parquet(part, file)
    return folder


@pytest.mark.parametrize("form", ["idx", "npz", "parquet"])
def test_many_files_are_one_dataset_and_train_the_same_model(
    few: Dataset, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "LARGE", 1000)
    source = str(write(few, tmp_path, form))
    whole = load_source(source, "train")
    assert whole.checksum == few.checksum and np.array_equal(whole.labels, few.labels)
    assert mapped.map_of(whole.images) is not None and not has_test_part(source)
    assert whole.source == source and whole.found.startswith("4 files, the first of them ")
    assert (whole.writers is None) == (form != "idx")
    if whole.writers is not None and few.writers is not None:
        assert np.array_equal(whole.writers, few.writers)
    recipe = RECIPE if form == "idx" else RECIPE.changed(validation_split="random")
    assert np.array_equal(train(recipe, whole).network.theta, train(recipe, few).network.theta)


def test_a_damaged_file_among_them_is_named(few: Dataset, tmp_path: Path) -> None:
    write(few, tmp_path, "npz")
    (tmp_path / "2.npz").write_bytes((tmp_path / "2.npz").read_bytes()[:-100])
    with pytest.raises(DataError, match=r"2\.npz"):
        load_source(str(tmp_path), "train")


def test_what_lies_on_the_disk_is_dealt_as_it_is(few: Dataset) -> None:
    there = mapped.on_disk([few.images[:300], few.images[300:]])
    assert np.array_equal(there, few.images) and not there.flags.writeable
    assert mapped.map_of(few.images) is None
    rows = np.array([5, 0, 399, 5])
    for part in (slice(0, 400), slice(600, 1000)):
        dealt = batches.Batches(Dataset(there[part], few.labels[part]), 4)
        assert dealt.map is not None
        assert np.array_equal(dealt.gather(rows)[0].reshape(-1, 28, 28), few.images[part][rows])
    assert np.array_equal(np.concatenate(list(mapped.pieces(there, rows))), few.images[rows])


def test_a_full_disk_is_one_line(few: Dataset) -> None:
    program = (
        "import numpy as np, resource; from numpen.digits import mapped; from numpen.errors import DataError\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: mapped.on_disk([np.zeros((1000, 28, 28), np.uint8)])\n"
        "except DataError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("expected room for pictures in ") and done.stdout.count("\n") == 1


@linux
def test_four_times_the_pictures_take_no_more_memory(tmp_path: Path) -> None:
    setup = (
        "import numpy as np; from pathlib import Path\n"
        "from numpen.digits.dataset import Dataset\n"
        "from numpen.digits.formats.idx import write_idx\n"
        "from numpen.digits.sources import load_source\n"
        "from numpen.training.recipe import Recipe; from numpen.training.trainer import train\n"
        "noise = np.random.default_rng(0).integers(0, 255, (20_000, 28, 28), np.uint8)\n"
        "part = Dataset(noise, np.arange(20_000).astype(np.uint8) % 10)\n"
        "folder = Path(sys.argv[1]); folder.mkdir()\n"
        "for number in range(int(sys.argv[2])): write_idx(part, folder, f'train-{number}', packed=False)\n"
    )
    program = "train(Recipe(layers='784-16-10', epochs=1), load_source(str(folder), 'train'))"
    few, many = (growth(setup, program, tmp_path / str(shards), shards)[0] for shards in (2, 8))
    assert many < few + 25  # MB; the pictures alone are 94 MB more
