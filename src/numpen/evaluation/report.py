"""A model's evaluation as one page of HTML that stands alone."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from numpen.digits.dataset import Dataset
from numpen.digits.label_review import review_of
from numpen.evaluation.charts import history_chart, reliability_chart
from numpen.evaluation.metrics import Evaluation, Mistake, Reliability, judge, mistakes, reliability, wilson_interval
from numpen.evaluation.page import Html, bar, document, element, joined, picture, table, tiles
from numpen.evaluation.painting import grey, weights
from numpen.models.model import Model
from numpen.nn.arrays import Array

MOST_MISTAKES, MOST_UNITS = 100, 100


def report(model: Model, dataset: Dataset, probabilities: Array, name: str) -> bytes:
    """The page for a model called `name` that gave these probabilities (N, 10) to the pictures of the dataset.

    Raises OutputError without matplotlib.
    """
    evaluation = judge(probabilities, dataset.labels)
    calibration = reliability(probabilities, dataset.labels)
    wrong = mistakes(probabilities, dataset.labels)
    sections = [
        _top(model, dataset, evaluation, calibration, name),
        element("h2", "Right and wrong"),
        _columns([_digits(evaluation), _confusion(evaluation)]),
        element("h2", "How sure it is"),
        _columns([_calibration(calibration), _bins(calibration)]),
        _learning(model.card),
        _mistakes(wrong, dataset),
        _first_layer(model),
        _card(model),
    ]
    return document(f"{name}, evaluated on {dataset.source}", *sections)


def _top(model: Model, dataset: Dataset, evaluation: Evaluation, calibration: Reliability, name: str) -> Html:
    low, high = wilson_interval(evaluation.right, evaluation.count)
    layers = " · ".join(str(each) for spec in model.network.specs() for each in [_layer(spec)])
    lead = f"{layers}; {model.network.theta.size:,} parameters, on {evaluation.count:,} pictures of {dataset.source}"
    spread = f"95 % between {100 * low:.2f} and {100 * high:.2f}"
    error = f"mean gap between sure and right, {100 * calibration.expected_calibration_error:.2f} %"
    return joined(
        [
            element("h1", f"How well {name} reads"),
            element("p", lead, class_="lead"),
            tiles(
                [
                    ("accuracy", f"{100 * evaluation.accuracy:.2f} %", spread),
                    ("mistakes", f"{evaluation.count - evaluation.right:,}", f"of {evaluation.count:,} pictures"),
                    ("mean loss", f"{evaluation.mean_loss:.4f}", "cross-entropy, in nats"),
                    ("calibration error", f"{calibration.expected_calibration_error:.4f}", error),
                ]
            ),
        ]
    )


def _layer(spec: dict[str, Any]) -> str:
    return " ".join(str(value) for value in spec.values())


def _digits(evaluation: Evaluation) -> Html:
    digits = evaluation.as_dict()["per_digit"]
    worst = max(max(each["error_rate"] for each in digits), 1e-9)
    largest = max(max(each["share_of_errors"] for each in digits), 1e-9)
    rows = [
        (
            str(each["digit"]),
            f"{each['count']:,}",
            str(each["errors"]),
            bar(each["error_rate"] / worst, f"{100 * each['error_rate']:.2f} %"),
            bar(each["share_of_errors"] / largest, f"{100 * each['share_of_errors']:.2f} %", "warm"),
        )
        for each in digits
    ]
    note = "The error rate is a digit's mistakes among its own pictures; its share is its part in all mistakes."
    heads = ["digit", "pictures", "errors", "error rate", "share of all errors"]
    return _titled("Each digit", note, table(heads, rows, "wide"))


def _confusion(evaluation: Evaluation) -> Html:
    counts = evaluation.confusion
    most = max(int((counts - np.diag(np.diag(counts))).max()), 1)
    rows = [(str(t), *(_confusion_cell(t, a, int(n), most) for a, n in enumerate(row))) for t, row in enumerate(counts)]
    note = "A row for what it is, a column for what was read; right answers lie on the diagonal."
    heads = ["", *map(str, range(10))]
    return _titled("What is taken for what", note, table(heads, rows, "confusion"))


def _confusion_cell(truth: int, answer: int, count: int, most: int) -> Html:
    words = f"{count} pictures of {truth} read as {answer}"
    if truth == answer:
        return element("td", str(count), class_="right", title=words)
    if not count:
        return element("td", "·", class_="none", title=words)
    return element("td", str(count), class_="wrong", title=words, style=f"--share: {15 + 45 * count / most:.0f}%")


def _calibration(found: Reliability) -> Html:
    note = (
        "Of the answers that were so sure, how many are right? A well-calibrated model is on the dashed line; the "
        f"numbers count the answers. Expected calibration error: {found.expected_calibration_error:.4f}."
    )
    return _titled("How sure, how right", note, reliability_chart(found))


def _bins(found: Reliability) -> Html:
    rows = [
        (f"{low:.1f} to {high:.1f}", f"{count:,}", f"{100 * sure:.2f} %", f"{100 * right:.2f} %")
        for low, high, count, sure, right in zip(
            found.edges, found.edges[1:], found.counts, found.confidence, found.accuracy, strict=False
        )
        if count
    ]
    note = "The same in figures: mean confidence and share of right answers among those that were so sure."
    return _titled("In figures", note, table(["confidence", "answers", "mean", "right"], rows, "wide"))


def _learning(card: dict[str, Any]) -> Html:
    epochs, losses, accuracies = _history(card)
    if not (epochs and losses):
        return Html("")
    note = "The loss while the weights were changing (blue)"
    note += ", the accuracy on held-out pictures (orange)." if accuracies else "."
    return _section("How it learned", note, element("div", history_chart(epochs, losses, accuracies), class_="half"))


def _history(card: dict[str, Any]) -> tuple[list[float], list[float], list[float]]:
    """The epochs with their losses and held-out accuracies, if the model's card has a history of that form."""
    epochs = card.get("history")
    if not isinstance(epochs, list) or not all(isinstance(each, dict) for each in epochs):
        return [], [], []
    columns = [[each.get(key) for each in epochs] for key in ("epoch", "train_loss", "validation_accuracy")]
    numbers, losses, accuracies = (
        list(map(float, column)) if all(map(_is_number, column)) else [] for column in columns
    )
    return numbers, losses, accuracies


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _mistakes(wrong: Sequence[Mistake], dataset: Dataset) -> Html:
    if not wrong:
        return _section("The mistakes", "There are none.")
    shown = wrong[:MOST_MISTAKES]
    figures = [_mistake(each, dataset) for each in shown]
    doubtful = sum(mark.doubtful for each in shown if (mark := review_of(dataset.images[each.index])))
    which = f"The {len(shown)} most confident" if len(shown) < len(wrong) else "All"
    note = f"{which} of {len(wrong):,} mistakes, the most confident first. "
    if doubtful:
        note += f"{doubtful} have a label that most of five people did not confirm: there, the truth is doubtful. "
        note += "Labels that were asked about and stood are marked as confirmed."
    return _section("The mistakes", note, element("div", *figures, class_="gallery"), long=True)


