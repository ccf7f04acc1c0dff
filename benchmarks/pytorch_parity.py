"""Whether PyTorch answers as numpen does from a `.safetensors` export: all 10,000 test pictures.

The shipped model, small networks of each activation and one of convolutions go through `numpen export`;
PyTorch's `Sequential`, as the file spells it, reads them with `load_state_dict(strict=True)`.
"""

import json
import tempfile
from pathlib import Path

from benchmarks.harness import MNIST, Benchmark, Row, at_most, peer, python

# exports the models, and keeps what numpen itself says
EXPORT = """
import sys
from pathlib import Path
import numpy as np
from numpen import Model, Recipe, load_mnist, train
from numpen.models.exports.targets import export
from numpen.reading.reader import SHIPPED
folder, quick = Path(sys.argv[1]), sys.argv[2] == "quick"
few, test = load_mnist("train").take(slice(6_000)), load_mnist("test")
pictures = Recipe(layers="784-8c5s2-16c3-32-10", optimizer="adam", learning_rate=0.003, epochs=1)
models = {"shipped": Model.load(SHIPPED), "convolutions": train(pictures, few)}
for activation in ("relu",) if quick else ("sigmoid", "tanh", "relu", "leaky-relu", "elu"):
    for output in ("softmax", "sigmoid"):
        recipe = Recipe(layers="784-32-16-10", activation=activation, output=output, learning_rate=0.1, dropout=0.1)
        models[f"{activation}, {output}"] = train(recipe, few)
for name, model in models.items():
    export(model, folder / f"{name}.safetensors")
    np.save(folder / f"{name}.npy", model.probabilities(test.images))
"""


def measure(quick: bool) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        python("-c", EXPORT, folder, "quick" if quick else "all")
        for file in sorted(Path(folder).glob("*.safetensors")):
            found = json.loads(peer("-m", "benchmarks.peers.torch_sequential", file, MNIST).output)
            rows += [
                at_most(f"{file.stem}: other digits, but for ties within 1e-5", found["other_digits"], 0),
                at_most(f"{file.stem}: largest difference of a probability", found["largest_difference"], 1e-5),
            ]
    return rows


BENCHMARK = Benchmark("pytorch_parity", __doc__, measure)

if __name__ == "__main__":
    BENCHMARK.main()
