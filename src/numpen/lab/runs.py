"""The training runs of the lab: each a process, its moments, and its weights at many of them."""

import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from numpen.errors import LabError
from numpen.lab import trouble, weights
from numpen.lab.events import Events
from numpen.lab.study import study
from numpen.models.model import Model
from numpen.nn.network import Network, layers_from
from numpen.training.recipe import Recipe

AT_ONCE = 2  # runs
KEPT = 6  # runs, those that have ended included
ROOM = 64_000_000  # bytes of weights that a run keeps to scrub through
MOST_MOMENTS = 4_000
HELD_OUT = 5_000  # training pictures, if the recipe holds out none
LIVE = ("starting", "running", "paused")


class Run:
    """One run as the lab sees it: the other end of the pipe."""

    def __init__(
        self, number: int, recipe: Recipe, pins: list[bytes], tell: Callable[["Run", dict[str, Any]], None]
    ) -> None:
        self.id, self.recipe, self.tell = f"run-{number}", recipe.as_dict(), tell
        self.state, self.message = "starting", ""
        self.moments: list[dict[str, Any]] = []
        self.snapshots: dict[int, bytes] = {}  # weights by the step they were taken at
        self.specs: list[dict[str, Any]] = []
        self.card: dict[str, Any] = {}
        self.divisor = 255.0
        self.troubles: list[dict[str, Any]] = []
        self._fresh: bytes | None = None
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=study, args=(theirs, self.recipe), daemon=True, name=self.id)
        self.process.start()
        theirs.close()
        if pins:
            self.order("pins", pins)
        self.thread = threading.Thread(target=self._hear, daemon=True, name=f"{self.id} hears")
        self.thread.start()

    @property
    def is_live(self) -> bool:
        """Whether its process still learns, or waits to."""
        return self.state in LIVE

    def order(self, kind: str, value: Any = None) -> None:
        """Tell the run to do something. Raises LabError if it has ended."""
        try:
            self.pipe.send({"kind": kind, "value": value})
        except OSError as error:
            raise LabError(f"expected a run that goes on, got {self.id}, which has ended") from error

    def model(self, step: int | None = None) -> Model:
        """The network as it was at a step of which the weights are kept, or as it is. Raises LabError."""
        if not self.snapshots or (step is not None and step not in self.snapshots):
            raise LabError(f"expected a moment whose weights are kept, got step {step} of {self.id}")
        network = Network(layers_from(self.specs))
        numbers = np.frombuffer(self.snapshots[max(self.snapshots) if step is None else step], "<f4")
        for tensor in weights.tensors(network):
            tensor[...] = numbers[: tensor.size].reshape(tensor.shape)
            numbers = numbers[tensor.size :]
        return Model(network, self.divisor, self.card)

    def as_dict(self) -> dict[str, Any]:
        """Everything the page shows of it."""
        plain = {key: getattr(self, key) for key in ("id", "recipe", "state", "message", "troubles", "moments")}
        return plain | {"snapshots": sorted(self.snapshots), "accuracy": self.card.get("test", {}).get("accuracy")}

    def _hear(self) -> None:
        """Take in what the process says, until it has ended."""
        try:
            while True:
                self._take(self.pipe.recv())
        except (EOFError, OSError):
            pass
        self.process.join()
        if self.is_live:
            self.state = "failed"
            self.message = (
                f"The training process ended by itself (exit code {self.process.exitcode}). Its last weights are kept."
            )
            self.tell(self, {"kind": "state"})

    def _take(self, said: dict[str, Any]) -> None:
        match said.pop("kind"):
            case "started":
                self.specs, self.divisor, self.card = said["specs"], said["divisor"], said["card"]
                self.state = "running"
                self.tell(self, {"kind": "state"})
            case "weights":
                self._fresh = said["numbers"]
            case "moment":
                self._keep(said)
            case "state":
                if said["state"] != self.state:
                    self.state = said["state"]
                    self.tell(self, {"kind": "state"})
            case "ended":
                self.state, self.card = said["state"], said["card"]
                if self._fresh is not None and self.moments:
                    self.snapshots[self.moments[-1]["step"]] = self._fresh
                self.tell(self, {"kind": "state"})
            case "failed":
                self.state, self.message = "failed", said["message"]
                if said["diverged"]:
                    self.troubles = [trouble.diverged(self.recipe)]
                self.tell(self, {"kind": "state"})

    def _keep(self, moment: dict[str, Any]) -> None:
        if self._fresh is not None:
            moment["kept"] = True
            self.snapshots[moment["step"]] = self._fresh
            self._fresh = None
            while len(self.snapshots) > 2 and sum(map(len, self.snapshots.values())) > ROOM:
                self.snapshots = _every_other(self.snapshots)
        self.moments.append(moment)
        if len(self.moments) > MOST_MOMENTS:
            self.moments = [each for i, each in enumerate(self.moments) if i % 2 == 0 or each["ended"]][-MOST_MOMENTS:]
        self.troubles = trouble.troubles(self.recipe, self.moments)
        self.tell(self, {"kind": "moment", "moment": moment})


class Runs:
    """The runs by id; the page is told of everything through the events."""

    def __init__(self, events: Events, changed: Callable[[Run], None]) -> None:
        """`changed` is called when a run has another state, from its thread."""
        self.events, self.changed, self.runs, self.count = events, changed, dict[str, Run](), 0
        self._lock = threading.Lock()

    def start(self, recipe: Recipe, pins: list[bytes]) -> Run:
        """Start a run. Raises LabError if there are enough."""
        if not recipe.validation:
            recipe = recipe.changed(validation=HELD_OUT)
        with self._lock:
            if sum(run.is_live for run in self.runs.values()) >= AT_ONCE:
                raise LabError(f"expected at most {AT_ONCE} runs at once, got one more: stop one first")
            self.count += 1
            run = Run(self.count, recipe, pins, self._tell)
            self.runs[run.id] = run
            ended = [each.id for each in self.runs.values() if not each.is_live]
            for key in ended[: max(0, len(self.runs) - KEPT)]:
                del self.runs[key]
        return run

    def _tell(self, run: Run, event: dict[str, Any]) -> None:
        about: dict[str, Any] = {"run": run.id, "state": run.state, "message": run.message, "troubles": run.troubles}
        if event["kind"] == "state":
            self.changed(run)
            about["accuracy"] = run.card.get("test", {}).get("accuracy")
        else:
            about["snapshots"] = sorted(run.snapshots)
        self.events.publish(event | about)

    def close(self) -> list[str]:
        """End every run that goes on and save what it has learnt beside where the lab was started."""
        live, lines = [run for run in self.runs.values() if run.is_live], []
        for run in live:
            if run.snapshots:
                path = Path(f"lab-{run.id}.numpen")
                lines.append(f"{run.id} was still training: saved {path} ({run.model().save(path) / 1000:.0f} kB)")
            run.process.kill()
            run.process.join()
        return lines


def _every_other(snapshots: dict[int, bytes]) -> dict[int, bytes]:
    """Half of them, the newest among them."""
    steps = sorted(snapshots, reverse=True)
    return {step: snapshots[step] for step in sorted(steps[::2])}
