"""What `numpen train` does, as a PyTorch user would write it well: load, train, test, save.

Everything that made it faster is in: pixels as a float32 tensor once and for all, `index_select` rather
than `X[rows]`, one fused kernel for the optimizer, no denormals, all threads. `torch.compile` is not: it takes longer
to compile (6 to 30 s) than the whole run lasts.

python -m benchmarks.peers.torch_train '{"data": ..., the fields of Settings, in JSON}'
"""

import json
import math
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.peers.mnist import load


@dataclass(frozen=True)
class Settings:
    """What to train and how."""

    data: str
    out: str
    seed: int
    layers: list[int]
    batch_size: int
    epochs: int
    learning_rate: float
    warm_up: float
    momentum: float


def network(sizes: list[int]) -> nn.Sequential:
    """Dense layers with ReLU between them, first weights as in He et al. (2015)."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        dense = nn.Linear(inputs, outputs)
        nn.init.kaiming_normal_(dense.weight, nonlinearity="relu")
        nn.init.zeros_(dense.bias)
        layers += [dense, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def one_cycle(rate: float, warm_up: float, step: int, steps: int) -> float:
    """Up from a 25th of the rate and down to zero, both along half a cosine."""
    peak = warm_up * steps
    if step < peak:
        return rate * (0.04 + 0.96 * 0.5 * (1 - math.cos(math.pi * step / peak)))
    return rate * 0.5 * (1 + math.cos(math.pi * (step - peak) / (steps - peak)))


def train(net: nn.Module, x: Tensor, y: Tensor, how: Settings) -> None:
    """Gradient descent with Nesterov's momentum."""
    optimizer = torch.optim.SGD(net.parameters(), how.learning_rate, how.momentum, nesterov=True, fused=True)
    step, steps = 0, how.epochs * math.ceil(len(x) / how.batch_size)
    for _ in range(how.epochs):
        for rows in torch.randperm(len(x)).split(how.batch_size):
            optimizer.param_groups[0]["lr"] = one_cycle(how.learning_rate, how.warm_up, step, steps)
            loss = functional.cross_entropy(net(x.index_select(0, rows)), y.index_select(0, rows))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1


def tensors(folder: Path, stem: str) -> tuple[Tensor, Tensor]:
    """Pixels and labels."""
    x, y = load(folder, stem)
    return torch.from_numpy(x), torch.from_numpy(y.astype("int64"))


def main(how: Settings) -> None:
    """Load, train, test, save, and say how it went in JSON."""
    torch.manual_seed(how.seed)
    torch.set_flush_denormal(True)
    x, y = tensors(Path(how.data), "train")
    test_x, test_y = tensors(Path(how.data), "t10k")
    net, began = network(how.layers), time.perf_counter()
    train(net, x, y, how)
    seconds = time.perf_counter() - began
    with torch.inference_mode():
        right = int((net(test_x).argmax(1) == test_y).sum())
    torch.save(net.state_dict(), how.out)
    print(json.dumps({"test_accuracy": right / len(test_y), "seconds": seconds}))


if __name__ == "__main__":
    main(Settings(**json.loads(sys.argv[1])))
