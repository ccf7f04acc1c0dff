"""Every example in the README and the docs runs, and prints what the text says it prints.

Numbers are compared as numbers of the same form, not by value: seconds differ from run to run, and the
last digits of an accuracy from machine to machine.
"""

import os
import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.process import run

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a page: (language, text)."""
    return [(match[1], match[2]) for match in BLOCK.finditer(page.read_text("utf-8"))]


def form(text: str) -> str:
    """The text without the values of its numbers that have a fraction."""
    return re.sub(r"\d+\.\d+", "#", text.strip())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which the examples find the pictures they name."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_print_what_the_page_says(page: Path, folder: Path) -> None:
    for language, text in blocks(page):
        if language != "console":
            continue
        for session in text.split("$ ")[1:]:
            command, _, expected = session.partition("\n")
            if command.startswith("numpen "):
                done = run(*shlex.split(command)[1:], cwd=folder)
                assert form(done.stdout + done.stderr) == form(expected), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_programs_print_what_the_page_says(page: Path, folder: Path) -> None:
    for (language, program), (following, expected) in pairwise([*blocks(page), ("", "")]):
        if language != "python":
            continue
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            capture_output=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stderr == ""
        assert form(done.stdout) == form(expected if following == "text" else "")


def test_the_examples_are_found() -> None:
    languages = [language for page in PAGES for language, _ in blocks(page)]
    assert languages.count("python") >= 2 and languages.count("console") >= 4


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
