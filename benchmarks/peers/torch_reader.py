"""A PyTorch network as most tutorials train it, which then reads digits: Adam with its defaults, no distortions.

python -m benchmarks.peers.torch_reader FOLDER LAYERS SEED, the layers in words as numpen's recipes say them
"""

import re
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.answers import answer
from benchmarks.peers.mnist import load

BATCH, EPOCHS = 128, 10
CONVOLUTION = re.compile(r"(\d+)c(\d+)(?:s(\d+))?(?:p(\d+))?")


def network(words: str) -> nn.Sequential:
    """The layers of 784-32c5s2-m2-100-10, say, with ReLU after each but the last."""
    layers: list[nn.Module] = [nn.Unflatten(1, (1, 28, 28))]
    for word in words.split("-")[1:]:
        if match := CONVOLUTION.fullmatch(word):
            maps, kernel, stride, padding = (int(each or 0) for each in match.groups())
            layers += [nn.LazyConv2d(maps, kernel, stride or 1, padding), nn.ReLU()]
        elif word.startswith("m"):
            layers.append(nn.MaxPool2d(int(word[1:])))
        else:
            layers += [nn.Flatten(), nn.LazyLinear(int(word)), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train(net: nn.Module, x: Tensor, y: Tensor) -> None:
    """Ten walks through the training pictures."""
    net(x[:1])  # the layers learn how many inputs they have
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            loss = functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def main(folder: str, words: str, seed: str) -> None:
    """Train, then read whatever comes."""
    torch.manual_seed(int(seed))
    torch.set_flush_denormal(True)
    x, y = load(Path(folder), "train")
    net = network(words)
    train(net, torch.from_numpy(x), torch.from_numpy(y.astype("int64")))

    def predict(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
        with torch.inference_mode():
            parts = torch.from_numpy(pixels.astype(np.float32) / 255).split(1000)
            digits: NDArray[np.int64] = torch.cat([net(part).argmax(1) for part in parts]).numpy()
            return digits

    answer(predict)


if __name__ == "__main__":
    main(*sys.argv[1:])
