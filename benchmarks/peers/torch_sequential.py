"""PyTorch reads an export of numpen's, FILE.safetensors, and compares itself with what numpen said, FILE.npy.

python -m benchmarks.peers.torch_sequential FILE.safetensors FOLDER-OF-MNIST
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from benchmarks.peers.mnist import load

MODULES = (
    "Sequential",
    "Linear",
    "Sigmoid",
    "Tanh",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "Softmax",
    "Conv2d",
    "MaxPool2d",
    "Flatten",
    "Unflatten",
)


def main(file: Path, mnist: Path) -> None:
    """Build the Sequential that the file spells, load the tensors into it, and say how its answers differ."""
    with safe_open(file, "pt") as opened:
        told = json.loads(opened.metadata()["network"])
    net = eval(told["sequential"], {"__builtins__": {}} | {name: getattr(nn, name) for name in MODULES})
    net.load_state_dict(load_file(file), strict=True)
    pixels = load(mnist, "t10k")[0] * (255 / told["pixel_divisor"])
    with torch.inference_mode():
        answers = net(torch.from_numpy(pixels.astype(np.float32))).numpy()
    theirs = answers / answers.sum(axis=1, keepdims=True)
    ours = np.load(file.with_suffix(".npy"))
    top = np.sort(ours, axis=1)
    clear = top[:, -1] - top[:, -2] >= 1e-5
    other = int(((ours.argmax(axis=1) != theirs.argmax(axis=1)) & clear).sum())
    print(json.dumps({"other_digits": other, "largest_difference": float(np.abs(ours - theirs).max())}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
