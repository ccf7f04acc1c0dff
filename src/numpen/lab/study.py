"""A training run in a process of its own: it learns, says how it goes after every group of steps, and obeys.

A run may set out from a moment of another one: see numpen.training.origin.

Nothing but the standard library is imported before the number of threads is set: the lab has to answer while a
network trains, so a run keeps to one core, and gives that up too when the lab or its page want it.
"""

import math
import os
import signal
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpen.lab.histograms import Units
    from numpen.training.origin import Origin
    from numpen.training.trainer import Record

POLITE = 10  # how far a run stands behind other programs, of 19
PROBE = 500  # held-out pictures that are looked at after every group of steps
BETWEEN_WEIGHTS = 0.25  # seconds, at least, from one sending of the weights to the next


class Snapshot(NamedTuple):
    """A moment of which everything is kept."""

    origin: "Origin"  # the weights, and what else it takes to go on from there
    layers: list[dict[str, Any]]  # see numpen.lab.histograms
    factor: float  # what the rates of the recipe's schedule are multiplied by


class StopTraining(Exception):  # noqa: N818 - it is no error
    """The run has been told to stop."""


def study(pipe: Connection, recipe: dict[str, Any], fork: "Snapshot | None" = None) -> None:
    """Train by the recipe, from where another run stood or from nothing.

    What is sent and obeyed is a dictionary with a "kind".
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the lab's, which then tells its runs
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    if hasattr(os, "nice"):  # not everywhere
        os.nice(POLITE)
    from numpen.errors import NumpenError

    try:
        Study(pipe, recipe, fork).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the lab is gone
        return
    except NumpenError as error:
        pipe.send({"kind": "failed", "message": str(error), "diverged": error.exit_code == 3})


class Study:
    """One run and its side of the pipe."""

    def __init__(self, pipe: Connection, values: dict[str, Any], fork: Snapshot | None) -> None:
        from numpen.digits.mnist import load_mnist
        from numpen.training.recipe import Recipe
        from numpen.training.trainer import Trainer

        self.pipe, self.until = pipe, "told"  # when to pause next: when told, now, at the end of a step, group or epoch
        self.pins: list[bytes] = []
        recipe, pictures = Recipe(**values), load_mnist("train")
        self.trainer = fork.origin.set_out(recipe, pictures) if fork else Trainer(recipe, pictures)
        self.factor = fork.factor if fork else 1.0
        planned = self.trainer.schedule
        self.trainer.schedule = lambda step: self.factor * planned(step)
        assert self.trainer.held_out is not None  # the lab sees to that
        self.probe = self.trainer.held_out.take(slice(PROBE))
        self.group = self.trainer.group
        self.layers: list[Units] = []
        self.sent, self.sent_at = 0.0, -1  # when a snapshot was sent, and of which step

    def run(self) -> None:
        """Learn until the end of the recipe, or until told to stop."""
        from numpen.training.trainer import until_enough

        model = self.trainer.model
        network = model.network
        self._send("started", specs=network.specs(), divisor=model.pixel_divisor, card=model.card)
        self._send_moment(None)
        try:
            for record in until_enough(self.trainer):
                self._send_moment(record)
                self._obey()
            state = "finished"
        except StopTraining:
            state = "stopped"
        self._test(state)

    def _send_moment(self, record: "Record | None") -> None:
        import numpy as np

        from numpen.lab.histograms import look
        from numpen.training.trainer import Epoch

        ended, now = isinstance(record, Epoch), time.monotonic()
        model = self.trainer.model
        with np.errstate(all="ignore"):  # what overflows shows in what is told
            self.layers = look(model.network, self.probe.images, model.pixel_divisor)
            looked = self._looked()
        if ended or record is None or now - self.sent >= BETWEEN_WEIGHTS:
            self._send_snapshot()
        lost = [each.lost for each in self.layers[:-1]]
        self._send("moment", **self._told(record), **looked, lost=lost, ended=ended)
        if record is not None and self.until in (("epoch",) if ended else ("step", "group")):
            self.until = "now"

    def _send_snapshot(self) -> None:
        """Everything about now, from which another run can set out."""
        from numpen.training.origin import Origin

        self.sent, self.sent_at = time.monotonic(), self.trainer.optimizer.steps
        layers = [each.as_dict() for each in self.layers]
        snapshot = Snapshot(Origin.of(self.trainer), layers, self.factor)
        self._send("snapshot", step=self.sent_at, snapshot=snapshot)

    def _told(self, record: "Record | None") -> dict[str, Any]:
        """What the trainer says."""
        from numpen.training.trainer import Progress

        trainer = self.trainer
        told = {"step": trainer.optimizer.steps, "steps": trainer.steps, "steps_an_epoch": trainer.steps_an_epoch}
        if isinstance(record, Progress):
            return told | {"epoch": record.epoch, "loss": record.loss, "rate": record.learning_rate}
        if record is None:
            return told | {"epoch": trainer.position.epoch, "loss": None, "rate": trainer.schedule(told["step"])}
        rate = trainer.schedule(max(trainer.optimizer.steps - 1, 0))
        return told | {"epoch": record.epoch, "loss": record.train_loss, "rate": rate}

    def _looked(self) -> dict[str, Any]:
        """How good its answers to the held-out pictures are, and what the network says to the pinned drawings."""
        import numpy as np

        from numpen.evaluation.metrics import judge

        model = self.trainer.model
        judged = judge(model.probabilities(self.probe.images), self.probe.labels)
        pins = np.frombuffer(b"".join(self.pins), np.uint8).reshape(-1, 28, 28)
        followed = np.nan_to_num(model.probabilities(pins)).round(5).tolist() if len(pins) else []
        held_loss = judged.mean_loss if math.isfinite(judged.mean_loss) else None
        return {"accuracy": judged.accuracy, "held_loss": held_loss, "pins": followed}

    def _obey(self) -> None:
        """Do what has come; while nothing is left to do, wait for more."""
        while self.pipe.poll() or self.until == "now":
            if self.until == "now":
                if self.sent_at != self.trainer.optimizer.steps:
                    self._send_snapshot()
                self._send("state", state="paused")
            order = self.pipe.recv()
            match order["kind"]:
                case "pause":
                    self.until = "now"
                case "resume":
                    self.until = "told"
                case "step" | "group" | "epoch":
                    self.until = order["kind"]
                case "rate":
                    self.factor = order["value"] / self.trainer.recipe.learning_rate
                case "pins":
                    self.pins = order["value"]
                case "stop":
                    raise StopTraining
            self.trainer.group = 1 if self.until == "step" else self.group  # a record for every batch, or as ever
            if self.until != "now":
                self._send("state", state="running")

    def _test(self, state: str) -> None:
        """Measure on the test pictures, put it on the card, and say goodbye."""
        from numpen.digits.mnist import load_mnist
        from numpen.evaluation.metrics import evaluate

        test, model = load_mnist("test"), self.trainer.model
        accuracy = evaluate(model, test).accuracy
        model.card["test"] = {"source": test.source, "count": len(test), "accuracy": accuracy}
        self._send_snapshot()
        self._send("ended", state=state, accuracy=accuracy, card=model.card)

    def _send(self, kind: str, **values: Any) -> None:
        self.pipe.send({"kind": kind, **values})
