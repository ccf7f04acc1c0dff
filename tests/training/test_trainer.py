"""A run follows its recipe step by step, tells what happens as it happens, and ends with the weights it promises."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.evaluation.metrics import evaluate
from numpen.models import modelfile
from numpen.models.model import Model
from numpen.training.recipe import Recipe, load_recipe
from numpen.training.trainer import Epoch, Progress, Record, Trainer, train
from numpen.version import __version__


def small(**values: Any) -> Recipe:
    """A recipe that takes a fraction of a second on a thousand pictures."""
    first: dict[str, Any] = {"layers": "784-20-10", "batch_size": 64, "epochs": 2, "learning_rate": 0.1}
    return Recipe(**first | values)


def bytes_of(model: Model) -> bytes:
    return modelfile.to_bytes(model.network, model.pixel_divisor, model.card)


class TestTheSeed:
    """It decides everything that is random."""

    values: dict[str, Any] = {"dropout": 0.2, "biases": "uniform(0.1)", "validation": 100}  # noqa: RUF012  (not changed)

    def test_the_same_seed_gives_the_same_bytes(self, few: Dataset) -> None:
        one, two = (train(small(seed=3, **self.values), few) for _ in range(2))
        assert bytes_of(one) == bytes_of(two)

    def test_another_seed_gives_others(self, few: Dataset) -> None:
        one, two = (train(small(seed=seed, **self.values), few) for seed in (3, 4))
        assert np.mean(one.network.theta != two.network.theta) > 0.99

    def test_it_decides_the_order_the_mask_and_the_pictures_held_out(self, few: Dataset) -> None:
        one, two = (Trainer(small(seed=seed, **self.values), few) for seed in (3, 4))
        assert one.held_out is not None
        assert two.held_out is not None
        assert one.held_out.checksum != two.held_out.checksum
        assert not np.array_equal(one.rng.permutation(900), two.rng.permutation(900))


class TestTheRecords:
    @pytest.mark.parametrize(("batch_size", "batches", "groups"), [(64, 16, 16), (7, 143, 48), (1000, 1, 1)])
    def test_progress_is_told_within_an_epoch_and_an_epoch_at_its_end(
        self, few: Dataset, batch_size: int, batches: int, groups: int
    ) -> None:
        records = list(Trainer(small(batch_size=batch_size, epochs=3), few).run())
        assert len(records) == 3 * (groups + 1)
        for epoch in (1, 2, 3):
            *within, last = records[(epoch - 1) * (groups + 1) : epoch * (groups + 1)]
            assert isinstance(last, Epoch)
            steps = [each.step for each in within if isinstance(each, Progress)]
            assert len(steps) == groups
            assert steps[-1] == epoch * batches
            assert steps == sorted(set(steps))
            assert {each.epoch for each in records if each in (*within, last)} == {epoch}
        assert {each.steps for each in records if isinstance(each, Progress)} == {3 * batches}

    def test_an_epochs_loss_is_the_mean_over_its_pictures(self, few: Dataset) -> None:
        *within, last = Trainer(small(batch_size=300, epochs=1), few).run()
        losses = [each.loss for each in within if isinstance(each, Progress)]
        assert isinstance(last, Epoch)
        assert last.train_loss == pytest.approx(np.average(losses, weights=[300, 300, 300, 100]))

    def test_the_first_loss_is_that_of_the_first_weights_with_their_penalty(self, few: Dataset) -> None:
        trainer = Trainer(small(batch_size=0, epochs=1, l2=0.1, l1=0.01), few)
        w = trainer.network.weights[0].astype(np.float64)
        expected = evaluate(trainer.model, few).mean_loss + 0.05 * np.sum(w**2) + 0.01 * np.sum(np.abs(w))
        first = next(trainer.run())
        assert isinstance(first, Progress)
        assert first.loss == pytest.approx(expected, rel=1e-4)

    def test_the_learning_rate_told_is_the_one_taken(self, few: Dataset) -> None:
        recipe = small(schedule="step", decay_epochs=2, decay=0.1, epochs=4, batch_size=500)
        records = [each for each in Trainer(recipe, few).run() if isinstance(each, Progress)]
        assert [each.learning_rate for each in records] == pytest.approx([0.1] * 4 + [0.01] * 4)

    def test_validation_is_told_if_there_is_any(self, few: Dataset) -> None:
        records: list[Record] = []
        model = train(small(validation=200, validation_split="random"), few, records.append)
        epochs = [each for each in records if isinstance(each, Epoch)]
        held_out = few.split(200, "random", seed=0)[1]
        assert epochs[-1].validation_accuracy == np.mean(model.predict(held_out.images) == held_out.labels)
        assert all(each.validation_accuracy is None for each in Trainer(small(), few).run() if isinstance(each, Epoch))

    def test_time_goes_on(self, few: Dataset) -> None:
        seconds = [each.seconds for each in Trainer(small(epochs=3), few).run() if isinstance(each, Epoch)]
        assert 0 <= seconds[0] <= seconds[1] <= seconds[2]


class TestThePictures:
    @staticmethod
    def orders(recipe: Recipe, dataset: Dataset) -> list[list[int]]:
        """The rows of each epoch, in the order in which the network saw them."""
        trainer, rows = Trainer(recipe, dataset), list[int]()
        learn = trainer.learner.learn

        def watched(batch: NDArray[Any]) -> float:
            rows.extend(batch.tolist())
            return learn(batch)

        trainer.learner.learn = watched  # type: ignore[method-assign, assignment]
        assert list(trainer.run())
        n = len(dataset)
        return [rows[start : start + n] for start in range(0, len(rows), n)]

    def test_every_epoch_has_all_of_them_in_another_order(self, few: Dataset) -> None:
        one, two = self.orders(small(), few)
        assert sorted(one) == sorted(two) == list(range(1000))
        assert one != two
        assert one != sorted(one)

    def test_they_come_in_the_files_order_if_they_are_not_to_be_shuffled(self, few: Dataset) -> None:
        assert self.orders(small(shuffle=False), few) == [list(range(1000))] * 2

    def test_no_hand_is_both_learnt_from_and_validated_on(self, mnist: Dataset) -> None:
        some = mnist.take(slice(0, 5000))
        assert some.writers is not None
        trainer = Trainer(small(validation=1000), some)
        assert trainer.held_out is not None
        writer_of = dict(zip((image.tobytes() for image in some.images), some.writers.tolist(), strict=True))
        learnt_from = {writer_of[pixels.tobytes()] for pixels in trainer.batches.pixels}
        validated_on = {writer_of[image.tobytes()] for image in trainer.held_out.images}
        assert not learnt_from & validated_on
        assert learnt_from | validated_on == set(some.writers.tolist())

    def test_all_at_once_is_a_step_an_epoch(self, few: Dataset) -> None:
        trainer = Trainer(small(batch_size=0, epochs=5, learning_rate=0.5), few)
        losses = [each.loss for each in trainer.run() if isinstance(each, Progress)]
        assert len(losses) == 5
        assert losses[-1] < losses[0]

    def test_online_is_a_step_a_picture(self, few: Dataset) -> None:
        recipe = small(batch_size=1, epochs=1, optimizer="gradient-descent", schedule="constant", learning_rate=0.02)
        trainer = Trainer(recipe, few)
        assert [each.step for each in trainer.run() if isinstance(each, Progress)][-1] == 1000
        assert evaluate(trainer.model, few).accuracy > 0.7

    def test_more_to_hold_out_than_there_are_is_refused(self, few: Dataset) -> None:
        with pytest.raises(DataError, match="pictures to hold out"):
            train(small(validation=1000), few)


def test_the_card_says_where_the_model_comes_from(few: Dataset) -> None:
    recipe = small(pixel_divisor=256.0)
    model = train(recipe, few)
    assert model.pixel_divisor == 256
    assert Recipe(**model.card["recipe"]) == recipe
    assert model.card["data"] == {"source": "mnist:train", "count": 1000, "sha256": few.checksum}
    assert model.card["versions"] == {"numpen": __version__, "numpy": np.__version__}


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [
        ("gradient-descent", 0.5),
        ("momentum", 0.2),
        ("nesterov", 0.2),
        ("rmsprop", 0.003),
        ("adam", 0.01),
        ("adamw", 0.01),
    ],
)
def test_every_optimizer_learns(few: Dataset, optimizer: str, rate: float) -> None:
    model = train(small(optimizer=optimizer, learning_rate=rate, epochs=8), few)
    assert evaluate(model, few).accuracy > 0.85


@pytest.mark.parametrize(
    ("activation", "output", "loss"),
    [
        ("sigmoid", "softmax", "cross-entropy"),
        ("tanh", "softmax", "half-squares"),
        ("relu", "sigmoid", "cross-entropy"),
        ("leaky-relu", "sigmoid", "sum-of-squares"),
        ("elu", "softmax", "mean-squares"),
    ],
)
def test_every_activation_and_every_loss_learns(few: Dataset, activation: str, output: str, loss: str) -> None:
    recipe = small(activation=activation, output=output, loss=loss, learning_rate=0.2, epochs=12)
    assert evaluate(train(recipe, few), few).accuracy > 0.85


def test_the_default_recipe_reads_mnist(mnist: Dataset, mnist_test: Dataset) -> None:
    assert evaluate(train(load_recipe("fast"), mnist), mnist_test).accuracy > 0.975
