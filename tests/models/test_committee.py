"""A committee's answer is the mean of its members', over every shift; its pupil learns that answer."""

import numpy as np
import pytest
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.errors import DataError
from numpen.models.committee import Committee, distorted_looks, shifted
from numpen.models.model import Model
from numpen.nn.activations import Softmax
from numpen.nn.arrays import Array
from numpen.training.recipe import Recipe
from numpen.training.trainer import Trainer, train
from tests.models.test_model import model_of


def test_the_answer_is_the_mean_of_the_members_answers(few: Dataset) -> None:
    members = [model_of(Softmax(), seed) for seed in range(3)]
    mean = np.mean([member.probabilities(few.images) for member in members], axis=0)
    committee = Committee(members)
    np.testing.assert_allclose(committee.probabilities(few.images), mean, rtol=1e-5)
    np.testing.assert_array_equal(committee.predict(few.images), mean.argmax(axis=1))


@pytest.mark.parametrize("reach", [1, 2])
def test_it_looks_at_every_shift(few: Dataset, reach: int) -> None:
    model = model_of(Softmax())
    sides = range(-reach, reach + 1)
    each = [model.probabilities(shifted(few.images, down, right)) for down in sides for right in sides]
    np.testing.assert_allclose(Committee([model], reach).probabilities(few.images), np.mean(each, axis=0), rtol=1e-5)


def test_it_looks_at_distorted_pictures(few: Dataset) -> None:
    model = model_of(Softmax())
    seen = list(distorted_looks(few.images, 5))
    each = [model.probabilities(look) for look in seen]
    np.testing.assert_allclose(
        Committee([model], distorted=5).probabilities(few.images), np.mean(each, axis=0), rtol=1e-5
    )
    # each look is another, near the picture, and the same for it in any company
    assert len({look.tobytes() for look in seen}) == 5
    drawn = few.images > 0
    assert all(((look > 0) & drawn).sum() > 0.7 * drawn.sum() for look in seen)
    for alone, together in zip(distorted_looks(few.images[70:71], 5), seen, strict=True):
        np.testing.assert_array_equal(alone[0], together[70])


def test_a_shift_moves_and_leaves_blank() -> None:
    picture = np.arange(1, 26, dtype=np.uint8).reshape(1, 5, 5)
    moved = shifted(picture, 1, -2)[0]
    np.testing.assert_array_equal(moved[1:, :3], picture[0, :4, 2:])
    assert not moved[0].any()
    assert not moved[:, 3:].any()
    np.testing.assert_array_equal(shifted(picture, 0, 0), picture)


@pytest.mark.parametrize(("members", "reach"), [(0, 0), (1, -1), (1, 4)])
def test_one_that_cannot_be_is_refused(members: int, reach: int) -> None:
    with pytest.raises(DataError, match="expected a model or more and shifts of 0 to 3"):
        Committee([model_of(Softmax())] * members, reach)


@pytest.mark.parametrize(("reach", "distorted"), [(1, 5), (0, -1)])
def test_looks_of_two_kinds_are_refused(reach: int, distorted: int) -> None:
    with pytest.raises(DataError, match="expected looks that are shifted or distorted"):
        Committee([model_of(Softmax())], reach, distorted)


def test_a_copy_has_buffers_of_its_own(few: Dataset) -> None:
    model = model_of(Softmax())
    copy = model.copy()
    before = copy.probabilities(few.images)
    model.network.theta[:] = 0
    np.testing.assert_array_equal(copy.probabilities(few.images), before)


class Contrary(Model):
    """A teacher who is sure that every digit is the next one."""

    def copy(self) -> Model:
        return self

    def probabilities(self, images: NDArray[np.uint8]) -> Array:
        return np.roll(super().probabilities(images), 1, axis=1)


def test_the_mean_of_many_opinions_is_that_of_the_committee(few: Dataset) -> None:
    rng, images = np.random.default_rng(0), few.images[:20]
    committee = Committee([train(Recipe(layers="784-20-10", seed=seed, epochs=1), few) for seed in range(2)], reach=1)
    opinions = [committee.opinion(images, rng) for _ in range(2000)]
    assert len({opinion.tobytes() for opinion in opinions}) == 2 * 9
    np.testing.assert_allclose(np.mean(opinions, axis=0), committee.probabilities(images), atol=0.02)


@pytest.mark.parametrize("halves", [False, True])
def test_a_pupil_learns_the_answers_and_not_the_labels(few: Dataset, halves: bool) -> None:
    recipe = Recipe(layers="784-30-10", learning_rate=0.3, batch_size=50, epochs=8, halves=halves)
    right = train(recipe, few)
    teacher = Committee([Contrary(right.network)])
    pupil = train(recipe, few, teacher=teacher)
    assert np.mean(pupil.predict(few.images) == (few.labels + 1) % 10) > 0.9


def test_a_pupil_is_asked_about_what_it_is_shown(few: Dataset) -> None:
    recipe = Recipe(layers="784-30-10", batch_size=50, distortions="shift(3)")
    model = model_of(Softmax())
    trainer = Trainer(recipe, few, Committee([model]))
    seen = []

    def watched(images: NDArray[np.uint8], rng: np.random.Generator) -> Array:
        seen.append(images)
        return model.probabilities(images)

    trainer.learner.teacher.opinion = watched  # type: ignore[attr-defined]
    trainer.learner.learn(np.arange(50))
    np.testing.assert_allclose(seen[0].reshape(50, -1), trainer.batches.x * 255, atol=0.5001)
    assert not np.array_equal(seen[0], few.images[:50])
