"""`numpen search` as a person runs it: what it prints and writes, how it is stopped, and what it refuses."""

import json
import random
import re
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest

from numpen.training.recipe import load_recipe
from tests.cli.process import run
from tests.long.search_kills import command, ended, prepare, survive
from tests.long.signals import begun


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a thousand pictures and a tiny space."""
    prepare(tmp_path)
    return tmp_path


def running(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    """A search of which a few trials have ended."""
    process = begun(command(500, 2, *more), folder)
    while len(ended(folder / "search.journal")) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    return process


def test_it_prints_and_writes_what_it_found_and_the_recipe_trains_to_the_same_figure(folder: Path) -> None:
    done = run(*command(12, 1, "--report", "report.html"), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("space tiny: 12 trials, judged on 166 held-out pictures\ntrial  0  base  ")
    number, figure = re.findall(r"^trial +(\d+)  \S.*?  (\d+\.\d\d %)", done.stdout.partition("the best")[2], re.M)[0]
    assert f"wrote trial {number} to best.toml" in done.stdout
    line = "numpen train --recipe best.toml --data few.npz --no-save"
    assert line in done.stdout
    trained = run(*line.split()[1:], cwd=folder)
    assert trained.returncode == 0
    assert re.findall(r"validation (\S+ %)", trained.stdout)[-1] == figure
    page = (folder / "report.html").read_text("utf-8")
    assert page.count("<svg") == 3 and all(word in page for word in ("What matters", "Learning curves", figure))
    assert load_recipe(str(folder / "best.toml")).summary.startswith(f"trial {number} of a search of tiny: {figure}")

    again = run(*command(12, 1, "--json"), cwd=folder)  # all trials have ended: they are told once more
    told = json.loads(again.stdout)
    assert again.stderr == "" and told["best"] == told["chosen"] == int(number)
    assert [trial["number"] for trial in told["trials"]] == list(range(12))
    keys = {"number", "base", "accuracy", "state", "rungs", "seconds", "curve", "parameters", "trouble", "recipe"}
    assert all(trial.keys() == keys for trial in told["trials"])
    fewer = run(*command(5, 1), cwd=folder)  # than there are: none is lost
    assert fewer.stdout.startswith("space tiny: 12 trials, 12 of them earlier, judged on ")


def test_with_two_objectives_it_prints_the_front_the_most_accurate_first(folder: Path) -> None:
    done = run(*command(8, 1, "--objective", "accuracy,size"), cwd=folder)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.partition("the front")[2]
    pairs = [
        (float(accuracy), int(size.replace(",", "")))
        for accuracy, size in re.findall(r"^trial +\d+  complete +(\S+) % +(\S+) parameters", shown, re.M)
    ]
    assert pairs and pairs == sorted(pairs, reverse=True)
    assert all(more[1] > fewer[1] for more, fewer in pairwise(pairs)), "one that is beaten is shown"


def test_killed_at_random_it_loses_nothing_and_counts_nothing_twice(tmp_path: Path) -> None:
    for workers, kills in ((1, 2), (2, 1)):
        (folder := tmp_path / str(workers)).mkdir()
        survive(folder, 8, workers, kills, random.Random(workers))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_it_in_a_line_and_it_goes_on(folder: Path, number: signal.Signals) -> None:
    process = running(folder)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1].decode()
    before = ended(folder / "search.journal")
    assert process.returncode == 128 + number
    goes_on = "trials are in search.journal: the same command goes on"
    assert said == f"numpen: interrupted; {len(before)} of 500 {goes_on}\n"
    assert b'"state":0' not in (folder / "search.journal").read_bytes().splitlines()[-1]
    count = len(before) + 2
    done = run(*command(count, 2), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert before.items() <= ended(folder / "search.journal").items()


def test_a_second_search_of_one_journal_is_refused(folder: Path) -> None:
    process = running(folder)
    second = run(*command(500, 1), cwd=folder)
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == (
        "numpen: expected search.journal to be free, got one that another search writes: wait, or stop it\n"
    )
    process.kill()
    process.communicate()


@pytest.mark.parametrize(
    "options, words",
    [
        (("--space", "none"), "expected a space that ships (conv, mlp, small) or a TOML file, got none"),
        (("--hold-out", "5000"), "expected between 1 and 999 pictures to hold out, got 5000"),
        (("--by", "writers"), "expected a dataset that knows its writers, got few.npz"),
        (("--study", "few.npz"), "expected the journal of a search, got few.npz"),
        (("--cluster", "tcp://127.0.0.1:9"), "expected --workers of this machine or --cluster, got both"),
        (("--out", "nowhere/best.toml"), "expected a folder to write nowhere/best.toml in"),
    ],
)
def test_a_mistake_is_a_line(folder: Path, options: tuple[str, ...], words: str) -> None:
    before = (folder / "few.npz").read_bytes()
    done = run(*command(3, 1, *options), cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and len(done.stderr.splitlines()) == 1
    assert (folder / "few.npz").read_bytes() == before and not (folder / "best.toml").exists()
