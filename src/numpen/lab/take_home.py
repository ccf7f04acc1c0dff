"""A model as one HTML file: the drawing board, the same preparation, the network in plain JavaScript, off-line.

The file is made of the modules that the lab's page is made of. Weights are bytes where that keeps the answers
(a byte a weight, one scale for each unit or map), else half floats, else floats.
"""

import base64
import hashlib
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from numpen.digits.mnist import load_mnist
from numpen.files import write_atomically
from numpen.lab import door, weights
from numpen.lab.files import FOLDER
from numpen.models.model import Model
from numpen.nn.arrays import Array
from numpen.nn.network import Network, layers_from
from numpen.version import __version__

MODULES = (
    *("dom.js", "framing.js", "network.js", "board.js", "bars.js"),
    *("ribbon.js", "stages.js", "lit.js", "drawing.js", "home.js"),
)
KINDS = ("int8", "float16", "float32")
KEPT = 0.999  # of the answers to the test pictures; fewer, and the next kind of number is taken


@dataclass(frozen=True)
class Packed:
    """A network's weights as they lie in the file, and what they are once unpacked."""

    kind: str
    content: bytes
    network: Network


def write_page(model: Model, target: Path) -> int:
    """Write the page whole or not at all; return its size in bytes. Raises OutputError."""
    content = page(model)
    write_atomically(target, content)
    return len(content)


def page(model: Model, kind: str | None = None) -> bytes:
    """The page; `kind` is one of KINDS, or None for the smallest that keeps the answers."""
    images = load_mnist("test").images
    wanted = model.copy().predict(images)
    for each in [kind] if kind else KINDS:
        packed = pack(model.network, each)
        same = int(np.sum(Model(packed.network, model.pixel_divisor).predict(images) == wanted))
        if same >= KEPT * len(images):
            break
    doubt, divisor = door.doubt()
    data = {
        "network": _described(packed, model.pixel_divisor),
        "doubt": _described(pack(doubt, "float16" if packed.kind != "float32" else "float32"), divisor),
        "limits": door.LIMITS,
        "footer": _footer(model, packed.kind, same, len(images)),
    }
    return _assemble(data, model)


def pack(network: Network, kind: str) -> Packed:
    """Every W and b of the network in numbers of one kind; biases stay floats beside bytes."""
    parts, unpacked = [], Network(layers_from(network.specs()))
    for tensor, twin in zip(weights.tensors(network), weights.tensors(unpacked), strict=True):
        if kind == "int8" and tensor.ndim > 1:
            scales, steps = _steps(tensor)
            parts += [scales.astype("<f4").tobytes(), steps.tobytes(), b"\0" * (-steps.size % 4)]
            twin[...] = steps * scales
        else:
            stored = np.asarray(tensor, "<f2" if kind == "float16" else "<f4")
            parts += [stored.tobytes(), b"\0" * (-stored.nbytes % 4)]
            twin[...] = stored
    return Packed(kind, b"".join(parts), unpacked)


def _steps(tensor: Array) -> tuple[Array, Any]:
    """A scale for each unit or map (the last axis), and each weight as a number of steps of it, -127 to 127."""
    scales = np.abs(tensor).reshape(-1, tensor.shape[-1]).max(axis=0).astype(np.float32) / np.float32(127)
    scales[scales == 0] = 1
    return scales, np.rint(tensor / scales).astype(np.int8)


def _described(packed: Packed, divisor: float) -> dict[str, Any]:
    content = base64.b64encode(packed.content).decode()
    return {"words": weights.words(packed.network, divisor), "kind": packed.kind, "weights": content}


def _footer(model: Model, kind: str, same: int, count: int) -> list[str]:
    recipe, test = model.card.get("recipe", {}), model.card.get("test", {})
    layers = recipe.get("layers") or " ".join(str(spec["layer"]) for spec in model.network.specs())
    learnt = f"{layers}, {model.network.theta.size:,} parameters"
    if "source" in model.card.get("data", {}):
        learnt += f", learnt from {model.card['data']['source']} by the recipe {recipe.get('name', 'unknown')}"
    if "accuracy" in test:
        learnt += f"; {100 * test['accuracy']:.2f} % of {test['source']}'s {test['count']:,} pictures right"
    said = {"int8": "a byte each", "float16": "half floats", "float32": "floats"}[kind]
    parity = f"Weights are {said}: the same answer as the model itself on {same:,} of {count:,} test pictures."
    return [learnt + ".", parity, f"Made by numpen {__version__}. Nothing you draw leaves this page."]


def _assemble(data: dict[str, Any], model: Model) -> bytes:
    """The one file; its policy lets just this script and this style run, and nothing be loaded."""
    style = (FOLDER / "style.css").read_text("utf-8") + (FOLDER / "home.css").read_text("utf-8")
    # "<" cannot end the script element early, whatever a card says
    plain = json.dumps(data).replace("<", "\\u003c")
    script = "\n".join([f"const DATA = {plain};", *map(_enclosed, MODULES)])
    policy = f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data: blob:"
    title = html.escape(f"A digit reader: {model.card.get('recipe', {}).get('name', 'numpen')}")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<title>{title}</title><style>{style}</style></head>
<body><main id="main"></main><footer id="footer"></footer>
<script type="module">{script}</script></body></html>
""".encode()


def _enclosed(name: str) -> str:
    """A module as a function called at once, which hands out what the module exports: one file has one scope."""
    text = (FOLDER / name).read_text("utf-8")
    exported = ", ".join(re.findall(r"^export (?:async )?(?:function|class|const) (\w+)", text, re.MULTILINE))
    text = re.sub(r"^import .*;\n|^export ", "", text, flags=re.MULTILINE)
    return f"const {{ {exported} }} = (() => {{\n{text}return {{ {exported} }};\n}})();"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
