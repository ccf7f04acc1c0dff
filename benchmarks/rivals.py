"""numpen beside other readers of pictures: `python -m benchmarks.rivals PICTURES --peer rapidocr=.../bin/python`.

PICTURES is a folder with `single/` and `number/` (labels.csv: file, label) and `symbols/bhmsds-sample.npz`. Each reader
runs in a process of its own, with one thread; peers.readers says how each is asked, at its best setting. Right: the
digit, or every digit of the page with its lines. Sure and wrong: another text with a confidence above 0.9.
"""

import json
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
from PIL import Image

from benchmarks.harness import ROOT, run
from benchmarks.reading import labelled

SURE = 0.9
READERS = "rapidocr", "rapidocr-finding-lines", "tesseract-10", "tesseract-7", "digit-recognizer-py"
NUMPEN = """
import json, sys
from pathlib import Path
import numpen
reader, answers = numpen.Reader(), []
for each in json.loads(Path(sys.argv[1]).read_text()):
    if each["kind"] == "digit":
        reading = reader.read(each["path"])
        answers.append({"text": "" if reading.digit is None else str(reading.digit), "confidence": reading.confidence})
    else:
        page = reader.read_page(each["path"])
        sure = min((line.confidence for line in page.lines), default=0.0)
        answers.append({"text": page.text.replace("\\n", "|"), "confidence": sure})
Path(sys.argv[2]).write_text(json.dumps(answers))
"""


def pictures(folder: Path, made: Path, every: int) -> dict[str, list[tuple[Path, str]]]:
    """The sets of pictures with what they show; those of the sample, every so many, are written as PNGs first."""
    with np.load(folder / "symbols" / "bhmsds-sample.npz") as sample:
        digits = np.char.isdigit(sample["symbols"])
        images, names = sample["images"][digits][::every], sample["symbols"][digits][::every]
    crops = []
    for number, (image, name) in enumerate(zip(images, names, strict=True)):
        path = made / f"{number}.png"
        Image.fromarray(image).save(path)
        crops.append((path, str(name)))
    return {
        "single digits": list(labelled(folder / "single")),
        "pages": list(labelled(folder / "number")),
        "small crops": crops,
    }


def asked(name: str, python: str, labels: list[tuple[Path, str]], kind: str, folder: Path) -> str:
    """A row of the table: what a reader said of a set."""
    manifest, answers = folder / "manifest.json", folder / "answers.json"
    manifest.write_text(json.dumps([{"path": str(path.absolute()), "kind": kind} for path, _ in labels]), "utf-8")
    program = ("-c", NUMPEN) if name == "numpen" else (ROOT / "benchmarks/peers/readers.py", name)
    done = run(python, *program, manifest, answers)
    said = json.loads(answers.read_text("utf-8"))
    right = [each["text"] == label for each, (_, label) in zip(said, labels, strict=True)]
    sure = sum(each["confidence"] > SURE and not ok for each, ok in zip(said, right, strict=True))
    return f"| {name} | {100 * np.mean(right):.1f} % of {len(labels)} | {sure} | {done.seconds:.1f} | {done.peak:.0f} |"


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--peer", "peers", multiple=True, metavar="NAME=PYTHON", help=f"Of {', '.join(READERS)}.")
@click.option("--set", "titles", multiple=True, help="Of the sets these alone: single digits, pages, small crops.")
@click.option("--every", default=10, show_default=True, help="Of the small crops take every so many.")
def main(folder: Path, peers: tuple[str, ...], titles: tuple[str, ...], every: int) -> None:
    """Ask each of every set."""
    pythons = {"numpen": sys.executable} | dict(peer.split("=", 1) for peer in peers)
    with tempfile.TemporaryDirectory() as made:
        for title, labels in pictures(folder, Path(made), every).items():
            if titles and title not in titles:
                continue
            kind = "page" if title == "pages" else "digit"
            click.echo(f"## {title}\n\n| reader | right | sure and wrong | seconds | MB |\n|---|---|---|---|---|")
            for name, python in pythons.items():
                if kind == "digit" or name not in ("digit-recognizer-py", "rapidocr-finding-lines", "tesseract-7"):
                    click.echo(asked(name, python, labels, kind, Path(made)))
            click.echo()


if __name__ == "__main__":
    main()
