"""The training runs of the lab: each a process, its moments, and its weights at many of them."""

import multiprocessing
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from numpen.errors import LabError
from numpen.lab import trouble
from numpen.lab.events import Events
from numpen.lab.study import Snapshot, study
from numpen.models.model import Model
from numpen.nn.network import Network, layers_from
from numpen.training.recipe import Recipe

AT_ONCE = 2  # runs
KEPT = 6  # runs, those that have ended included
ROOM = 96_000_000  # bytes that a run keeps to scrub through and to fork from
MOST_SNAPSHOTS = 300
MOST_MOMENTS = 4_000
HELD_OUT = 5_000  # training pictures, if the recipe holds out none
LIVE = ("starting", "running", "paused")

Teller = Callable[["Run", dict[str, Any]], None]


class Fork(NamedTuple):
    """Where a run sets out from."""

    parent: str  # the id of a run
    step: int
    snapshot: Snapshot


class Run:
    """One run as the lab sees it: the other end of the pipe."""

    def __init__(self, key: str, recipe: Recipe, fork: "Fork | None", tell: "Teller") -> None:
        self.id, self.recipe, self.tell = key, recipe.as_dict(), tell
        self.parent = {"run": fork.parent, "step": fork.step} if fork else None
        self.state, self.message = "starting", ""
        self.moments: list[dict[str, Any]] = []
        self.heard = 0  # moments, those that are not kept included
        self.snapshots: dict[int, Snapshot] = {}  # by the step they were taken at
        self.specs: list[dict[str, Any]] = []
        self.card: dict[str, Any] = {}
        self.divisor = 255.0
        self.watch = trouble.Watch(self.recipe)
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        arguments = (theirs, self.recipe, fork.snapshot if fork else None)
        self.process = context.Process(target=study, args=arguments, daemon=True, name=self.id)
        self.process.start()
        theirs.close()
        self.thread = threading.Thread(target=self._hear, daemon=True, name=f"{self.id} hears")

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

    def snapshot(self, step: int | None = None) -> Snapshot:
        """The moment at a step of which everything is kept, or the latest. Raises LabError."""
        kept = self.snapshots  # which another thread may replace, and never empties
        found = kept.get(max(kept, default=-1) if step is None else step)
        if found is None:
            raise LabError(f"expected a moment whose weights are kept, got step {step} of {self.id}")
        return found

    def network(self, step: int | None = None, batch: int | None = 1) -> Network:
        """The network as it was at such a step, for so many pictures at a time. Raises LabError."""
        theta = self.snapshot(step).origin.theta
        network = Network(layers_from(self.specs), batch)
        np.copyto(network.theta, theta)
        return network

    def model(self) -> Model:
        """The network as it is, as a model. Raises LabError."""
        return Model(self.network(batch=None), self.divisor, self.card)

    def as_dict(self) -> dict[str, Any]:
        """Everything the page shows of it."""
        plain = {key: getattr(self, key) for key in ("id", "parent", "recipe", "state", "message")}
        plain |= {"moments": self.moments[:], "troubles": self.watch.said}
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
            case "snapshot":
                self._keep(said["step"], said["snapshot"])
            case "moment":
                self._learn_of(said)
            case "state":
                if said["state"] != self.state:
                    self.state = said["state"]
                    self.tell(self, {"kind": "state"})
            case "ended":
                self.state, self.card = said["state"], said["card"]
                self.tell(self, {"kind": "state"})
            case "failed":
                self.state, self.message = "failed", said["message"]
                if said["diverged"]:
                    self.watch.said = [trouble.diverged(self.recipe)]
                self.tell(self, {"kind": "state"})

    def _keep(self, step: int, snapshot: Snapshot) -> None:
        kept = self.snapshots | {step: snapshot}
        while len(kept) > MOST_SNAPSHOTS or (len(kept) > 2 and len(kept) * snapshot.origin.nbytes > ROOM):
            kept = _every_other(kept)
        self.snapshots = kept

    def _learn_of(self, moment: dict[str, Any]) -> None:
        moment["number"], self.heard = self.heard, self.heard + 1
        self.moments.append(moment)
        if len(self.moments) > MOST_MOMENTS:
            self.moments = [each for i, each in enumerate(self.moments) if i % 2 == 0 or each["ended"]][-MOST_MOMENTS:]
        self.watch.look(self.moments)
        self.tell(self, {"kind": "moment", "moment": moment})


