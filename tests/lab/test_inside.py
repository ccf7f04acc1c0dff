"""The Inside room: a unit is looked at, taken apart, switched off and moved; the trained network stays as it is."""

import re
import subprocess
import sys
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from numpen.digits.dataset import Dataset
from numpen.models.model import Model
from numpen.nn.surgery import set_bias, switch_off, units_of
from numpen.reading.reader import SHIPPED
from tests.lab.conftest import Served
from tests.lab.hand import SEVEN, answer, draw

LONG = 60_000
LAYERS = (1, 3, 6, 8)  # of the model that ships: two convolutions, two dense layers


def edited(lab: Served, told: Any) -> httpx.Response:
    return httpx.post(f"{lab.address}/api/models/model/edited", headers=lab.ours(), json=told, timeout=30)


def test_a_unit_is_switched_off_and_the_accuracy_moves(page: Page, lab: Served, mnist_test: Dataset) -> None:
    before = httpx.get(f"{lab.address}/api/models/model/weights").content
    page.goto(f"{lab.address}/#inside?layer=6&unit=12")
    page.get_by_role("button", name="Switch it off").click()
    effect = page.locator(".effect")
    model = Model.load(SHIPPED)
    whole = 100 * model.card["test"]["accuracy"]
    expect(effect).to_contain_text(f"On all 10,000 test pictures: {whole:.2f} % →", timeout=LONG)
    switch_off(model.network, 6, 12)
    right = int(np.sum(model.predict(mnist_test.images) == mnist_test.labels))
    expect(effect).to_contain_text(f"→ {right / 100:.2f} %")
    expect(page.locator("#model option:checked")).to_contain_text("the model that ships, edited")
    assert httpx.get(f"{lab.address}/api/models/model/weights").content == before
    page.get_by_role("button", name="Back to the trained network").click()
    expect(page.locator("#model")).to_have_value("model")
    expect(page.get_by_role("button", name="Switch it off")).to_be_visible()


def test_an_answer_is_switched_off_and_never_given_on_the_board(page: Page, lab: Served) -> None:
    page.goto(lab.address)
    draw(page, SEVEN)
    answer(page, "7")
    page.goto(f"{lab.address}/#inside?layer=8&unit=7")
    page.get_by_role("button", name="Switch it off").click()
    expect(page.locator(".effect")).to_have_attribute("data-count", "10000", timeout=LONG)
    expect(page.locator(".digits td").nth(7)).to_have_text(re.compile(r"\+10\d\d"))
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(page.locator(".drawing")).not_to_have_attribute("data-answer", "7")
    expect(page.locator(".bars li").nth(7).locator(".value")).to_have_text("0 %")


def test_a_bias_is_moved_and_the_copied_program_does_the_same(page: Page, lab: Served) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{lab.address}/#inside?layer=1&unit=3")
    page.get_by_label("Its bias", exact=True).fill("1.5")
    page.get_by_label("Its bias", exact=True).press("Enter")
    expect(page.locator(".effect")).to_have_attribute("data-count", "10000", timeout=LONG)
    said = page.locator(".effect").inner_text()
    expect(page.locator(".edits li")).to_contain_text("unit 3 of layer 1: bias 1.500")
    page.get_by_role("button", name="Copy as command").click()
    expect(page.locator("#message")).to_contain_text("Copied")
    program = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.endswith(f"→ {100 * float(done.stdout):.2f} %")


