"""A network is trained on the page as a person does it: watched, paused, stepped, scrubbed back."""

import os
import re
import signal
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from numpen.models.model import Model
from tests.lab.conftest import Served, start, stop
from tests.lab.hand import SEVEN, answer, draw

LONG = 120_000  # milliseconds that a busy machine may take to start a process and read MNIST


def moments(page: Page) -> int:
    return int(page.locator(".train").get_attribute("data-moments") or 0)


def wait_for(page: Page, condition: str, timeout: int = LONG) -> None:
    data = "const data = document.querySelector('.train')?.dataset ?? {};"
    page.wait_for_function(f"() => {{ {data} return {condition}; }}", timeout=timeout)


def test_a_network_learns_while_one_watches(page: Page, lab: Served) -> None:
    page.goto(lab.address)
    page.wait_for_selector(".drawing")
    draw(page, SEVEN)
    answer(page, "7")
    page.get_by_role("button", name="Pin for training").click()
    page.goto(f"{lab.address}/#train?recipe=fast")
    page.get_by_role("button", name="Train", exact=True).click()

    # the curve moves within the first epoch
    wait_for(page, "data.moments > 3")
    expect(page.locator(".status")).to_contain_text("epoch 1")
    assert page.locator(".curve canvas").count() == 2

    page.get_by_role("button", name="Pause").click()
    wait_for(page, "data.state === 'paused'")
    page.wait_for_timeout(300)
    before = moments(page)
    step = int(page.locator(".train").get_attribute("data-step") or 0)
    page.get_by_role("button", name="One batch").click()
    wait_for(page, f"Number(data.moments) === {before + 1} && data.step === '{step + 1}' && data.state === 'paused'")
    page.get_by_role("button", name="A few batches").click()
    wait_for(
        page, f"Number(data.moments) === {before + 2} && Number(data.step) > {step + 1} && data.state === 'paused'"
    )
    before += 2

    # closing the page does not stop the run, and opening it again finds it
    page.goto("about:blank")
    page.goto(f"{lab.address}/#train")
    wait_for(page, f"Number(data.moments) === {before} && data.state === 'paused'")
    page.get_by_role("button", name="One epoch").click()
    own, runs = page.locator(".train").get_attribute("data-run"), httpx.get(f"{lab.address}/api/runs").json()["runs"]
    (run,) = (each for each in runs if each["id"] == own)  # other tests may have begun others
    epoch = run["moments"][0]["steps_an_epoch"]
    wait_for(page, f"Number(data.moments) > {before} && data.state === 'paused' && Number(data.step) % {epoch} === 0")
    page.get_by_role("button", name="Go on").click()
    wait_for(page, "data.state === 'running'")
    wait_for(page, "data.state === 'finished'", 3 * LONG)
    expect(page.locator(".status")).to_contain_text("% of the test pictures right", timeout=LONG)
    said = re.search(r"([\d.]+) % of the test", page.locator(".status").inner_text())
    assert said and float(said[1]) > 97.5

    # back to the first moment: weights that know nothing yet
    epochs = page.locator(".fork").get_by_label("Epochs")
    expect(epochs).to_have_value("8")  # behind the last of four there must be more
    page.get_by_label("Moment of the run").fill("0")
    wait_for(page, "data.step === '0'")
    expect(epochs).to_have_value("4")
    assert page.locator(".units canvas").count() == 60
    page.goto(f"{lab.address}/#draw")
    page.wait_for_selector('main[data-room="draw"]')
    draw(page, SEVEN)
    answer(page, "none")
    expect(page.locator(".sentence")).to_contain_text("I am not sure")
    expect(page.locator(".badge")).to_contain_text("at step 0")