class Runs:
    """The runs by id; the page is told of everything through the events."""

    def __init__(self, events: Events, changed: Callable[[Run], None]) -> None:
        """`changed` is called when a run has another state, from its thread."""
        self.events, self.changed, self.runs, self.count = events, changed, dict[str, Run](), 0
        self._lock = threading.Lock()
        self._told_of: dict[str, list[int]] = {}  # the moments that are kept, as the page knows them

    def start(self, recipe: Recipe, pins: list[bytes]) -> Run:
        """Start a run. Raises LabError if there are enough."""
        if not recipe.validation:
            recipe = recipe.changed(validation=HELD_OUT)
        return self._begin(recipe, pins)

    def fork(self, parent: Run, step: int, changes: dict[str, Any], pins: list[bytes]) -> Run:
        """Let a run set out from a moment of another. Raises LabError, and RecipeError for what cannot change."""
        snapshot = parent.snapshot(step)
        recipe = snapshot.origin.recipe
        changes = {key: value for key, value in changes.items() if value != getattr(recipe, key)}
        recipe = recipe.changed(**changes) if changes else recipe
        snapshot.origin.check(recipe)
        if "learning_rate" in changes:
            snapshot = snapshot._replace(factor=1.0)
        return self._begin(recipe, pins, Fork(parent.id, step, snapshot))

    def _begin(self, recipe: Recipe, pins: list[bytes], fork: "Fork | None" = None) -> Run:
        with self._lock:
            if sum(run.is_live for run in self.runs.values()) >= AT_ONCE:
                raise LabError(f"expected at most {AT_ONCE} runs at once, got one more: stop one first")
            self.count += 1
            run = Run(f"run-{self.count}", recipe, fork, self._tell)
            self.runs[run.id] = run
            ended = [each.id for each in self.runs.values() if not each.is_live]
            for key in ended[: max(0, len(self.runs) - KEPT)]:
                del self.runs[key]
        if pins:
            run.order("pins", pins)
        self.events.publish({"kind": "run", "run": run.id, "whole": run.as_dict(), "kept": list(self.runs)})
        run.thread.start()
        return run

    def _tell(self, run: Run, event: dict[str, Any]) -> None:
        about: dict[str, Any] = {"run": run.id, "state": run.state, "message": run.message}
        about |= {"troubles": run.watch.said, "accuracy": run.card.get("test", {}).get("accuracy")}
        if event["kind"] == "state":
            self.changed(run)
        snapshots = sorted(run.snapshots)
        if snapshots != self._told_of.get(run.id):
            about["snapshots"] = self._told_of[run.id] = snapshots
        self.events.publish(event | about)

    def close(self) -> list[str]:
        """End every run that goes on and save what it has learnt beside where the lab was started."""
        live, lines = [run for run in self.runs.values() if run.is_live], []
        for run in live:
            if run.snapshots:
                path = _free(f"lab-{run.id}")
                lines.append(f"{run.id} was still training: saved {path} ({run.model().save(path) / 1000:.0f} kB)")
            run.process.kill()
            run.process.join()
        return lines


def _every_other(snapshots: dict[int, Snapshot]) -> dict[int, Snapshot]:
    """Half of them, the newest among them."""
    steps = sorted(snapshots, reverse=True)
    return {step: snapshots[step] for step in sorted(steps[::2])}


def _free(name: str) -> Path:
    """A file of this name that is not there yet: what an earlier lab has saved stays."""
    names = (f"{name}-{number}.numpen" if number > 1 else f"{name}.numpen" for number in count(1))
    return next(path for path in map(Path, names) if not path.exists())
