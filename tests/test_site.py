"""The documentation site is complete: every command with an example, every public name, every page in its place."""

import re
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

import numpen
from numpen.cli.main import cli

DOCS = Path(__file__).parents[1] / "docs"
CHAPTERS = sorted((DOCS / "chapters").glob("*.md"))


def commands(group: click.Group, path: str = "numpen") -> list[tuple[str, click.Command]]:
    """Every command with all that is typed to get to it."""
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        found.append((f"{path} {name}", command))
        if isinstance(command, click.Group):
            found += commands(command, f"{path} {name}")
    return found


@pytest.mark.parametrize("path, command", commands(cli))
def test_the_help_of_every_command_has_an_example(path: str, command: click.Command) -> None:
    text = command.get_help(click.Context(command, info_name=path))
    _, _, examples = text.partition("Example")
    assert re.search(rf"\b{path}\b", examples), path


def test_the_reference_has_every_public_name_and_no_other() -> None:
    page = (DOCS / "reference" / "library.md").read_text("utf-8")
    described = re.findall(r"^\.\. (?:autofunction|autoclass|autoexception|data):: (\w+)", page, re.MULTILINE)
    assert sorted(described) == sorted(numpen.__all__)


def test_ten_chapters_each_with_a_program_a_picture_and_lines_of_the_code() -> None:
    assert [chapter.name[:2] for chapter in CHAPTERS] == [f"{n:02}" for n in range(1, 11)]
    for chapter in CHAPTERS:
        text = chapter.read_text("utf-8")
        assert "\n```python\n" in text and "\n```text\n" in text, chapter.name
        assert re.search(r"^!\[.{20,}\]\(\.\./pictures/", text, re.MULTILINE), chapter.name
        assert "```{literalinclude} ../../src/numpen/nn/" in text, chapter.name


def test_the_included_lines_are_there() -> None:
    """What Sphinx would warn of, without Sphinx: files and the classes or functions in them."""
    for chapter in CHAPTERS:
        for file, options in re.findall(
            r"^```\{literalinclude\} (\S+)\n(.*?)^```", chapter.read_text("utf-8"), re.MULTILINE | re.DOTALL
        ):
            source = (chapter.parent / file).read_text("utf-8")
            for name in re.findall(r":pyobject: (\S+)", options):
                for part in name.split("."):
                    assert re.search(rf"^\s*(?:class|def) {part}\b", source, re.MULTILINE), f"{chapter.name}: {name}"


def test_the_charts_and_sheets_are_pictures() -> None:
    for chapter in CHAPTERS:
        for name in re.findall(r"\]\(\.\./pictures/([^)]+)\)", chapter.read_text("utf-8")):
            path = DOCS / "pictures" / name
            if path.suffix == ".svg":
                assert path.read_text("utf-8").count("<path") > 3, name
            else:
                assert np.ptp(np.asarray(Image.open(path).convert("L"))) > 100, name
