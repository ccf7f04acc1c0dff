"""What is said about a run that goes wrong, and that nothing is said about one that goes well."""

from typing import Any

from numpen.lab.trouble import Watch, diverged, troubles
from numpen.training.recipe import load_recipe

FAST = load_recipe("fast").as_dict()


def run(losses: list[float], accuracies: list[float], **values: Any) -> list[dict[str, Any]]:
    """Moments, one every 50 steps, an epoch every four of them."""
    return [
        {"step": 50 * i, "steps": 1000, "steps_an_epoch": 200, "epoch": 1 + i // 4, "loss": loss, "accuracy": accuracy}
        | {"held_loss": loss, "rate": 0.1, "lost": [{"units": 100, "dead": 3, "stuck": 2}], "ended": i % 4 == 3}
        | values
        for i, (loss, accuracy) in enumerate(zip(losses, accuracies, strict=True), 1)
    ]


def titles(moments: list[dict[str, Any]]) -> list[str]:
    return [each["title"] for each in troubles(FAST, moments)]


def test_nothing_is_said_about_a_good_run() -> None:
    losses = [2.3 / (1 + i) for i in range(16)]
    assert titles(run(losses, [0.5 + 0.03 * i for i in range(16)])) == []
    assert titles([]) == []


def test_a_rate_that_is_too_high_is_told_with_a_lower_one() -> None:
    (said,) = troubles(FAST, run([2.3, 5, 9, 20], [0.3] * 4))
    assert said["title"] == "The learning rate is too high"
    assert said["change"] == {"learning_rate": FAST["learning_rate"] / 10}
    assert "9.07, and was 2.30 at the start" in said["words"]
    (said,) = troubles(FAST, run([4000, 30, 20, *[10.0] * 5], [0.3] * 8))
    assert "10.00, which is more than guessing costs" in said["words"]


def test_ten_per_cent_for_half_an_epoch_is_being_stuck() -> None:
    assert titles(run([2.3] * 6, [0.1] * 6)) == ["It is stuck"]


def test_dead_units_are_told() -> None:
    assert titles(run([1.0] * 6, [0.6] * 6, lost=[{"units": 100, "dead": 60, "stuck": 0}])) == ["Dead units"]


def test_saturated_units_are_told_unless_it_goes_well() -> None:
    stuck = [{"units": 30, "dead": 0, "stuck": 25}]
    assert titles(run([1.0] * 6, [0.6] * 6, lost=stuck)) == ["Saturated units"]
    assert titles(run([0.1] * 6, [0.95] * 6, lost=stuck)) == []


def test_learning_by_heart_is_told() -> None:
    moments = run([1 / (1 + i) for i in range(16)], [0.95] * 16)
    for i, moment in enumerate(moments):
        moment["held_loss"] = 0.1 + 0.02 * max(0, i - 4)
    (said,) = troubles(FAST, moments)
    assert said["title"] == "Overfitting"
    assert said["change"]["l2"] > 0


def test_a_trouble_is_said_when_it_lasts_and_until_it_has_been_away() -> None:
    watch, said = Watch(FAST), []
    losses = [1.0, 9, 1, 9, 1, 9, 9, 9, 9, 1, 1, 1, 9, 1, 1, 1, 1, 1, 1, 1]  # its mean over five moments counts
    moments = run(losses, [0.5] * len(losses))
    for count in range(1, len(moments) + 1):
        watch.look(moments[:count])
        said.append(len(watch.said))
    comes, goes = said.index(1), len(said) - said[::-1].index(1)
    assert said == [0] * comes + [1] * (goes - comes) + [0] * (len(said) - goes)  # once, without a flicker
    raw = [bool(titles(moments[:count])) for count in range(1, len(moments) + 1)]
    assert comes == raw.index(True) + 2
    assert len(said) - goes >= 1 and goes > len(raw) - raw[::-1].index(True)


def test_a_loss_that_ran_away_is_told() -> None:
    assert diverged(FAST)["change"]["learning_rate"] < FAST["learning_rate"]
