"""`numpen correct`: what is kept is what the network saw, under the digit that a person says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import numpen
from numpen.digits.sources import load_source
from tests.cli.process import START, run

PICTURES = Path(__file__).parents[1] / "pictures"
PAGE = PICTURES / "number" / "hypjudy_5.png"
SEVEN = Path(__file__).parents[2] / "docs" / "pictures" / "photo-of-a-seven.png"


@pytest.fixture(scope="module")
def page() -> numpen.Page:
    return numpen.Reader().read_page(PAGE)


def kept(folder: Path) -> dict[bytes, int]:
    """The frames below a folder and what they are kept as."""
    dataset = load_source(str(folder), "train")
    return {image.tobytes(): label for image, label in zip(dataset.images, dataset.labels.tolist(), strict=True)}


@pytest.mark.parametrize("words", [(SEVEN, "7"), ("7", SEVEN), (SEVEN, "--is", "7"), (SEVEN, "--is", " 7 ")])
def test_a_digit_is_kept_as_the_reader_frames_it(tmp_path: Path, words: tuple[str | Path, ...]) -> None:
    done = run("correct", *words, cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith(f"{SEVEN}: 7, read as 7 (")
    assert kept(tmp_path / "mine") == {numpen.Reader().read(SEVEN).stages["frame"].tobytes(): 7}


def test_a_folder_of_one_digit_and_a_bad_picture_in_it(tmp_path: Path) -> None:
    for number, name in enumerate(("mhw32/3_1.png", "jonperk318/3_1.png", "insooeric/3_1.png")):
        (tmp_path / f"{number}.png").write_bytes((PICTURES / "single" / name).read_bytes())
    Image.new("L", (90, 90), 255).save(tmp_path / "white.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    done = run("correct", "3", tmp_path, "--into", tmp_path / "my own", "--json")
    rows = json.loads(done.stdout)
    assert done.returncode == 2  # of five labels that were given two are lost
    assert [len(row["kept"]) for row in rows] == [1, 1, 1, 0, 0]
    assert "damaged" in rows[3]["error"] and "nothing drawn on it" in rows[4]["error"]
    assert done.stderr.splitlines() == [f"numpen: {row['error']}" for row in rows[3:]]
    assert sorted(kept(tmp_path / "my own").values()) == [3, 3, 3]
    assert set(rows[0]["kept"][0]) == {"digit", "read", "confidence", "file"}


def test_a_page_is_paired_with_its_text(tmp_path: Path, page: numpen.Page) -> None:
    right = page.text.replace("\n", " | ")[:-1] + "8"
    done = run("correct", PAGE, "--is", right, cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == f"{PAGE}: 25 digits kept in mine, 1 of them not read right\n"
    frames = [(digit.frame.tobytes(), digit.digit) for line in page.lines for digit in line.digits]
    assert kept(tmp_path / "mine") == dict([*frames[:-1], (frames[-1][0], 8)])


def test_what_is_no_digit_is_left_out(tmp_path: Path, page: numpen.Page) -> None:
    right = "?" + page.text.replace("\n", "|")[1:]
    run("correct", PAGE, "--is", right, cwd=tmp_path)
    assert page.lines[0].digits[0].frame.tobytes() not in kept(tmp_path / "mine")
    assert len(kept(tmp_path / "mine")) == 24


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((PAGE, "--is", "64193796|5230|12307468|0755"), "found in line 2 of"),
        ((PAGE, "--is", "64193796|52306"), "as many lines as were found"),
        ((PAGE, "--is", "sixty"), "expected digits with | between lines"),
        ((PAGE, "--is", ""), "expected digits with | between lines"),
        ((PAGE, PAGE, "--is", "12"), "expected one page with --is, got 2 pictures"),
        (("7",), "expected pictures and one digit"),
        (("7", PAGE, "3"), "expected pictures and one digit"),
        (("-",), "expected DIGIT or --is TEXT with -"),
        ((SEVEN, "7", "--into", PAGE), "which is a file"),
        ((SEVEN, "7", "--into", PICTURES), "with folders 0 to 9 and nothing else"),
        ((SEVEN, "7", "--model", "none.numpen"), "none.numpen"),
        (("missing.png", "7"), "missing.png"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_kept(tmp_path: Path, words: tuple[str | Path, ...], said: str) -> None:
    done = run("correct", *words, cwd=tmp_path)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2 and line.startswith("numpen: ") and said in line and done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_the_answers_of_a_list_are_for_one_picture_each(tmp_path: Path) -> None:
    single = PICTURES / "single" / "mhw32"
    names = [single / "3_1.png", single / "0_1.png", single / "2_1.png", single / "7_1.png"]
    done = run("correct", *names, stdin=b"8\n45\n\nquit\n", cwd=tmp_path)
    assert done.returncode == 2 and "got 2 in 45" in done.stderr  # which is no answer for the second
    assert [line.split(": ")[1].split(",")[0] for line in done.stdout.splitlines()] == ["8", "2"]
    assert sorted(kept(tmp_path / "mine").values()) == [2, 8]


def test_a_person_at_a_terminal_is_asked_until_it_fits(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    here, there = pty.openpty()
    command = [sys.executable, "-W", "error", "-c", START, "correct", str(SEVEN)]
    process = subprocess.Popen(command, stdin=there, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    os.write(here, b"77\n7\n")
    said = process.communicate(timeout=60)
    os.close(here)
    os.close(there)
    assert process.returncode == 0 and said[0].startswith(f"{SEVEN}: 7, ".encode())
    assert said[1].count(b"What is it?") == 2 and b"got 2 in 77" in said[1]
    assert list(kept(tmp_path / "mine").values()) == [7]


def test_standard_input_and_a_model_of_ones_own(tmp_path: Path) -> None:
    numpen.Reader().model.save(tmp_path / "own.numpen")
    done = run("correct", "7", "-", "--model", "own.numpen", stdin=SEVEN.read_bytes(), cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("-: 7, read as 7")


def test_frames_are_what_training_reads(tmp_path: Path) -> None:
    run("correct", SEVEN, "7", cwd=tmp_path)
    (path,) = (tmp_path / "mine").rglob("*.png")
    from numpen.cli.source import frame

    (image,) = load_source(str(tmp_path / "mine"), "train", None, frame).images
    assert np.array_equal(image, np.asarray(Image.open(path)))