def test_a_run_is_scrubbed_back_and_forked(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#train?recipe=fast&layers=784-24-10&epochs=60")
    page.get_by_role("button", name="Train", exact=True).click()
    kept = """Number(document.querySelector("input[aria-label='Moment of the run']").max)"""
    wait_for(page, f"{kept} > 2 && data.state === 'running'")
    page.get_by_role("button", name="Pause").click()
    wait_for(page, "data.state === 'paused'")
    parent = page.locator(".train").get_attribute("data-run")

    # back to an earlier moment: the layers go there too
    page.get_by_label("Moment of the run").fill("0")
    wait_for(page, "data.step === '0'")
    expect(page.locator(".layer")).to_have_count(2)
    expect(page.locator(".layer").first).to_contain_text("no step has been taken yet")
    page.get_by_label("Moment of the run").fill("1")
    wait_for(page, "Number(data.step) > 0")
    expect(page.locator(".layer").first).to_contain_text("half are above")
    expect(page.locator(".status")).to_contain_text(f"{parent}, then: epoch 1")
    step = int(page.locator(".train").get_attribute("data-step") or 0)

    # and from there another way, beside the first
    page.locator(".fork summary").click()
    fork = page.locator(".fork")
    expect(fork.get_by_label("Learning rate")).to_have_value("0.5")
    fork.get_by_label("Learning rate").fill("0.01")
    fork.get_by_role("button", name=f"Fork from step {step}", exact=True).click()
    wait_for(page, f"data.run !== '{parent}' && data.moments > 8 && Number(data.step) > {step}")
    expect(page.get_by_label("Beside it")).to_have_value(str(parent))
    expect(page.get_by_label("Run", exact=True)).to_have_value(re.compile(r"run-\d+"))
    expect(page.locator(".status")).to_contain_text(f"{parent}, paused")
    page.get_by_label("Moment of the run").fill("0")
    wait_for(page, f"data.step === '{step}'")
    page.get_by_role("button", name="Stop").click()
    wait_for(page, "data.state === 'stopped'")
    page.get_by_label("Run", exact=True).select_option(str(parent))
    page.get_by_role("button", name="Stop").click()
    wait_for(page, f"data.run === '{parent}' && data.state === 'stopped'")
    runs = {each["id"]: each for each in httpx.get(f"{lab.address}/api/runs").json()["runs"]}
    child = list(runs.values())[-1]
    assert child["parent"] == {"run": parent, "step": step}
    assert (child["recipe"]["learning_rate"], child["moments"][0]["step"]) == (0.01, step)
    assert (
        child["moments"][0]["accuracy"]
        == next(m for m in runs[str(parent)]["moments"] if m["step"] == step)["accuracy"]
    )


def test_trouble_is_told_and_its_remedy_is_a_press_away(page: Page, lab: Served) -> None:
    page.goto(
        f"{lab.address}/#train?recipe=fast&layers=784-32-10&learning_rate=500&epochs=99&optimizer=gradient-descent"
    )
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".trouble").first).to_be_visible(timeout=LONG)
    first = page.locator(".train").get_attribute("data-run")
    page.locator(".trouble button").first.click()
    expect(page.locator(".recipe").get_by_label("Learning rate")).not_to_have_value("500")
    ended = "['stopped', 'failed', 'finished'].includes(data.state)"  # or it ran away again, and at once
    wait_for(page, f"data.run !== '{first}' && (data.moments > 2 || {ended})")
    for run in (page.locator(".train").get_attribute("data-run"), first):
        page.get_by_label("Run", exact=True).select_option(str(run))
        wait_for(page, f"data.run === '{run}'")
        if page.get_by_role("button", name="Stop").is_enabled():
            page.get_by_role("button", name="Stop").click()
        wait_for(page, ended)


def test_what_cannot_be_trained_is_said(page: Page, lab: Served) -> None:
    page.goto(f"{lab.address}/#train?recipe=fast&layers=784-0-10")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("#message")).to_contain_text("expected layers as")


def test_ctrl_c_ends_a_run_and_keeps_what_it_has_learnt(tmp_path: Path) -> None:
    served = start(cwd=tmp_path)
    body = {"recipe": "fast", "changes": {"layers": "784-16-10", "epochs": 1000}}
    began = httpx.post(f"{served.address}/api/runs", headers=served.ours(), json=body, timeout=60)
    assert began.status_code == 201
    with httpx.stream("GET", f"{served.address}/api/events", timeout=60) as stream:
        for line in stream.iter_lines():
            if '"kind": "moment"' in line:
                break
        assert stop(served) == ""
    assert served.process.returncode == 130
    assert len(Model.load(tmp_path / "lab-run-1.numpen").network.layers) == 4
    with pytest.raises(httpx.ConnectError):
        httpx.get(served.address)


def test_a_run_that_is_killed_is_a_message(lab: Served) -> None:
    body = {"recipe": "fast", "changes": {"layers": "784-17-10", "epochs": 1000}}
    run = httpx.post(f"{lab.address}/api/runs", headers=lab.ours(), json=body, timeout=60).json()["id"]
    with httpx.stream("GET", f"{lab.address}/api/events", timeout=60) as stream:
        lines = stream.iter_lines()
        for line in lines:
            if run in line and '"kind": "moment"' in line:
                break
        children = Path(f"/proc/{lab.process.pid}/task").glob("*/children")
        pids = [int(pid) for each in children for pid in each.read_text().split()]
        learning = [pid for pid in pids if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(max(learning), signal.SIGKILL)
        for line in lines:
            if run in line and '"state": "failed"' in line:
                assert "ended by itself (exit code -9)" in line
                break
    assert httpx.get(f"{lab.address}/api/lab").status_code == 200


def test_requests_that_cannot_be_are_refused(lab: Served) -> None:
    def start(body: object) -> int:
        return httpx.post(f"{lab.address}/api/runs", headers=lab.ours(), json=body).status_code

    bodies: tuple[object, ...] = (
        [],
        {"recipe": "../fast"},
        {"recipe": "/etc/passwd"},
        {"recipe": ["fast"]},
        {"recipe": "fast", "changes": {"name": "x"}},
        {"recipe": "fast", "changes": {"epochs": "2"}},
        {"recipe": "fast", "changes": []},
        {"recipe": "fast", "pins": ["AAAA"]},
        {"recipe": "fast", "pins": 3},
    )
    for body in bodies:
        assert start(body) == 400, body
    deep = httpx.post(f"{lab.address}/api/runs", headers=lab.ours(), content="[" * 100_000)
    assert deep.status_code == 400
    assert (
        httpx.post(f"{lab.address}/api/runs/run-99/order", headers=lab.ours(), json={"what": "stop"}).status_code == 404
    )
