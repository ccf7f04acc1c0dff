"""`numpen read`, and what it shares with `numpen predict`: many pictures, tables that grow, lists, patterns."""

import csv
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from threadpoolctl import threadpool_info, threadpool_limits

from numpen.cli.pictures import give_out
from tests.cli.process import run
from tests.long import cluster_kills
from tests.long.many_pictures import check

PICTURES = Path(__file__).parents[1] / "pictures"
PAGE = PICTURES / "number" / "hypjudy_5.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures of digits and a broken one."""
    for digit in range(6):
        (tmp_path / f"{digit}.png").write_bytes((PICTURES / "single" / "mhw32" / f"{digit}_1.png").read_bytes())
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return tmp_path


def test_a_page_is_read_as_text_and_as_json() -> None:
    shown = run("read", PAGE)
    assert shown.returncode == 0 and "  52306 (" in shown.stdout
    (row,) = json.loads(run("read", PAGE, "--json").stdout)
    assert set(row) >= {"path", "text", "lines", "error"} and row["error"] is None
    assert row["text"].split("\n")[1] == row["lines"][1]["text"] == "52306"
    digit = row["lines"][1]["digits"][0]
    assert digit["digit"] == 5 and 0.5 < digit["confidence"] <= 1 and len(digit["box"]) == 4


def test_the_overlay_and_the_stages_are_written(tmp_path: Path) -> None:
    done = run("read", PAGE, "--overlay", tmp_path / "seen", "--explain")
    assert done.returncode == 0 and "█" in done.stdout
    before, after = (np.asarray(Image.open(each).convert("RGB"), int) for each in (PAGE, tmp_path / "seen" / PAGE.name))
    assert before.shape == after.shape and 0.005 < (np.abs(before - after).max(axis=2) > 60).mean() < 0.2
    assert (tmp_path / "seen" / "hypjudy_5-stages.png").exists()


@pytest.mark.parametrize("command", ["predict", "read"])
def test_a_broken_picture_is_a_row_and_a_mistake_only_if_strict(folder: Path, command: str) -> None:
    done = run(command, folder, "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 0 and "1 of 7 pictures could not be read" in done.stderr
    assert len(rows) == 7 and [row["error"] is not None for row in rows] == [False] * 6 + [True]
    assert run(command, folder, "--strict").returncode == 2


def test_json_lines_come_one_by_one_from_a_list(folder: Path) -> None:
    listing = "\n".join(str(folder / f"{digit}.png") for digit in (3, 1))
    done = run("predict", "--list", "-", "--json-lines", stdin=listing.encode())
    assert [json.loads(line)["digit"] for line in done.stdout.splitlines()] == [3, 1]


def test_a_pattern_that_no_shell_has_unfolded(folder: Path) -> None:
    done = run("predict", str(folder / "[12].png"), "--json")
    assert [row["digit"] for row in json.loads(done.stdout)] == [1, 2]
    assert run("predict", str(folder / "*.none")).returncode == 2


def test_a_table_goes_on_where_it_was_ended(folder: Path) -> None:
    table = folder / "answers.csv"
    assert run("predict", folder, "--csv", table).returncode == 0
    whole = table.read_bytes()
    table.write_bytes(whole[: whole.index(b"3.png") + 2])  # ended in the middle of a row
    done = run("predict", folder, "--csv", table, "--resume")
    assert table.read_bytes() == whole
    assert "2.png" not in done.stdout and "3.png" in done.stdout
    assert len(list(csv.reader(table.read_text().splitlines()))) == 8
    for begun in (b"", whole[:5], whole[: whole.index(b"\n") + 1]):  # ended before there was a row
        table.write_bytes(begun)
        assert run("predict", folder, "--csv", table, "--resume").returncode == 0
        assert table.read_bytes() == whole


def test_whatever_is_killed_every_picture_has_its_row_once(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    cluster_kills.fill(tmp_path / "pictures", 6)
    assert run("predict", tmp_path / "pictures", "--csv", tmp_path / "whole.csv").returncode == 0
    count = cluster_kills.survive(tmp_path / "pictures", random.Random(2), ["scheduler", "driver", "worker"])
    assert count.drivers >= 2
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x"])
def test_no_cell_is_a_formula(tmp_path: Path, cell: str) -> None:
    picture = tmp_path / f"{cell}.png"
    picture.write_bytes(b"no picture")
    run("read", "--csv", "out.csv", "--", picture.name, cwd=tmp_path)
    _, row = csv.reader((tmp_path / "out.csv").read_text().splitlines())
    assert row[0] == f"'{cell}.png"


@pytest.mark.parametrize(
    "arguments",
    [
        ("read",),
        ("read", "--resume", "a.png"),
        ("read", "--list", "nowhere.txt"),
        ("predict", "a.png", "--threshold", "2"),
        ("predict", "a.png", "--csv", "nowhere/out.csv"),
        ("predict", "a.png", "--cluster", "tcp://127.0.0.1:1", "--workers", "2"),
        ("read", "-", "--cluster", "tcp://127.0.0.1:1"),
        ("read", "a.png", "--cluster", "tcp://127.0.0.1:1", "--overlay", "seen"),
        ("read", "a.png", "--cluster", "nonsense"),
        ("read", "a.png", "--cluster", "tls://127.0.0.1:1", "--tls-ca", "ca.pem"),
        ("read", "a.png", "--cluster", "tcp://127.0.0.1:9"),
    ],
)
def test_mistakes_are_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_among_many_pictures_each_has_its_row(tmp_path: Path) -> None:
    check(tmp_path, 90, 7)


def test_matrix_products_are_left_to_one_thread_while_pictures_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    def threads() -> set[int]:
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    def rows() -> Iterator[dict[str, Any]]:
        yield {"error": None, "threads": max(threads())}

    with threadpool_limits(2, user_api="blas"):
        how = {"as_json": False, "json_lines": False, "strict": False}
        give_out(rows(), None, lambda _: (), lambda row: str(row["threads"]), **how)
        assert threads() == {2}
    assert capsys.readouterr().out == "1\n"