def test_a_link_opens_a_network_that_is_edited(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#inside?layer=3&unit=9&off=1:4,3:9&bias=6:2:-0.5")
    expect(page.locator(".edits li")).to_have_text(
        [
            re.compile("unit 4 of layer 1: off"),
            re.compile("unit 9 of layer 2: off"),
            re.compile("unit 2 of layer 3: bias"),
        ]
    )
    expect(page.get_by_role("button", name="Switch it on again")).to_be_visible()
    expect(page.get_by_role("button", name="map 9, switched off")).to_be_visible()
    page.get_by_role("button", name="Take back: unit 9 of layer 2").click()
    expect(page.get_by_role("button", name="Switch it off")).to_be_visible()
    assert "off=1:4&bias=6:2:-0.5" in page.url


def test_units_are_chosen_on_the_sheet_with_the_keys(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#inside?layer=3&unit=0")
    sheet = page.get_by_role("group", name="All units of this layer")
    expect(sheet.get_by_role("button")).to_have_count(96)
    sheet.get_by_role("button", name="map 0", exact=True).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Unit", exact=True)).to_have_value("2")
    expect(page.locator(".portraits.many figure")).to_have_count(8)
    page.locator(".portraits.many a").first.click()
    expect(page.get_by_label("Layer", exact=True)).to_have_value("1")


def test_a_unit_shows_what_excites_it(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#inside?layer=0&unit=5")
    expect(page.locator(".gallery.small button")).to_have_count(18, timeout=LONG)
    assert page.locator(".portraits canvas").count() == 1
    page.get_by_label("The next unit").click()
    expect(page.get_by_label("Unit", exact=True)).to_have_value("6")


def test_the_digit_on_the_board_is_followed_there_and_back(page: Page, lab: Served) -> None:
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    draw(page, SEVEN)
    answer(page, "7")
    page.goto(f"{lab.address}/#inside")
    page.locator(".card summary", has_text="Why 7 rather than").wait_for(timeout=LONG)
    assert page.locator(".card.backward").count() >= 3
    page.get_by_label("it is really").select_option("1")
    page.locator(".card summary", has_text="Why 7 rather than 1").wait_for(timeout=LONG)
    dense = page.locator(".card.forward", has_text="Layer 7, dense")
    dense.locator("summary").first.click()
    dense.get_by_text("the NumPy that does it").click()
    expect(dense.locator("pre")).to_contain_text("z = x.dot(self.W, out=self.z[: len(x)])")
    assert page.locator(".card .code").count() == page.locator(".card").count() - 3  # not: picture, why, softmax back


def layer_by_layer(frame: np.ndarray) -> list[np.ndarray]:
    """Every layer's answer to a frame, as NumPy has it."""
    x: np.ndarray = frame.reshape(1, 784).astype(np.float32) / 255
    answers = []
    for layer in Model.load(SHIPPED).network.answering:
        x = layer.forward(x.copy()).copy()  # an activation writes over what it is given
        answers.append(x[0])
    return answers


def test_the_sum_of_every_unit_is_numpys(page: Page, lab: Served, mnist_test: Dataset) -> None:
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    frame, network = mnist_test.images[0], Model.load(SHIPPED).network
    answers = layer_by_layer(frame)
    taken = page.evaluate(
        """async ([frame, layers]) => {
          const { Network } = await import("/static/network.js"), { taken } = await import("/static/arithmetic.js");
          const { getJson, getNumbers } = await import("/static/wire.js");
          const model = "/api/models/model", numbers = await getNumbers(`${model}/weights`);
          const network = new Network(await getJson(model), numbers);
          const passed = network.forward(Uint8Array.from(frame));
          return layers.map((layer) => Array.from({ length: network.tensors[layer].b.length }, (_, unit) => {
            const { parts, bias, z, a, place } = taken(network, layer, unit, passed);
            const total = parts.reduce((sum, { product }) => sum + product, 0) + bias;
            return [total, z, a, place?.row ?? 0, place?.column ?? 0];
          }));
        }""",
        [frame.reshape(-1).tolist(), LAYERS],
    )
    for layer, told in zip(LAYERS, taken, strict=True):
        assert len(told) == units_of(network, layer)
        for unit, (total, z, a, row, column) in enumerate(told):
            place = (row, column, unit) if answers[layer].ndim == 3 else (unit,)
            assert total == z
            assert abs(z - answers[layer][place]) < 1e-4
            assert abs(z - answers[layer][..., unit].max()) < 1e-4
            assert abs(a - answers[layer + 1][place]) < 1e-5


@pytest.mark.parametrize(
    "told",
    [
        *(
            {"off": 3},
            {"off": [[1]]},
            {"off": [[1, 2, 3]]},
            {"off": [["1", 2]]},
            {"off": [[1.0, 2]]},
            {"off": [[True, 2]]},
        ),
        *({"bias": [[1, 2]]}, {"bias": [[1, 2, "x"]]}, {"bias": [[1, 2, 1e9]]}, {"bias": [[1, 2, None]]}),
        *({"off": [[1, 2]] * 501}, {"off": [[0, 0]]}, {"off": [[1, 32]]}, {"bias": [[99, 0, 1]]}, {"off": [[1, -1]]}),
    ],
)
def test_edits_that_cannot_be_are_refused(lab: Served, told: Any) -> None:
    answered = edited(lab, told)
    assert answered.status_code == 400
    assert answered.json()["error"].startswith("expected")


def test_only_a_few_edited_copies_are_kept_and_none_is_listed(lab: Served) -> None:
    ids = [edited(lab, {"off": [[1, unit]]}).json()["id"] for unit in range(20)]
    assert len(set(ids)) == 20
    assert edited(lab, {"off": [[1, 19]]}).json()["id"] == ids[-1]
    codes = [httpx.get(f"{lab.address}/api/models/{each}").status_code for each in ids]
    assert codes == [404] * 8 + [200] * 12
    assert [each["id"] for each in httpx.get(f"{lab.address}/api/lab").json()["models"]] == ["model"]
    again = httpx.post(f"{lab.address}/api/models/{ids[-1]}/edited", headers=lab.ours(), json={})
    assert again.status_code == 404


def test_the_copy_is_saved_as_a_model(lab: Served, tmp_path: Any) -> None:
    told = edited(lab, {"off": [[6, 5]], "bias": [[8, 3, 0.25]]}).json()
    (tmp_path / "edited.numpen").write_bytes(httpx.get(f"{lab.address}/api/models/{told['id']}/model.numpen").content)
    saved, model = Model.load(tmp_path / "edited.numpen"), Model.load(SHIPPED)
    set_bias(model.network, 8, 3, 0.25)
    switch_off(model.network, 6, 5)
    assert np.array_equal(saved.network.theta, model.network.theta)
    assert saved.card["edits"] == {"off": [[6, 5]], "bias": [[8, 3, 0.25]]}
    assert "test" not in saved.card
