"""Python, the page and the page that is taken home: the same preparation, the same answers."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from numpen.digits.dataset import Dataset
from numpen.lab import door, take_home, weights
from numpen.models import modelfile
from numpen.models.model import Model
from numpen.nn.convolution import Convolution, Flatten, MaxPooling, Unflatten
from numpen.nn.initializers import initializer
from numpen.nn.layers import Dense
from numpen.nn.network import LAYERS, Network
from numpen.reading.answers import LOOK_AGAIN
from numpen.reading.digitness import NO_DIGIT, Digitness
from numpen.reading.digitness import SHIPPED as DIGITNESS
from numpen.reading.reader import SHIPPED, Reader, frame, prepare
from tests.lab.conftest import Served
from tests.lab.hand import FOUR, SEVEN, answer, draw

PICTURES = sorted((Path(__file__).parents[1] / "pictures" / "single").rglob("*.png"))
TO_BYTES = "const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));"


def coded(array: NDArray[Any]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def frames_in_the_browser(page: Page, inks: list[NDArray[np.float32]]) -> NDArray[np.int64]:
    """What framing.js makes of inks, (N, 784)."""
    given = [[coded(ink), ink.shape[1], ink.shape[0]] for ink in inks]
    script = f"""async (inks) => {{ {TO_BYTES}
      const {{ prepare }} = await import("/static/framing.js");
      return inks.map(([text, width, height]) =>
        Array.from(prepare({{ data: new Float32Array(bytes(text).buffer), width, height }}).frame)); }}"""
    return np.array(page.evaluate(script, given))


def test_seventy_real_pictures_are_framed_as_python_frames_them(page: Page, lab: Served) -> None:
    page.goto(lab.address)
    inks = [np.ascontiguousarray(prepare(path)["ink"], np.float32) for path in PICTURES]
    assert len(inks) == 70
    ours = np.array([frame(ink).reshape(-1) for ink in inks]).astype(int)
    assert np.abs(frames_in_the_browser(page, inks) - ours).max() <= 1


def test_shapes_of_all_sizes_are_framed_as_python_frames_them(page: Page, lab: Served) -> None:
    page.goto(lab.address)
    rng, inks = np.random.default_rng(0), []
    for height, width in [(1, 1), (3, 17), (20, 20), (20, 8), (21, 9), (40, 40), (57, 113), (300, 6), (336, 336)]:
        soft = np.round(rng.random((height, width)) * 255) / 255
        inks += [np.ones((height, width), np.float32), soft.astype(np.float32)]
        inks.append(((soft + soft[::-1]) / 2).astype(np.float32))  # symmetrical: its middle lies between two pixels
    ours = np.array([frame(ink).reshape(-1) for ink in inks]).astype(int)
    assert np.abs(frames_in_the_browser(page, inks) - ours).max() <= 1


def test_drawn_strokes_are_framed_as_python_frames_them(page: Page, lab: Served) -> None:
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    drawn = page.evaluate(
        """async (all) => {
          const { Board } = await import("/static/board.js"), { inkOf, prepare } = await import("/static/framing.js");
          const board = new Board(() => {});
          return all.map(([brush, strokes]) => {
            board.brush = brush;
            board.setStrokes(strokes.map((stroke) => stroke.flat()));
            const ink = board.ink();
            return [Array.from(ink), Array.from(prepare(inkOf(ink, 336, 336)).frame)];
          });
        }""",
        [[brush, strokes] for brush in (10, 26, 48) for strokes in (SEVEN, FOUR, [[(30, 40), (31, 41)]])],
    )
    for ink, framed in drawn:
        board = np.array(ink, np.uint8).reshape(336, 336).astype(np.float32) / np.float32(255)
        assert np.abs(np.array(framed) - frame(board).reshape(-1).astype(int)).max() <= 1


def taken_home(page: Page, model: Model, folder: Path, kind: str | None) -> None:
    path = folder / "page.html"
    path.write_bytes(take_home.page(model, kind))
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.wait_for_selector(".drawing")


def answers_of_the_file(page: Page, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    script = f"""(text) => {{ {TO_BYTES}
      const all = bytes(text), answers = [];
      for (let i = 0; i < all.length; i += 784) {{
        answers.push(Array.from(numpen.network.probabilities(all.subarray(i, i + 784))));
      }}
      return answers; }}"""
    return np.array(page.evaluate(script, coded(images)))


def every_layer() -> Model:
    rng = np.random.default_rng(1)
    layers = [Unflatten(28, 28), Convolution(1, 6, 5, 2, 1), LAYERS["elu"](), MaxPooling(2), Convolution(6, 8, 3)]
    layers += [LAYERS["leaky-relu"](), Flatten(), Dense(8 * 4 * 4, 20), LAYERS["tanh"](), Dense(20, 20)]
    network = Network([*layers, LAYERS["relu"](), Dense(20, 10), LAYERS["sigmoid"]()])
    network.initialize(initializer("he"), initializer("normal(0.3)"), rng)
    return Model(network, 200.0)


def with_real_ones(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Test pictures, and the seventy real ones as the network sees them."""
    return np.concatenate([images, [prepare(path)["frame"] for path in PICTURES]])


