"""Whatever is sent, the answer is a reading or one line."""

import pytest

import numpen
from numpen.errors import PictureError
from tests.long import hostile_pictures
from tests.reading.hostile import absurd, made, mutated


def outcome(reader: numpen.Reader, content: bytes) -> str | None:
    """What is wrong with the picture, or None; both ways of reading must agree on that."""
    said: list[str | None] = []
    for ask in (reader.read, reader.read_page):
        try:
            ask(content)
            said.append(None)
        except PictureError as error:
            said.append(str(error))
    assert said[0] == said[1]
    return said[0]


@pytest.mark.parametrize("name", list(made()))
def test_pictures_made_to_do_harm(name: str) -> None:
    said = outcome(numpen.Reader(), made()[name])
    readable = "one line", "one column", "animation", "bomb that keeps its word"
    assert said is None if name in readable else said is not None
    assert said is None or (said.startswith("expected") and "\n" not in said)


def test_damaged_pictures() -> None:
    reader = numpen.Reader()
    outcomes = [outcome(reader, content) for _, content in mutated(120, 1)]
    assert None in outcomes and any(outcomes)


@pytest.mark.parametrize("name", list(absurd()))
def test_what_stands_beside_the_pixels_does_no_harm(name: str) -> None:
    said = outcome(numpen.Reader(), absurd()[name])
    assert said is None or (said.startswith("expected") and "\n" not in said)
    assert (said is None) == ("is a bomb" not in name and name != "EXIF that is noise")


def test_a_process_of_its_own_says_what_each_took() -> None:
    reader, _ = hostile_pictures.ready()
    outcomes = [hostile_pictures.outcome(reader, 0, *each) for each in hostile_pictures.all_of(60, 7)]
    assert [each.fault for each in outcomes if each.fault] == []
    assert 5 < sum(not each.said for each in outcomes) < 55
