"""A training run in a process of its own: it learns, says how it goes after every group of steps, and obeys.

Nothing but the standard library is imported before the number of threads is set: the lab has to answer while a
network trains, so a run keeps to one core.
"""

import os
import signal
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpen.training.trainer import Record

PROBE = 500  # held-out pictures that are looked at after every group of steps
BETWEEN_WEIGHTS = 0.25  # seconds, at least, from one sending of the weights to the next


class StopTraining(Exception):  # noqa: N818 - it is no error
    """The run has been told to stop."""


def study(pipe: Connection, recipe: dict[str, Any]) -> None:
    """Train by the recipe; what is sent and obeyed is a dictionary with a "kind"."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the lab's, which then tells its runs
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    from numpen.errors import NumpenError

    try:
        Study(pipe, recipe).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):  # the lab is gone
        return
    except NumpenError as error:
        pipe.send({"kind": "failed", "message": str(error), "diverged": error.exit_code == 3})


class Study:
    """One run and its side of the pipe."""

    def __init__(self, pipe: Connection, values: dict[str, Any]) -> None:
        from numpen.digits.mnist import load_mnist
        from numpen.training.recipe import Recipe
        from numpen.training.trainer import Trainer

        self.pipe, self.until, self.factor = (
            pipe,
            "told",
            1.0,
        )  # until: when to pause next; now, a step's or epoch's end
        self.pins: list[bytes] = []
        self.trainer = Trainer(Recipe(**values), load_mnist("train"))
        planned = self.trainer.schedule
        self.trainer.schedule = lambda step: self.factor * planned(step)
        assert self.trainer.held_out is not None  # the lab sees to that
        self.probe = self.trainer.held_out.take(slice(PROBE))
        self.sent = 0.0

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
        from numpen.lab.weights import numbers
        from numpen.training.trainer import Epoch

        ended, now = isinstance(record, Epoch), time.monotonic()
        if ended or self.until == "step" or record is None or now - self.sent >= BETWEEN_WEIGHTS:
            self.sent = now
            self._send("weights", numbers=numbers(self.trainer.network))
        self._send("moment", **self._told(record), **self._looked(), ended=ended)
        if record is not None and (self.until == "step" or (ended and self.until == "epoch")):
            self.until = "now"

    def _told(self, record: "Record | None") -> dict[str, Any]:
        """What the trainer says."""
        from numpen.training.trainer import Progress

        trainer = self.trainer
        told = {"step": trainer.optimizer.steps, "steps": trainer.steps, "steps_an_epoch": trainer.steps_an_epoch}
        if isinstance(record, Progress):
            return told | {"epoch": record.epoch, "loss": record.loss, "rate": record.learning_rate}
        if record is None:
            return told | {"epoch": 1, "loss": None, "rate": trainer.schedule(0)}
        rate = trainer.schedule(max(trainer.optimizer.steps - 1, 0))
        return told | {"epoch": record.epoch, "loss": record.train_loss, "rate": rate}

    def _looked(self) -> dict[str, Any]:
        """What the network says to the held-out pictures and the pinned drawings, and which units never speak."""
        import numpy as np

        from numpen.evaluation.metrics import judge

        probabilities, dead = self._walk(self.probe.images)
        judged = judge(probabilities, self.probe.labels)
        pins = np.frombuffer(b"".join(self.pins), np.uint8).reshape(-1, 28, 28)
        followed = self.trainer.model.probabilities(pins).round(5).tolist() if len(pins) else []
        return {"accuracy": judged.accuracy, "held_loss": judged.mean_loss, "dead": dead, "pins": followed}

    def _walk(self, images: Any) -> tuple[Any, list[dict[str, int]]]:
        """The answers (N, 10), and for each ReLU how many of its units are 0 for all these pictures."""
        import numpy as np

        from numpen.nn.activations import ReLU

        network = self.trainer.network
        alive: dict[int, Any] = {}
        for start in range(0, len(images), network.batch):
            x = images[start : start + network.batch].reshape(-1, 784).astype(np.float32)
            x *= 1 / self.trainer.model.pixel_divisor
            for number, layer in enumerate(network.answering):
                x = layer.forward(x)
                if isinstance(layer, ReLU):
                    speaks = (x > 0).reshape(-1, x.shape[-1]).any(axis=0)
                    alive[number] = speaks | alive.get(number, False)
        dead = [{"units": len(each), "dead": int((~each).sum())} for each in alive.values()]
        return self.trainer.model.probabilities(images), dead

    def _obey(self) -> None:
        """Do what has come; while nothing is left to do, wait for more."""
        while self.pipe.poll() or self.until == "now":
            if self.until == "now":
                self._send("state", state="paused")
            order = self.pipe.recv()
            match order["kind"]:
                case "pause":
                    self.until = "now"
                case "resume":
                    self.until = "told"
                case "step" | "epoch":
                    self.until = order["kind"]
                case "rate":
                    self.factor = order["value"] / self.trainer.recipe.learning_rate
                case "pins":
                    self.pins = order["value"]
                case "stop":
                    raise StopTraining
            if self.until != "now":
                self._send("state", state="running")

    def _test(self, state: str) -> None:
        """Measure on the test pictures, put it on the card, and say goodbye."""
        from numpen.digits.mnist import load_mnist
        from numpen.evaluation.metrics import evaluate
        from numpen.lab.weights import numbers

        test, model = load_mnist("test"), self.trainer.model
        accuracy = evaluate(model, test).accuracy
        model.card["test"] = {"source": test.source, "count": len(test), "accuracy": accuracy}
        self._send("weights", numbers=numbers(model.network))
        self._send("ended", state=state, accuracy=accuracy, card=model.card)

    def _send(self, kind: str, **values: Any) -> None:
        self.pipe.send({"kind": kind, **values})
