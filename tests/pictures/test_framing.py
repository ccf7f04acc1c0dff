"""The frame is MNIST's: its own digits, blown up and framed again, come out as they were."""

import numpy as np
import pytest
from PIL import Image

from numpen.digits.mnist import load_mnist
from numpen.pictures.framing import Ink, centre, crop, shrink


def test_mnist_s_own_pictures_come_out_as_they_were() -> None:
    images = load_mnist("test").images[:300]
    differences = []
    for image in images:
        blown_up = Image.fromarray(image).resize((280, 280), Image.Resampling.NEAREST)
        large: Ink = np.asarray(blown_up, np.float32) / np.float32(255)
        differences.append(np.abs(centre(shrink(crop(large))).astype(int) - image).mean())
    # in grey levels, over all 784 pixels: nearly all are exact, a few are a pixel off the middle
    assert np.median(differences) < 0.5 and np.mean(differences) < 6


@pytest.mark.parametrize("shape", [(7, 3), (400, 100), (100, 400), (1, 50), (20, 20), (21, 3)])
def test_the_longer_side_becomes_20_and_the_aspect_stays(shape: tuple[int, int]) -> None:
    box = shrink(np.ones(shape, np.float32))
    assert max(box.shape) == 20
    assert box.shape[0] / box.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.2) or 1 in box.shape
    assert box.min() >= 0 and box.max() <= 1


def test_the_centre_of_mass_is_in_the_middle() -> None:
    box: Ink = np.zeros((20, 12), np.float32)
    box[8:, :5] = 1  # heavy at the bottom left
    box[0, 11] = 1
    frame = centre(box).astype(float)
    rows, columns = np.indices(frame.shape)
    assert (frame * rows).sum() / frame.sum() == pytest.approx(14, abs=0.5)
    assert (frame * columns).sum() / frame.sum() == pytest.approx(14, abs=0.5)


def test_nothing_is_cut_off_however_lopsided() -> None:
    box: Ink = np.zeros((20, 20), np.float32)
    box[0, 0] = box[19, 0] = 0.5
    box[19, 10:] = 1
    assert centre(box).sum() == np.rint(box * 255).sum()


def test_no_ink_is_an_empty_crop() -> None:
    assert crop(np.zeros((9, 9), np.float32)).shape == (0, 0)
