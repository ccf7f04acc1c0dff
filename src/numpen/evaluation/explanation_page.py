"""An explanation as one page of HTML."""

from collections.abc import Iterable

import numpy as np

from numpen.evaluation.cards import Card, Check, Numbers, Sum, figures
from numpen.evaluation.explanation import Explanation
from numpen.evaluation.page import Html, bar, document, element, joined, picture, table, tiles
from numpen.evaluation.painting import grey, layout, painted

HEADINGS = {"forward": "The way up", "loss": "How wrong it is", "backward": "The way back", "update": "What it learns"}
MOST_PICTURES = 40  # of a matrix's columns


def explanation_page(explanation: Explanation, name: str) -> bytes:
    """The page for a picture that is called `name`."""
    parts: list[Html] = []
    for part, heading in HEADINGS.items():
        cards = [_card(card) for card in explanation.cards if card.part == part]
        if cards:
            parts += [element("h2", heading), *cards]
    title = f"Why {'an' if explanation.answer == 8 else 'a'} {explanation.answer}?"
    return document(f"{title} {name}", _top(explanation, title, name), *parts)


def _top(explanation: Explanation, title: str, name: str) -> Html:
    why, outputs = explanation.attribution, explanation.outputs
    said = float(outputs[explanation.answer])
    right = "right" if explanation.answer == explanation.truth else "wrong"
    seen = element(
        "figure",
        picture(grey(explanation.picture), f"The picture: {name}", 160),
        element("figcaption", "what the network was given"),
    )
    parts = element(
        "figure",
        picture(painted(why.pixels), f"Which pixels speak for {why.digit} and against {why.other}", 160),
        element("figcaption", f"orange speaks for {why.digit}, blue for {why.other}"),
    )
    facts = tiles(
        [
            ("answer", str(explanation.answer), f"output {said:.4f}"),
            (
                "truth",
                str(explanation.truth),
                f"the answer is {right}" if explanation.truth_is_known else "taken for it",
            ),
            ("loss", figures(explanation.loss), "on this picture"),
            ("after one step", figures(explanation.loss_after), f"learning rate {explanation.learning_rate:g}"),
        ]
    )
    words = f"{name}, followed through every layer and back, in float64. Where numbers are drawn, orange is above zero "
    lead = element("p", words + "and blue below.", class_="lead")
    bars = element("div", _outputs(explanation), class_="card")
    head = element("div", element("h1", title), lead, element("div", seen, parts, class_="blocks"), class_="grow")
    return joined([element("div", head, element("div", bars, class_="grow"), class_="top"), facts])


def _outputs(explanation: Explanation) -> Html:
    top = max(float(np.abs(explanation.outputs).max()), np.finfo(np.float64).tiny)
    rows = [
        (str(digit), figures(float(score)), bar(abs(float(out)) / top, f"{out:.4f}", "warm" if out < 0 else ""))
        for digit, (score, out) in enumerate(zip(explanation.scores, explanation.outputs, strict=True))
    ]
    return table(["digit", "score", "output"], rows, "wide")


def _card(card: Card) -> Html:
    blocks = [*map(_numbers, card.numbers), *map(_sum, card.sums)]
    return element(
        "section",
        element("h3", card.title),
        *(element("p", formula, class_="formula") for formula in card.formulas),
        element("p", card.meaning),
        *([_facts(card.facts)] if card.facts else []),
        *([element("div", *blocks, class_="blocks")] if blocks else []),
        *([_checks(card.checks)] if card.checks else []),
        class_="card long",
    )


def _facts(facts: dict[str, float]) -> Html:
    return tiles((name, figures(value), "") for name, value in facts.items())


def _numbers(numbers: Numbers) -> Html:
    title = element("h4", f"{numbers.symbol}, {numbers.words} ({' × '.join(map(str, numbers.array.shape))})")
    if numbers.whole:
        rows = [(f"{numbers.symbol}{list(i)}", figures(float(value))) for i, value in np.ndenumerate(numbers.array)]
        return element("div", title, table(["", "value"], rows, "numbers"))
    count, sheet = len(layout(numbers.array)), painted(numbers.array, MOST_PICTURES)
    if numbers.ink:
        sheet = grey(layout(255 * numbers.array / max(numbers.array.max(), 1e-12))[0].astype(np.uint8))
    words = [element("figcaption", f"the first {MOST_PICTURES} of {count} pictures")] if count > MOST_PICTURES else []
    shown = element(
        "figure",
        picture(sheet, f"{numbers.symbol} as a picture", 210 if sheet.shape[0] > 20 else min(8 * sheet.shape[1], 180)),
        *words,
    )
    rows = [(f"{numbers.symbol}{list(index)}", figures(value)) for index, value in numbers.strongest()]
    strongest = table(["the ten strongest", "value"], rows, "numbers") if rows else element("p", "all zero")
    return element("div", title, shown, strongest, class_="stack")


def _sum(taken_apart: Sum) -> Html:
    title = element("h4", f"{taken_apart.symbol}, taken apart")
    return element("div", title, table(["product", "of", "value"], taken_apart.rows(), "numbers", last=True))


def _checks(checks: Iterable[Check]) -> Html:
    rows = [(*check.row(), f"{abs(check.gradient - check.difference):.0e}") for check in checks]
    title = element("h4", "The strongest gradients, and the slopes that a tiny step shows")
    heads = ["derivative", "product of", "by the rule", "by finite differences", "apart"]
    return element("div", title, table(heads, rows, "numbers"), style="margin-top: 18px")
