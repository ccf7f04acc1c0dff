"""Robustness: the fifteen corruptions of MNIST-C and distortions of exact strength, for several models side by side.

Each MODEL is a file of numpen's. Where PyTorch is installed (with the Python that PEERS_PYTHON names, or this
one), a network of the same layers, trained plainly by PyTorch (peers/torch_reader.py), stands beside them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from benchmarks.harness import MNIST, PEERS, peer
from benchmarks.piped import PipedModel
from numpen.digits.dataset import Dataset
from numpen.digits.mnist import load_mnist
from numpen.evaluation.robustness import Robustness, robustness
from numpen.models.model import Model


def measure(paths: Iterable[Path], dataset: Dataset, *, torch: bool) -> dict[str, Robustness]:
    """Robustness by column: of each model, and of PyTorch's network for each choice of layers."""
    columns, layers = {}, []
    for path in paths:
        model = Model.load(path)
        columns[path.stem] = robustness(model, dataset)
        layers.append(str(model.card["recipe"]["layers"]))
    for words in dict.fromkeys(layers) if torch else ():
        with PipedModel([PEERS, "-m", "benchmarks.peers.torch_reader", str(MNIST), words, "0"]) as network:
            columns[f"PyTorch, {words}"] = robustness(network, dataset)
    return columns


def section(columns: Mapping[str, Robustness]) -> str:
    """Two tables in Markdown, a column for each model: corruptions, then distortions; accuracy in percent."""
    each = list(columns.values())
    corrupted = [("none", [one.accuracy for one in each])]
    corrupted += [(name, [one.corruptions[name] for one in each]) for name in each[0].corruptions]
    corrupted += [("**mean of the fifteen**", [one.mean_corrupted for one in each])]
    distorted = [
        (f"{curve.name}, {strength:g} {curve.unit}", [one.curves[i].accuracies[j] for one in each])
        for i, curve in enumerate(each[0].curves)
        for j, strength in enumerate(curve.strengths)
        if j  # the first is no distortion
    ]
    return f"{_table('corruption', columns, corrupted)}\n\n{_table('distortion', columns, distorted)}"


def _table(what: str, columns: Iterable[str], rows: Iterable[tuple[str, list[float]]]) -> str:
    names = list(columns)
    lines = [f"| {what} | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    lines += [f"| {name} | {' | '.join(f'{100 * share:.2f}' for share in shares)} |" for name, shares in rows]
    return "\n".join(lines)


def torch_is_there() -> bool:
    """Whether the peers' Python has PyTorch."""
    try:
        peer("-c", "import torch")
    except (OSError, RuntimeError):
        return False
    return True


@click.command(help=__doc__)
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--first", type=click.IntRange(min=1), help="Only the first so many test pictures.")
def main(models: tuple[Path, ...], first: int | None) -> None:
    """Measure and print."""
    dataset = load_mnist("test").take(slice(first))
    torch = torch_is_there()
    if not torch:
        click.echo(f"no PyTorch in {PEERS}: numpen's models alone (PEERS_PYTHON names another Python)", err=True)
    click.echo(f"accuracy in percent on {len(dataset):,} test pictures\n")
    click.echo(section(measure(models, dataset, torch=torch)))


if __name__ == "__main__":
    main()
