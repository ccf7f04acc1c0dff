"""What goes wrong in training, noticed in the numbers of a run, explained, and answered with a change to try."""

from collections.abc import Sequence
from typing import Any

Moment = dict[str, Any]

ENOUGH = 40  # steps before anything is said about how it goes
LASTING = 3  # looks one after the other until a trouble is said
GONE = 0.5  # epochs without a trouble until it is said no more


class Watch:
    """What is said about one run: a trouble that lasts, until it has been away for a good while."""

    def __init__(self, recipe: dict[str, Any]) -> None:
        self.recipe, self.said = recipe, list[dict[str, Any]]()
        self.since: dict[str, int] = {}  # looks that a trouble has been there for, by its title
        self.last: dict[str, int] = {}  # the step at which a trouble was last there

    def look(self, moments: Sequence[Moment]) -> None:
        """Take in another moment, the last of these."""
        now = {each["title"]: each for each in troubles(self.recipe, moments)}
        step, patience = moments[-1]["step"], GONE * moments[-1]["steps_an_epoch"]
        self.since = {title: self.since.get(title, 0) + 1 for title in now}
        self.last |= dict.fromkeys(now, step)
        stays = [now.get(each["title"], each) for each in self.said if step - self.last[each["title"]] <= patience]
        known = {each["title"] for each in stays}
        fresh = [each for title, each in now.items() if title not in known and self.since[title] >= LASTING]
        self.said = stays + fresh


def troubles(recipe: dict[str, Any], moments: Sequence[Moment]) -> list[dict[str, Any]]:
    """What is to be said about a run so far: title, words, and the fields of the recipe to change."""
    told = [moment for moment in moments if moment["loss"] is not None]
    if not told or told[-1]["step"] < ENOUGH:
        return []
    looks = (_too_fast, _stuck, _dead, _saturated, _overfitting)
    return [found for look in looks if (found := look(recipe, told))]


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
    before = f"and was {first:.2f} at the start" if now > first else "which is more than guessing costs"
    words = f"The loss is {now:.2f}, {before}: steps of length {rate:.3g} jump over the valley."
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
    for number, layer in enumerate(told[-1]["lost"], 1):
        if layer["dead"] > 0.4 * layer["units"]:
            words = (
                f"{layer['dead']} of the {layer['units']} units of hidden layer {number} say 0 to every picture, and "
                "so learn nothing any more. Steps that were too long threw them there; a leaky ReLU lets them back."
            )
            return _said("Dead units", words, activation="leaky-relu", learning_rate=_nice(recipe["learning_rate"] / 3))
    return None


def _saturated(recipe: dict[str, Any], told: Sequence[Moment]) -> dict[str, Any] | None:
    last = told[-1]
    if last["step"] < last["steps_an_epoch"] / 2 or last["accuracy"] > 0.9:  # a network that is sure may well be
        return None
    for number, layer in enumerate(last["lost"], 1):
        if layer["stuck"] > 0.5 * layer["units"]:
            words = (
                f"{layer['stuck']} of the {layer['units']} units of hidden layer {number} say nearly their least or "
                "most to nearly every picture. There a sigmoid or tanh is flat, and almost no gradient comes through. "
                "Smaller first weights keep sums where it is steep."
            )
            return _said("Saturated units", words, weights="glorot", learning_rate=_nice(recipe["learning_rate"] / 3))
    return None


def _overfitting(recipe: dict[str, Any], told: Sequence[Moment]) -> dict[str, Any] | None:
    epochs = [moment for moment in told if moment["ended"] and moment["held_loss"] is not None]
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
