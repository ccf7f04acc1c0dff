"""Other readers of pictures, each in a Python of its own: `python readers.py NAME MANIFEST ANSWERS`.

MANIFEST is a JSON list of {path, kind}, kind "digit" or "page"; ANSWERS is written as a list of {text, confidence},
the text's lines apart by |, everything but digits left out. It imports nothing of numpen's.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]


def answer(lines: list[tuple[str, float]]) -> Answer:
    """Lines with how sure each is, without what is no digit."""
    found = [(re.sub("[^0-9]", "", text), float(sure)) for text, sure in lines]
    found = [(text, sure) for text, sure in found if text]
    return {"text": "|".join(text for text, _ in found), "confidence": min((sure for _, sure in found), default=0.0)}


def rapidocr(*, finds_lines: bool) -> Callable[[str, str], Answer]:
    """RapidOCR with the networks in its wheel; a picture of one digit is one line, or lines are looked for in it."""
    from rapidocr import RapidOCR  # type: ignore[import-not-found]

    engine = RapidOCR(params={"Global.log_level": "error"})

    def read(path: str, kind: str) -> Answer:
        result = engine(path, use_det=finds_lines or kind == "page", use_cls=False, use_rec=True)
        texts, scores = result.txts or (), result.scores or ()
        return answer(list(zip(texts, scores, strict=True)))

    return read


def tesseract(mode: str) -> Callable[[str, str], Answer]:
    """Tesseract's LSTM for digits alone; mode is its page segmentation for a picture of one digit (10 or 7)."""

    def read(path: str, kind: str) -> Answer:
        options = ("--psm", mode if kind == "digit" else "6", "-c", "tessedit_char_whitelist=0123456789", "tsv")
        done = subprocess.run(["tesseract", path, "-", *options], capture_output=True, text=True, check=False)
        lines: dict[str, list[tuple[str, float]]] = {}
        for row in (line.split("\t") for line in done.stdout.splitlines()[1:]):
            if len(row) == 12 and float(row[10]) >= 0:
                lines.setdefault(" ".join(row[1:5]), []).append((row[11], float(row[10]) / 100))
        words = lines.values()
        return answer([("".join(text for text, _ in line), min(sure for _, sure in line)) for line in words])

    return read


def digit_recognizer() -> Callable[[str, str], Answer]:
    """digit-recognizer-py, a PyTorch network with its weights; it reads pictures of one digit."""
    from digit_recognizer import DigitRecognizer  # type: ignore[import-not-found]

    network = DigitRecognizer()

    def read(path: str, kind: str) -> Answer:
        if kind == "page":
            return {"text": "", "confidence": 0.0}
        result = network.predict(path, detailed=True)
        return {"text": str(result.digit), "confidence": float(result.confidence)}

    return read


READERS: dict[str, Callable[[], Callable[[str, str], Answer]]] = {
    "rapidocr": lambda: rapidocr(finds_lines=False),
    "rapidocr-finding-lines": lambda: rapidocr(finds_lines=True),
    "tesseract-10": lambda: tesseract("10"),
    "tesseract-7": lambda: tesseract("7"),
    "digit-recognizer-py": digit_recognizer,
}


def main() -> None:
    name, manifest, answers = sys.argv[1:]
    read = READERS[name]()
    pictures = json.loads(Path(manifest).read_text("utf-8"))
    Path(answers).write_text(json.dumps([read(each["path"], each["kind"]) for each in pictures]), "utf-8")


if __name__ == "__main__":
    main()