def test_the_page_answers_as_python_does(page: Page, lab: Served, mnist_test: Dataset) -> None:
    page.goto(lab.address)
    images = with_real_ones(mnist_test.images[:1000])
    script = f"""async (text) => {{ {TO_BYTES}
      const {{ Network }} = await import("/static/network.js");
      const {{ getJson, getNumbers }} = await import("/static/wire.js");
      const model = "/api/models/model", numbers = await getNumbers(`${{model}}/weights`);
      const network = new Network(await getJson(model), numbers);
      const all = bytes(text), answers = [];
      for (let i = 0; i < all.length; i += 784) {{
        const frame = all.subarray(i, i + 784), once = network.probabilities(frame);
        answers.push([Array.from(once), Array.from(network.considered(frame, once, {LOOK_AGAIN}))]);
      }}
      return answers; }}"""
    there = np.array(page.evaluate(script, coded(images)))
    assert there.shape == (1070, 2, 10)
    one_look, as_read = Model.load(SHIPPED).probabilities(images), Reader().judge(images)[0]
    assert 10 < (one_look != as_read).any(axis=1).sum() < 200  # of which one look leaves a doubt
    for said, here in ((there[:, 0], one_look), (there[:, 1], as_read)):
        assert np.abs(said - here).max() < 1e-4
        assert np.array_equal(said.argmax(axis=1), here.argmax(axis=1))


def test_the_page_doubts_as_python_does(page: Page, lab: Served, mnist_test: Dataset) -> None:
    page.goto(lab.address)
    images = with_real_ones(mnist_test.images[:500])
    images[::3] = np.minimum(images[::3], images[1::3][: len(images[::3])])  # what is left of a digit is often none
    script = f"""async (text) => {{ {TO_BYTES}
      const {{ Network }} = await import("/static/network.js");
      const {{ getJson, getNumbers }} = await import("/static/wire.js");
      const network = new Network(await getJson("/api/doubt"), await getNumbers("/api/doubt/weights"));
      const {{ limits }} = await getJson("/api/lab"), all = bytes(text), answers = [];
      for (let i = 0; i < all.length; i += 784) {{
        const frame = all.subarray(i, i + 784);
        answers.push([false, true].map((closely) => network.digitness(frame, limits, closely)));
      }}
      return answers; }}"""
    there = np.array(page.evaluate(script, coded(images))).T
    one_look, _, _ = modelfile.load(DIGITNESS)
    once = 1 - one_look.predict(images.reshape(-1, 784).astype(np.float32) / np.float32(255))[:, NO_DIGIT]
    here = Digitness()(images)
    assert ((once < 0.1) & (here > 0.5)).any() and (here < 0.1).any() and (here > 0.99).any()
    np.testing.assert_allclose(there, [once, here], atol=1e-4)


@pytest.mark.parametrize("model", [Model.load(SHIPPED), every_layer()], ids=["shipped", "every layer"])
def test_floats_taken_home_answer_as_python_does(page: Page, mnist_test: Dataset, tmp_path: Path, model: Model) -> None:
    images = with_real_ones(mnist_test.images[:1000])
    taken_home(page, model, tmp_path, "float32")
    there, here = answers_of_the_file(page, images), model.probabilities(images)
    assert np.abs(there - here).max() < 1e-4
    assert np.array_equal(there.argmax(axis=1), here.argmax(axis=1))


def test_bytes_taken_home_give_the_same_answers(page: Page, mnist_test: Dataset, tmp_path: Path) -> None:
    model = Model.load(SHIPPED)
    taken_home(page, model, tmp_path, None)
    assert (tmp_path / "page.html").stat().st_size < 1_500_000
    images = with_real_ones(mnist_test.images)
    same = answers_of_the_file(page, images).argmax(axis=1) == model.predict(images)
    assert same.mean() >= 0.999
    said = int(same[:10_000].sum())
    assert f"{said:,} of 10,000" in page.locator("#footer").inner_text()


def test_half_floats_taken_home_unpack_to_what_numpy_makes_of_them(page: Page, tmp_path: Path) -> None:
    model = every_layer()
    taken_home(page, model, tmp_path, "float16")
    unpacked = page.evaluate(
        "numpen.network.tensors.flatMap((own) => Object.values(own).map((all) => Array.from(all)))"
    )
    packed = take_home.pack(model.network, "float16").network
    for there, tensor in zip(unpacked, weights.tensors(packed), strict=True):
        assert np.array_equal(np.array(there, np.float32), tensor.reshape(-1))


def test_the_file_and_numpy_read_what_is_drawn_alike(page: Page, tmp_path: Path) -> None:
    taken_home(page, Model.load(SHIPPED), tmp_path, "float32")
    draw(page, SEVEN)
    answer(page, "7")
    ink, said = page.evaluate("[Array.from(numpen.board.ink()), Array.from(numpen.reading.probabilities)]")
    ours = door.answer_board(Reader(), bytes(ink))
    assert ours["digit"] == 7
    assert np.abs(np.array(said) - ours["probabilities"]).max() < 1e-4
    digitness = page.evaluate("numpen.reading.digitness")
    assert abs(digitness - ours["digitness"]) < 0.01  # half floats say what is no digit
