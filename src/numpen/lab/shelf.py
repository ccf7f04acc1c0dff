"""The models of the lab, by id; what the page names is looked up here and is never a path."""

import threading
from dataclasses import dataclass, field
from typing import Any

from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.lab import take_home
from numpen.lab.edits import Edits
from numpen.models.model import Model
from numpen.nn.arrays import Array
from numpen.reading.reader import Reader

MOST_EDITED = 12  # edited copies that are kept; whoever wants an older one sends its edits again


@dataclass
class Entry:
    """A model on the shelf, and what it says to MNIST's test pictures once somebody has asked."""

    title: str
    reader: Reader
    command: str  # what the command line calls it: "--model mine.numpen", or nothing for the one that ships
    answers: Array | None = None  # (10,000, 10)
    edited: tuple[str, Edits] | None = None  # the id of the model that this is an edited copy of, and the edits
    page: bytes | None = None  # to take home
    lock: threading.Lock = field(default_factory=threading.Lock)


class Shelf:
    """Models by id, and the test pictures that they are judged by."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self._test: Dataset | None = None
        self._edited = 0  # copies made so far
        self._lock = threading.Lock()

    def put(self, key: str, title: str, model: Model, command: str = "") -> None:
        """Put a model on the shelf, in the place of the one that had this id."""
        with self._lock:
            self.entries[key] = Entry(title, Reader(model), command)
            for copy in [each for each, entry in self.entries.items() if entry.edited and entry.edited[0] == key]:
                del self.entries[copy]

    def edited(self, key: str, edits: Edits) -> str:
        """The id of a copy of a model with these edits; the model stays as it is. Raises NetworkError, KeyError."""
        with self._lock:
            copies = {each: entry.edited for each, entry in self.entries.items() if entry.edited}
            for copy, about in copies.items():
                if about == (key, edits):
                    return copy
            source = self.entries[key]
            made = Entry(f"{source.title}, edited", Reader(edits.applied(source.reader.model)), "--model edited.numpen")
            made.edited = key, edits
            self._edited += 1
            copy = f"edited-{self._edited}"
            self.entries[copy] = made
            for oldest in list(copies)[: max(len(copies) + 1 - MOST_EDITED, 0)]:
                self.entries.pop(oldest, None)
            return copy

    def listing(self) -> list[dict[str, Any]]:
        """What the page shows of each; of the edited copies it knows its own."""
        return [self.told(key) for key, entry in list(self.entries.items()) if not entry.edited]

    def told(self, key: str) -> dict[str, Any]:
        """What the page shows of one model. Raises KeyError."""
        entry = self.entries[key]
        model = entry.reader.model
        return {
            "id": key,
            "title": entry.title,
            "command": entry.command,
            "parameters": model.network.theta.size,
            "layers": model.card.get("recipe", {}).get("layers", ""),
            "accuracy": model.card.get("test", {}).get("accuracy"),
        }

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

    def first_answers(self, key: str, count: int) -> Array:
        """What the model says to the first test pictures, (count, 10), without asking about all; raises KeyError."""
        entry = self.entries[key]
        if entry.answers is not None:
            return entry.answers[:count]
        return entry.reader.model.copy().probabilities(self.test.images[:count])

    def page(self, key: str) -> bytes:
        """The model as a page to take home, which takes seconds to make; raises KeyError."""
        entry = self.entries[key]
        with entry.lock:
            if entry.page is None:
                entry.page = take_home.page(entry.reader.model)
            return entry.page
