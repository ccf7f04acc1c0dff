"""What goes wrong in training, noticed in the numbers of a run, explained, and answered with a change to try."""

from collections.abc import Sequence
from typing import Any

Moment = dict[str, Any]

ENOUGH = 40  # steps before anything is said about how it goes


def troubles(recipe: dict[str, Any], moments: Sequence[Moment]) -> list[dict[str, Any]]:
    """What is to be said about a run so far: title, words, and the fields of the recipe to change."""
    told = [moment for moment in moments if moment["loss"] is not None]
    if not told or told[-1]["step"] < ENOUGH:
        return []
    found = (_too_fast(recipe, told), _stuck(recipe, told), _dead(recipe, told), _overfitting(recipe, told))
    return [each for each in found if each]


def diverged(recipe: dict[str, Any]) -> dict[str, Any]:
    """What is to be said about a run whose loss left the finite numbers."""
    rate = recipe["learning_rate"]
    return _said(
        "The loss ran away",
        f"A step of length {rate:g} overshot so far that the numbers ended. Smaller steps go downhill.",
        learning_rate=_nice(rate / 10),
    )


def _too_fast(recipe: dict[str, Any], told: Sequence[Moment]) -> dict[str, Any] | None:
    first, now = told[0]["loss"], sum(moment["loss"] for moment in told[-5:]) / len(told[-5:])
    if now <= 1.3 * first and now <= 3.5:
        return None
    rate = told[-1]["rate"]
    words = f"The loss is {now:.2f} and was {first:.2f} at the start: steps of length {rate:.3g} jump over the valley."
    return _said("The learning rate is too high", words, learning_rate=_nice(recipe["learning_rate"] / 10))


def _stuck(recipe: dict[str, Any], told: Sequence[Moment]) -> dict[str, Any] | None:
    last = told[-1]
    if last["step"] < last["steps_an_epoch"] / 2 or max(moment["accuracy"] for moment in told[-8:]) > 0.2:
        return None
    rate, words = recipe["learning_rate"], f"After {last['step']:,} steps {100 * last['accuracy']:.0f} % are right; "
    words += "guessing gets 10 %. "
    if _dead(recipe, told):
        words += "Most of its units are dead, which steps that are too long bring about."
        return _said("It is stuck", words, activation="leaky-relu", learning_rate=_nice(rate / 10))
    if last["rate"] < 0.01 and recipe["optimizer"] not in ("adam", "adamw", "rmsprop"):
        return _said("It is stuck", words + "Its steps are too short.", learning_rate=_nice(rate * 10))
    words += "Its steps are too long, or its first weights too large."
    return _said("It is stuck", words, learning_rate=_nice(rate / 10), weights="glorot")


def _dead(recipe: dict[str, Any], told: Sequence[Moment]) -> dict[str, Any] | None:
    for number, layer in enumerate(told[-1]["dead"], 1):
        if layer["dead"] > 0.4 * layer["units"]:
            words = (
                f"{layer['dead']} of the {layer['units']} units of hidden layer {number} say 0 to every picture, and "
                "so learn nothing any more. Steps that were too long threw them there; a leaky ReLU lets them back."
            )
            return _said("Dead units", words, activation="leaky-relu", learning_rate=_nice(recipe["learning_rate"] / 3))
    return None


def _overfitting(recipe: dict[str, Any], told: Sequence[Moment]) -> dict[str, Any] | None:
    epochs = [moment for moment in told if moment["ended"]]
    if len(epochs) < 3:
        return None
    best = min(epochs, key=lambda moment: moment["held_loss"])
    now = epochs[-1]
    if now["held_loss"] < 1.25 * best["held_loss"] + 0.005 or now["loss"] > 0.8 * best["loss"]:
        return None
    words = (
        f"On the pictures it learns from the loss still falls ({now['loss']:.4f}); on pictures it has not seen it was "
        f"best after epoch {best['epoch']} and rises since ({best['held_loss']:.3f} to {now['held_loss']:.3f}): it "
        "learns by heart. Hold the weights back, or stop earlier."
    )
    return _said("Overfitting", words, l2=max(0.0005, 2 * recipe["l2"]), epochs=max(best["epoch"], 1))


def _said(title: str, words: str, **change: Any) -> dict[str, Any]:
    return {"title": title, "words": words, "change": change}


def _nice(rate: float) -> float:
    return float(f"{rate:.2g}")
