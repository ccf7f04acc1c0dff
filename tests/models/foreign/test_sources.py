"""Files as other programs write them: NumPy, pickles of both Pythons, JSON, CSV, safetensors, scikit-learn."""

import gzip
import json
import pickle
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from numpen.digits.dataset import Dataset
from numpen.errors import ModelFileError, NumpenError
from numpen.models.foreign.conventions import Convention
from numpen.models.foreign.importing import import_weights
from numpen.models.foreign.sources import read_parameters
from tests.models.foreign.networks import Matrices, kept_by, trained

INWARD = Convention("in-out", "added", "sigmoid", 255.0, "softmax")
Writer = Callable[[Path, Matrices, Matrices], list[Path]]


def objects(arrays: Matrices) -> Any:
    """The arrays in an array of objects."""
    row = np.empty(len(arrays), object)
    row[:] = arrays
    return row


def named(spelling_w: str, spelling_b: str, first: int = 1) -> Writer:
    """An npz with such names."""

    def write(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
        arrays: dict[str, Any] = {spelling_w.format(i): W for i, W in enumerate(weights, first)}
        arrays |= {spelling_b.format(i): b for i, b in enumerate(biases, first)}
        np.savez(folder / "n.npz", **arrays)
        return [folder / "n.npz"]

    return write


def positional(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    np.savez_compressed(folder / "n.npz", *weights, *biases)
    return [folder / "n.npz"]


def in_turn(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    np.savez(folder / "n.npz", *[array for pair in zip(weights, biases, strict=True) for array in pair])
    return [folder / "n.npz"]


def object_npz(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    np.savez(folder / "n.npz", coefs=objects(weights), intercepts=objects(biases))
    return [folder / "n.npz"]


def pickled(protocol: int, make: Callable[[Matrices], Any] = list) -> Writer:
    """Two pickles, of the weights and of the biases."""

    def write(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
        paths = [folder / "weights.pkl", folder / "biases.pkl"]
        for path, arrays in zip(paths, (weights, biases), strict=True):
            path.write_bytes(pickle.dumps(make(arrays), protocol))
        return paths

    return write


def object_npy(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    np.save(folder / "weights.npy", objects(weights), allow_pickle=True)
    np.save(folder / "biases.npy", objects([b[:, np.newaxis] for b in biases]), allow_pickle=True)
    return [folder]


def packed_pickles(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    """Pickles in gzip, in one folder."""
    for name, arrays in (("weights", weights), ("biases", biases)):
        (folder / f"{name}.pkl.gz").write_bytes(gzip.compress(pickle.dumps(arrays)))
    return [folder / "weights.pkl.gz", folder / "biases.pkl.gz"]


def one_pickle(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    (folder / "net.pickle").write_bytes(pickle.dumps({"weights": weights, "biases": biases, "sizes": [784, 30, 10]}))
    return [folder / "net.pickle"]


def network2(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    """As `Network.save` of Nielsen's network2.py: z = wa + b, biases are columns."""
    data = {
        "sizes": [784, *map(len, biases)],
        "weights": [W.T.tolist() for W in weights],
        "biases": [b[:, np.newaxis].tolist() for b in biases],
        "cost": "CrossEntropyCost",
    }
    (folder / "net.json").write_text(json.dumps(data))
    return [folder / "net.json"]


def csv(delimiter: str, **layout: Any) -> Writer:
    """A folder as numpy.savetxt writes it."""

    def write(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
        for i, (W, b) in enumerate(zip(weights, biases, strict=True), 1):
            np.savetxt(folder / f"weights_{i}.csv", W, delimiter=delimiter, **layout)
            np.savetxt(folder / f"biases_{i}.csv", b, delimiter=delimiter, **layout)
        (folder / "notes.txt").write_text("not a matrix")
        return [folder]

    return write


def csv_files(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    csv(",")(folder, weights, biases)
    return [folder / name for name in ("weights_1.csv", "biases_1.csv", "weights_2.csv", "biases_2.csv")]


def npy_files(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    paths = [folder / f"{letter}.npy" for letter in "pqrs"]
    for path, array in zip(paths, [*weights, *biases], strict=True):
        np.save(path, array)
    return paths


def sequential(folder: Path, weights: Matrices, biases: Matrices) -> list[Path]:
    """The tensors of a PyTorch Sequential: Linear, activation, Linear."""
    tensors = {f"{2 * i}.weight": np.ascontiguousarray(W.T) for i, W in enumerate(weights)}
    save_file(
        tensors | {f"{2 * i}.bias": b for i, b in enumerate(biases)}, folder / "net.safetensors", {"format": "pt"}
    )
    return [folder / "net.safetensors"]


WRITERS: dict[str, Writer] = {
    "npz W1 b1": named("W{}", "b{}"),
    "npz w0 b0": named("w{}", "b{}", 0),
    "npz weights_0 biases_0": named("weights_{}", "biases_{}", 0),
    "npz layer1.weight": named("layer{}.weight", "layer{}.bias"),
    "npz fc1/kernel": named("fc{}_kernel", "fc{}_bias"),
    "npz coefs_0": named("coefs_{}", "intercepts_{}", 0),
    "npz arr_0": positional,
    "npz arr_0 in turn": in_turn,
    "npz objects": object_npz,
    "npy objects in a folder": object_npy,
    "npy one after the other": npy_files,
    "pickles of Python 2": pickled(0),
    "pickles of protocol 2": pickled(2),
    "pickles of today": pickled(pickle.HIGHEST_PROTOCOL),
    "pickled objects": pickled(2, objects),
    "pickled lists of lists": pickled(2, lambda arrays: [array.tolist() for array in arrays]),
    "pickles in gzip": packed_pickles,
    "one pickle": one_pickle,
    "network2": network2,
    "csv": csv(","),
    "csv, semicolons, CRLF": csv(";", newline="\r\n"),
    "csv, blanks": csv(" "),
    "csv, float digits": csv("\t", fmt="%.17g"),
    "csv one after the other": csv_files,
    "safetensors": sequential,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_gives_the_same_network(tmp_path: Path, mnist: Dataset, kind: str) -> None:
    weights, biases = kept_by(trained(), INWARD)
    made = import_weights(WRITERS[kind](tmp_path, weights, biases), mnist)
    assert made.model.network.theta.tobytes() == trained().network.theta.tobytes()


def test_equal_layers_are_not_taken_for_one_array(tmp_path: Path) -> None:
    weights = [np.full((16, 16), float(i)) for i in range(3)]
    biases = [np.full(16, float(i)) for i in range(3)]
    for write in (pickled(2), pickled(2, np.array), one_pickle, network2):
        parameters, _ = read_parameters(write(tmp_path, weights, biases))
        assert [W.max() for W in parameters.weights.values()] == [0, 1, 2]
        assert [b.max() for b in parameters.biases.values()] == [0, 1, 2]
        assert all(b.shape == (16,) for b in parameters.biases.values())


def test_more_than_nine_layers_stay_in_order(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {f"W{i}": np.full((2, 2), i) for i in reversed(range(12))}
    arrays |= {f"b{i}": np.full(2, i) for i in range(12)}
    np.savez(tmp_path / "n.npz", **arrays)
    parameters, _ = read_parameters([tmp_path / "n.npz"])
    assert [W[0, 0] for W in parameters.weights.values()] == list(range(12))


def test_what_scikit_learn_has_learnt(tmp_path: Path, mnist: Dataset, mnist_test: Dataset) -> None:
    from sklearn.neural_network import MLPClassifier

    few = mnist.take(np.arange(0, 60_000, 30))
    theirs = MLPClassifier((20,), random_state=0)
    for _ in range(8):
        theirs.partial_fit(few.images.reshape(-1, 784) / 255, few.labels, classes=range(10))
    np.savez(tmp_path / "mlp.npz", *theirs.coefs_, *theirs.intercepts_)
    made = import_weights([tmp_path / "mlp.npz"], mnist, pixel_divisor=255.0)
    assert [layer.name for layer in made.model.network.layers] == ["dense", "relu", "dense", "softmax"]
    expected = theirs.predict_proba(mnist_test.images.reshape(-1, 784) / 255)
    assert np.abs(made.model.probabilities(mnist_test.images) - expected).max() < 1e-5


def test_arrays_that_are_neither_weights_nor_biases_are_set_aside(tmp_path: Path) -> None:
    np.savez(tmp_path / "n.npz", W1=np.ones((3, 2)), b1=np.ones(2), mW1=np.ones((3, 2)), epochs=7)
    parameters, checksums = read_parameters([tmp_path / "n.npz"])
    assert parameters.aside == ("mW1", "epochs") and list(parameters.weights) == ["W1"] and list(checksums) == ["n.npz"]


def refused(path: Path, said: str) -> None:
    with pytest.raises(NumpenError, match=said) as caught:
        read_parameters([path])
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "which is empty"),
        (b"1,2\n3\n", "row"),
        (b"1,2\n3,x\n", "'x'"),
        (b"1,nan\n2,3\n", "finite numbers in weights"),
        (b"1,1e39\n2,3\n", "float32"),
        (b"\n\n", "rows of numbers"),
        (b"\xff\xfe1\x00,\x002", "rows of numbers"),
        (b"PK\x03\x04 no archive", "an archive of NumPy's arrays"),
        (b"\x93NUMPY\x01\x00", "as NumPy saves it"),
        (b"\x93NUMPY\x09\x00v\x00{'descr': '<f8'", "as NumPy saves it"),
        (b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10_000, "as NumPy saves it"),
        (b'{"weights": []}', "weights"),
        (b'{"weights": [], "biases": []}', "a matrix in weights"),
        (b'{"weights": [[[1, 2], [3]]], "biases": [[1]]}', "expected"),
        (b'{"weights": [["a", "b"]], "biases": [[1]]}', "expected"),
        (b'{"weights": [[[1, NaN]]], "biases": [[1, 2]]}', "finite numbers"),
        (b'{"weights": ' + b"[" * 100_000, "JSON"),
        (b'{"weights": ' + b"[" * 40 + b"1" + b"]" * 40 + b', "biases": []}', "lists in lists"),
        ((2**62).to_bytes(8, "little") + b"{}", "another kind of file or ends early"),
        ((2).to_bytes(8, "little") + b"{}", "matrices of weights, got none"),
    ],
    ids=lambda value: str(value[:30]),
)
def test_a_damaged_file_is_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "weights").write_bytes(content)
    refused(tmp_path / "weights", said)


def test_places_without_weights(tmp_path: Path) -> None:
    refused(tmp_path, "a folder with files of weights and biases")
    refused(tmp_path / "missing", "missing: No such file")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"W1": np.ones((2, 2, 2)), "b1": np.ones(2)}, "one vector of biases for each matrix, got 2"),
        ({"W1": np.ones((2, 2)), "b1": np.ones((2, 2))}, "a vector of biases in b1"),
        ({"W1": np.ones((2, 2), complex), "b1": np.ones(2)}, "numbers in W1, got complex128"),
        ({"W1": np.ones((2, 2)), "b1": np.array([1, np.inf])}, "finite numbers in b1"),
        ({"W1": np.array(["a"]), "b1": np.ones(2)}, "a matrix in W1"),
        ({"W1": np.ones((0, 2)), "b1": np.ones(2)}, "a matrix in W1"),
        ({"W1": np.ones((2, 2)), "W2": np.ones((2, 2)), "b1": np.ones(2)}, r"2 matrices \(W1, W2\) and 1 vectors"),
        ({"a": np.array("text")}, "matrices of weights"),
        ({"W" * 200: np.ones((2, 2))}, "names of up to 120 characters"),
        ({"W\x1b[31m": np.ones((2, 2))}, "names of up to 120 characters"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_arrays_that_are_no_network(tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    np.savez(tmp_path / "n.npz", **arrays)
    refused(tmp_path / "n.npz", said)


@pytest.mark.parametrize(("declared", "said"), [(2 << 30, "129,000,000 bytes"), (1_000, "Bad CRC-32")])
def test_a_small_archive_of_two_gigabytes_is_not_unpacked(tmp_path: Path, declared: int, said: str) -> None:
    bomb = tmp_path / "bomb.npz"
    bomb.write_bytes(archive_of_zeros(2_048, declared))
    assert bomb.stat().st_size < 2_200_000
    tracemalloc.start()
    refused(bomb, said)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def archive_of_zeros(megabytes: int, declared: int) -> bytes:
    """A zip file with one member of so many megabytes of zeros, that says it is of another size."""
    deflate = zlib.compressobj(wbits=-15)
    first, again = (deflate.compress(bytes(1 << 20)) + deflate.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    stream = first + again * (megabytes - 1) + deflate.flush()
    name = b"W1.npy"
    facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(stream), declared, len(name), 0)
    local = b"PK\x03\x04" + facts + name + stream
    central = b"PK\x01\x02" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def laughs(leaf: Any) -> Any:
    """A list of ten lists of ten lists of ..., six deep, that a pickle says in a few bytes."""
    for _ in range(6):
        leaf = [leaf] * 10
    return leaf


@pytest.mark.parametrize(
    "value",
    [
        laughs([0.5] * 100),
        laughs([]),
        laughs(None),
        laughs({}),
        objects([laughs(np.empty(0, object))] * 10),
        laughs([np.ones(2)]),  # which NumPy would stack
        [[laughs([0.5])]],
        {"weights": laughs("a"), "biases": ["a" * 100_000] * 10_000},
        [np.ones(2)] * 300,
        [np.ones((4_000, 4_000), np.int8)] * 2,
    ],
    ids=["numbers", "empty", "nothing", "dicts", "objects", "arrays", "deep", "strings", "many", "large"],
)
def test_a_small_pickle_of_a_large_value_is_stopped(tmp_path: Path, value: Any) -> None:
    (tmp_path / "weights.pkl").write_bytes(pickle.dumps(value))
    refused(tmp_path / "weights.pkl", "expected")


def test_a_list_that_holds_itself(tmp_path: Path) -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    (tmp_path / "weights.pkl").write_bytes(pickle.dumps(cycle))
    refused(tmp_path / "weights.pkl", "expected")


def test_an_array_of_objects_whose_shape_lies(tmp_path: Path) -> None:
    whole = pickle.dumps(objects([np.ones((2, 2)), np.ones((2, 3))]), 2)
    assert whole.count(b"K\x02\x85") == 1
    (tmp_path / "weights.pkl").write_bytes(whole.replace(b"K\x02\x85", b"K\x05\x85"))
    refused(tmp_path / "weights.pkl", "a whole pickle")


def test_an_array_of_objects_that_are_numbers(tmp_path: Path) -> None:
    W, b = np.arange(60.0).reshape(3, 20) / 7, np.arange(20.0)
    np.savez(tmp_path / "w.npz", W=W.astype(object), b=b.astype(object))
    read, _ = read_parameters([tmp_path / "w.npz"])
    assert np.array_equal(read.weights["W"], W) and np.array_equal(read.biases["b"], b)


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xef\xbb\xbf", "got: nothing$"), (b"1,2,3\n1,2\n", "changed from 3 to 2 at row 2$")]
)
def test_no_rows_of_numbers_are_told_in_our_words(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "w.csv").write_bytes(content)
    refused(tmp_path / "w.csv", said)


def test_a_matrix_without_a_name_is_told_all_the_same(tmp_path: Path, mnist: Dataset) -> None:
    np.save(tmp_path / "w.npy", np.ones((16, 784)))
    with pytest.raises(ModelFileError, match=r"got \(16, 784\): the matrix should have 10 outputs"):
        import_weights([tmp_path / "w.npy"], mnist)


def test_pytorch_s_own_archive_says_what_to_do_there(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.pt", "w") as archive:
        archive.writestr("net/data.pkl", pickle.dumps({}))
    refused(tmp_path / "net.pt", "save_file")


def test_the_same_names_in_two_files(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "weights_1.csv", np.ones((2, 2)), delimiter=",")
    with pytest.raises(ModelFileError, match="each file once"):
        read_parameters([tmp_path / "weights_1.csv", tmp_path / "weights_1.csv"])


def test_a_model_of_numpen_s_need_not_be_imported(tmp_path: Path) -> None:
    trained().save(tmp_path / "own.numpen")
    refused(tmp_path / "own.numpen", "use it as it is")
