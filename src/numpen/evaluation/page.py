"""A page of HTML that stands alone: no script, nothing fetched, light and dark, on a phone and on paper.

`element` escapes every string that is not markup already, so that no file name and no label can become markup.
"""

import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from numpen.evaluation.painting import Sheet, as_data_uri
from numpen.version import __version__

STYLE = Path(__file__).with_name("page.css")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # what a browser may do: nothing but show it
VOID = frozenset(("img", "meta"))


class Html(str):
    """Text that is markup already."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: Any) -> Html:
    """An element; `class_` and `http_equiv` stand for the attributes that Python cannot spell."""
    marks = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{marks}/>")
    return Html(f"<{name}{marks}>{joined(children)}</{name}>")


def joined(children: Iterable[str]) -> Html:
    """Markup and plain strings one after the other, the plain ones escaped."""
    return Html("".join(child if isinstance(child, Html) else html.escape(child) for child in children))


def document(title: str, *body: str) -> bytes:
    """The whole page."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Html(STYLE.read_text("utf-8"))),
    )
    footer = element("footer", f"Made by numpen {__version__}. This page loads nothing and runs nothing.")
    main = element("main", *body)
    return f"<!DOCTYPE html>\n{element('html', head, element('body', main, footer), lang='en')}\n".encode()


def picture(sheet: Sheet, words: str, width: int, class_: str = "pixels") -> Html:
    """A sheet of colours, so many CSS pixels wide at most, with words for those who cannot see it."""
    height, across, _ = sheet.shape
    ratio = f"aspect-ratio: {across} / {height}; width: {width}px"
    return element("img", src=as_data_uri(sheet), alt=words, class_=class_, style=ratio)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], class_: str | None = None, last: bool = False) -> Html:
    """A table whose first column names the row; with `last`, the last row is the sum of the others."""
    body = [element("tr", element("th", row[0], scope="row"), *(cell(each) for each in row[1:])) for row in rows]
    foot = [element("tfoot", body.pop())] if last else []
    heads = element("tr", *(element("th", name, scope="col") for name in head))
    whole = element("table", element("thead", heads), element("tbody", *body), *foot, class_=class_)
    return element("div", whole, class_="scroll")


def cell(content: str) -> Html:
    """A cell of a table; what is a cell already stays one."""
    return content if isinstance(content, Html) and content.startswith("<td") else element("td", content)


def bar(share: float, words: str, class_: str = "") -> Html:
    """A cell with words over a bar that is as long as the share, 0 to 1."""
    width = f"calc({share:.4f} * (100% - 8px))"  # the longest ends as far from the right as all begin from the left
    fill = element("span", class_=f"bar {class_}".strip(), style=f"width: {width}")
    return element("td", element("span", words, class_="words"), fill, class_="with-bar")


def tiles(facts: Iterable[tuple[str, str, str]]) -> Html:
    """The figures that matter most: (name, figure, what it means)."""
    return element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", figure), element("dd", note, class_="note"))
            for name, figure, note in facts
        ),
        class_="tiles",
    )
