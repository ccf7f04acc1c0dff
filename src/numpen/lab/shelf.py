"""The models of the lab, by id; what the page names is looked up here and is never a path."""

import threading
from dataclasses import dataclass, field
from typing import Any

from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.lab import take_home
from numpen.models.model import Model
from numpen.nn.arrays import Array
from numpen.reading.reader import Reader


@dataclass
class Entry:
    """A model on the shelf, and what it says to MNIST's test pictures once somebody has asked."""

    title: str
    reader: Reader
    command: str  # what the command line calls it: "--model mine.numpen", or nothing for the one that ships
    answers: Array | None = None  # (10,000, 10)
    page: bytes | None = None  # to take home
    lock: threading.Lock = field(default_factory=threading.Lock)


class Shelf:
    """Models by id, and the test pictures that they are judged by."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._test: Dataset | None = None
        self._lock = threading.Lock()

    def put(self, key: str, title: str, model: Model, command: str = "") -> None:
        """Put a model on the shelf, in the place of the one that had this id."""
        self.entries[key] = Entry(title, Reader(model), command)

    def listing(self) -> list[dict[str, Any]]:
        """What the page shows of each."""
        return [
            {
                "id": key,
                "title": entry.title,
                "command": entry.command,
                "parameters": entry.reader.model.network.theta.size,
                "layers": entry.reader.model.card.get("recipe", {}).get("layers", ""),
                "accuracy": entry.reader.model.card.get("test", {}).get("accuracy"),
            }
            for key, entry in self.entries.items()
        ]

    @property
    def test(self) -> Dataset:
        """MNIST's test pictures, read when they are first wanted."""
        with self._lock:
            if self._test is None:
                self._test = load_mnist("test")
            return self._test

    def answers(self, key: str) -> Array:
        """What the model says to every test picture, (10,000, 10); raises KeyError."""
        entry, test = self.entries[key], self.test
        with entry.lock:
            if entry.answers is None:
                entry.answers = entry.reader.model.copy().probabilities(test.images)
            return entry.answers

    def page(self, key: str) -> bytes:
        """The model as a page to take home, which takes seconds to make; raises KeyError."""
        entry = self.entries[key]
        with entry.lock:
            if entry.page is None:
                entry.page = take_home.page(entry.reader.model)
            return entry.page