def _mistake(mistake: Mistake, dataset: Dataset) -> Html:
    image, said = dataset.images[mistake.index], f"{mistake.truth} read as {mistake.answer}"
    review = review_of(image)
    caption = [
        said,
        element("span", f"{100 * mistake.confidence:.2f} % sure", class_="small"),
        element("span", f"picture {mistake.index}", class_="small"),
    ]
    if review:
        words = "doubtful" if review.doubtful else "confirmed"
        caption.append(element("span", words, class_="doubt" if review.doubtful else "small", title=review.verdict))
    return element(
        "figure",
        picture(grey(image), f"Picture {mistake.index}: {said}" + (f"; {review.verdict}" if review else ""), 84),
        element("figcaption", *caption),
        class_="doubtful" if review and review.doubtful else None,
    )


def _first_layer(model: Model) -> Html:
    units = model.first_layer()
    shown = units[:MOST_UNITS]
    sheet = weights(shown, 20)
    note = f"The weights of {len(shown)} of {len(units)} units as pictures, each to its own scale: orange ink speaks "
    note += "for a unit, blue against it."
    return _section("What the first layer looks for", note, picture(sheet, note, 1074, "pixels wide"))


def _card(model: Model) -> Html:
    rows = [(key, value) for key, value in _flat(model.card, "") if key != "history"]
    return _section("The model's card", "", table(["", ""], rows, "facts")) if rows else Html("")


def _flat(value: Any, key: str) -> list[tuple[str, str]]:
    """A card's values with their keys, those inside others joined by dots."""
    if isinstance(value, dict):
        return [pair for name, each in value.items() for pair in _flat(each, f"{key}.{name}".lstrip("."))]
    return [] if key.startswith("history") else [(key, str(value))]


def _section(title: str, note: str, *content: Html, long: bool = False) -> Html:
    words = [element("p", note, class_="note")] if note else []
    return joined([element("h2", title), element("div", *words, *content, class_="card long" if long else "card")])


def _titled(title: str, note: str, content: Html) -> Html:
    return element("div", element("h3", title), element("p", note, class_="note"), content, class_="card")


def _columns(cards: Sequence[Html]) -> Html:
    return element("div", *cards, class_="columns")
