"""Many pictures by many processes: every one has its row, in order, and a bad one stops nothing."""

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from numpen.errors import ModelFileError
from numpen.pictures.decode import PictureFile
from numpen.reading import batch
from numpen.reading.batch import Task, read_many
from numpen.reading.reader import SHIPPED

PICTURES = Path(__file__).parents[1] / "pictures" / "single"


@pytest.fixture
def folder(tmp_path: Path) -> list[str]:
    """Sixty pictures, of which every seventh is none."""
    paths = []
    for number in range(60):
        path = tmp_path / f"{number:02d}.png"
        content = (PICTURES / "mhw32" / f"{number % 10}_1.png").read_bytes()
        path.write_bytes(content[:50] if number % 7 == 3 else content)
        paths.append(str(path))
    return paths


@pytest.mark.parametrize("workers", [1, 2])
def test_every_picture_has_its_row_in_order(folder: list[str], workers: int) -> None:
    rows = list(read_many(folder, Task(), workers))
    assert [row["path"] for row in rows] == folder
    assert [number for number, row in enumerate(rows) if row["error"]] == list(range(3, 60, 7))
    right = sum(row["digit"] == number % 10 for number, row in enumerate(rows) if not row["error"])
    assert right >= 0.85 * 51
    assert all(row["error"].startswith("expected") for row in rows if row["error"])


@pytest.mark.parametrize("pages", [False, True])
def test_a_cluster_gives_the_same_bytes(folder: list[str], cluster: str, pages: bool, tmp_path: Path) -> None:
    model = tmp_path / "mine.numpen"
    model.write_bytes(SHIPPED.read_bytes())
    paths, task = [*folder[:20], str(tmp_path), str(tmp_path / "none.png")], Task(pages, model)
    rows = list(read_many(paths, task, cluster=cluster))
    assert json.dumps(rows) == json.dumps(list(read_many(paths, task, 1)))


def test_handfuls_are_not_larger_than_what_is_well_sent() -> None:
    sizes = [1, 900_000, 900_000, 900_000, 5_000_000, 1, *[1] * 40]
    handfuls = list(batch._handfuls(PictureFile(str(number), bytes(size)) for number, size in enumerate(sizes)))
    assert [int(each.name) for handful in handfuls for each in handful] == list(range(46))  # type: ignore[union-attr]
    assert [len(handful) for handful in handfuls] == [3, 1, 1, 16, 16, 9]


def test_pages_are_read_by_workers_too(folder: list[str]) -> None:
    rows = list(read_many(folder[:40], Task(pages=True), 2))
    assert {row["text"] for row in rows if not row["error"]} >= {"0", "2", "3"}


def test_a_picture_that_ends_its_worker_is_a_row(folder: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    killer = folder[45]
    monkeypatch.setattr(batch, "_rows", Ending(killer))
    rows = list(read_many(folder, Task(), 2))
    assert [row["path"] for row in rows] == folder
    assert "which ends what reads it" in rows[45]["error"]
    assert rows[46]["error"] is None


class Ending:
    """Answers as a worker does, and dies of one picture, as of a fault in a decoder."""

    def __init__(self, killer: str) -> None:
        self.killer = killer

    def __call__(self, desk: batch.Desk, handful: list[batch.Given]) -> list[batch.Row]:
        if self.killer in handful:
            os._exit(1)
        return [desk.row(given) for given in handful]


def test_a_missing_model_is_said_before_anything_is_read(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    Image.new("L", (9, 9)).save(picture)
    with pytest.raises(ModelFileError):
        list(read_many([str(picture)], Task(model_file=tmp_path / "none.numpen"), 2))
