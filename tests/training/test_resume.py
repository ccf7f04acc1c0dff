"""A run that is gone on with ends as the one that was never interrupted: the same bits, wherever it was cut."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.errors import DivergenceError
from numpen.models.committee import Committee
from numpen.training.checkpoint import Checkpoint
from numpen.training.recipe import Recipe
from numpen.training.state import State
from numpen.training.trainer import Epoch, Progress, Record, Trainer, until_enough

STEPS_AN_EPOCH, EPOCHS = 8, 4  # 120 pictures, 100 with some held out: of 16, the last batch is short
STEPS = STEPS_AN_EPOCH * EPOCHS
EDGES = [step for epoch in range(1, EPOCHS + 1) for step in (8 * epoch - 1, 8 * epoch, 8 * epoch + 1)]
CUTS = sorted({0, 1, 2, 4, 11, 13, 19, 22, 29, *EDGES} - {STEPS + 1})
assert len(CUTS) == 20

OPTIMIZERS = ("gradient-descent", "momentum", "adam")
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropout": {"dropout": 0.3},
    "augmentation": {"distortions": "shift(2) rotate(12) scale(0.1) thickness(0.5) noise(0.1) cutout(8)"},
    "averaging": {"average": 0.9},
    "normalisation": {"batch_normalization": True, "average": 0.9, "halves": True},
    "halves": {"halves": True, "dropout": 0.2, "distortions": "shift(2) blur(0.5)"},
    "the best": {"validation": 20, "validation_split": "random", "keep_best": True, "patience": 2, "average": 0.5},
    "all": {"dropout": 0.1, "distortions": "shear(0.2)", "average": 0.9, "l1": 1e-4, "clip": 1.0, "halves": True},
}


@cache
def pictures(count: int) -> Dataset:
    return load_mnist("train").take(np.arange(count) * 400)


def recipe(optimizer: str, variant: str) -> Recipe:
    values: dict[str, Any] = {"layers": "784-8-10", "batch_size": 16, "epochs": EPOCHS, "learning_rate": 0.01}
    return Recipe(optimizer=optimizer, **values | VARIANTS[variant])


def data_for(variant: str) -> Dataset:
    return pictures(140 if variant == "the best" else 120)


def with_all_its_states(trainer: Trainer) -> dict[int, list[Checkpoint]]:
    """Run to the end; the checkpoints at every rest, by the steps that were taken."""
    found: dict[int, list[Checkpoint]] = {0: [Checkpoint.of(trainer)]}
    trainer.at_a_time = 1
    trainer.at_rest = lambda: found.setdefault(trainer.optimizer.steps, []).append(Checkpoint.of(trainer))
    list(until_enough(trainer))
    return found


def same_end(one: Trainer, two: Trainer) -> bool:
    """Whether everything there is to know of two runs is the same, to the bit, but for the time they took."""
    first, second = State.of(one), State.of(two)
    for state in (first, second):
        state.numbers["position"]["seconds"] = 0.0
        state.arrays["history"] = state.arrays["history"][:, :2]
    arrays = [{name: array.tobytes() for name, array in state.arrays.items()} for state in (first, second)]
    return first.numbers == second.numbers and arrays[0] == arrays[1]


def as_kept(checkpoint: Checkpoint) -> Checkpoint:
    return Checkpoint.from_bytes(checkpoint.to_bytes(), "it")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_wherever_it_is_cut_it_ends_with_the_same_bits(optimizer: str, variant: str) -> None:
    data, whole = data_for(variant), Trainer(recipe(optimizer, variant), data_for(variant))
    found = with_all_its_states(whole)
    assert max(found) == whole.optimizer.steps >= 3 * STEPS_AN_EPOCH
    assert whole.optimizer.steps == STEPS or variant == "the best"
    assert all(np.isfinite(whole.network.theta))
    for cut in CUTS:
        for checkpoint in found.get(cut, []):  # two at the end of an epoch: before and after its record
            again = as_kept(checkpoint).resume(data)
            list(until_enough(again))
            assert same_end(whole, again), f"cut at step {cut}"


@pytest.mark.parametrize("halves", [False, True])
def test_a_pupil_goes_on_with_who_it_would_have_asked(halves: bool) -> None:
    plain, data = recipe("adam", "plain").changed(halves=halves), data_for("plain")
    teacher = Committee([Trainer(plain.changed(seed=seed), data).model for seed in (1, 2, 3)], reach=1)
    whole = Trainer(plain, data, teacher)
    found = with_all_its_states(whole)
    for cut in (0, 3, STEPS_AN_EPOCH, 21):
        again = as_kept(found[cut][-1]).resume(data, teacher)
        list(until_enough(again))
        assert same_end(again, whole), cut


def test_the_comparison_sees_a_single_bit() -> None:
    one, two = (Trainer(recipe("adam", "dropout"), pictures(120)) for _ in range(2))
    assert same_end(one, two)
    two.generators()[0].random()
    assert not same_end(one, two)
    one.generators()[0].random()
    two.network.theta.view(np.uint32)[7] ^= 1
    assert not same_end(one, two)


def told(trainer: Trainer) -> list[Record]:
    return list(until_enough(trainer))


@pytest.mark.parametrize("at_a_time", [1, 3])
def test_the_records_of_both_parts_are_those_of_the_whole(at_a_time: int) -> None:
    values: dict[str, Any] = {"layers": "784-8-10", "batch_size": 1, "epochs": 2, "learning_rate": 0.01}
    data = pictures(150)  # groups of three steps
    whole = told(Trainer(Recipe(**values), data))
    for cut in (1, 2, 3, 149, 150, 151, 299):
        first, parts = Trainer(Recipe(**values), data), list[Record]()
        parts += until(first, cut, at_a_time)
        parts += told(Checkpoint.of(first).resume(data))
        assert without_time(parts) == without_time(whole)


def until(trainer: Trainer, step: int, at_a_time: int = 1) -> list[Record]:
    """Run until at least so many steps are taken; the records."""
    records: list[Record] = []
    trainer.at_a_time = at_a_time

    def stop() -> None:
        if trainer.optimizer.steps >= step:
            raise InterruptedError

    trainer.at_rest = stop
    with pytest.raises(InterruptedError):
        for record in until_enough(trainer):
            records.append(record)  # noqa: PERF402  (those that came before the interruption)
    return records


def without_time(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    return [
        (each.epoch, each.train_loss, each.validation_accuracy)
        if isinstance(each, Epoch)
        else (each.epoch, each.step, each.steps, each.loss, each.learning_rate)
        for each in records
        if isinstance(each, Epoch | Progress)
    ]


@pytest.mark.parametrize("variant", ["all", "the best"])
def test_a_chain_of_five_resumes_ends_with_the_same_bits(variant: str) -> None:
    data, values = data_for(variant), recipe("adam", variant).changed(patience=0, distortions="elastic(34,4)")
    whole, part = Trainer(values, data), Trainer(values, data)
    list(until_enough(whole))
    for cut in (3, 8, 9, 20, 31):
        until(part, cut)
        part = as_kept(Checkpoint.of(part)).resume(data)
    list(until_enough(part))
    assert same_end(whole, part)


def test_what_a_run_would_keep_if_it_ended_now() -> None:
    trainer = Trainer(recipe("adam", "averaging"), pictures(120))
    until(trainer, 5)
    assert trainer.average is not None
    assert np.array_equal(trainer.model_so_far().network.theta, trainer.average.mean)
    assert not np.array_equal(trainer.model_so_far().network.theta, trainer.network.theta)
    best = Trainer(recipe("adam", "the best"), pictures(140))
    until(best, 20)
    assert best.best is not None
    assert np.array_equal(best.model_so_far().network.theta, best.best)


def test_a_run_that_has_had_enough_does_not_begin_again() -> None:
    data, values = pictures(140), recipe("adam", "the best").changed(patience=1, learning_rate=1e-9, epochs=9)
    whole, last = Trainer(values, data), list[Checkpoint]()
    for record in until_enough(whole):
        last += [Checkpoint.of(whole)] if isinstance(record, Epoch) else []
    assert len(last) == 2  # nothing is learnt: the second epoch is no better
    again = last[-1].resume(data)
    assert told(again) == []
    assert same_end(whole, again)


def test_the_last_good_weights_are_those_from_before_the_cut() -> None:
    # the weights grow with every step until their squares leave float32, and no later loss is as good as the first
    values: dict[str, Any] = {"layers": "784-8-10", "batch_size": 1, "epochs": 2, "learning_rate": 10.0, "l2": 1.0}
    data = pictures(150)
    part = Trainer(Recipe(**values, schedule="constant", optimizer="gradient-descent"), data)
    until(part, 8)
    good = part.last_good
    good += 0.25  # so that they are not the first weights, which any trainer of this seed has
    again = Checkpoint.of(part).resume(data)
    with pytest.raises(DivergenceError):
        told(again)
    assert np.array_equal(again.network.theta, good)
