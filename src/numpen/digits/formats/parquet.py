"""Parquet as on Hugging Face: `image`, a PNG and its path, and `label`. It needs pyarrow, numpen's extra `parquet`."""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from numpen.digits.dataset import Dataset
from numpen.digits.formats.frames import Frame, Framer
from numpen.errors import DataError, NumpenError, printable
from numpen.unpacking import most_memory

ROWS = 1000  # read and written at a time


def read_parquet(paths: list[Path], frame: Frame | None) -> Dataset:
    """The pictures of one or more files, in their order; `frame` is for pictures that are not MNIST's already.

    Raises DataError for what is damaged or has other columns, and if pyarrow is missing.
    """
    arrow = _pyarrow()
    framer = Framer(frame)
    images, labels = np.empty((0, 28, 28), np.uint8), bytearray()
    for path in paths:
        try:
            with arrow.ParquetFile(path) as file:
                images.resize((len(labels) + _rows(file, path), 28, 28), refcheck=False)
                for batch in file.iter_batches(batch_size=ROWS, columns=["image", "label"]):
                    _take(batch.to_pydict(), framer, images, labels, path)
        except NumpenError:
            raise
        except Exception as error:  # pyarrow raises whatever a damaged file makes it raise
            raise DataError(f"expected a whole Parquet file, got {path}, which is damaged or none") from error
    if len(labels) != len(images):
        raise DataError(f"expected {len(images)} rows in {paths[-1]}, as its header says, got {len(labels)}")
    if not labels:
        raise DataError(f"expected at least one picture in {paths[0]}, got none")
    form = f"Parquet with PNG pictures in {len(paths)} file{'s' * (len(paths) > 1)}, {framer}"
    return Dataset(images, np.frombuffer(labels, np.uint8), source=str(paths[0]), found=form)


def _rows(file: Any, path: Path) -> int:
    """How many rows a file says it has; raises DataError if it lacks a column or cannot have so many."""
    names = file.schema_arrow.names
    if "image" not in names or "label" not in names:
        raise DataError(f"expected the columns image and label in {path}, got {printable(', '.join(names))}")
    rows: int = file.metadata.num_rows
    if not 0 <= rows * 784 <= most_memory(path):
        raise DataError(f"expected as many pictures as {path} can hold, got a header that says {rows}")
    return rows


def _take(batch: dict[str, Any], framer: Framer, images: NDArray[np.uint8], labels: bytearray, path: Path) -> None:
    for picture, label in zip(batch["image"], batch["label"], strict=True):
        row = len(labels) + 1
        content = picture.get("bytes") if isinstance(picture, dict) else picture
        if not isinstance(content, bytes):
            raise DataError(f"expected a PNG in the column image of {path}, row {row}, got {type(content).__name__}")
        if type(label) is not int or not 0 <= label <= 9:
            raise DataError(f"expected a label from 0 to 9 in {path}, row {row}, got {printable(repr(label))}")
        if row > len(images):
            raise DataError(f"expected {len(images)} rows in {path}, as its header says, got more")
        images[row - 1] = framer.framed(content, f"row {row} of {path}")
        labels.append(label)


def write_parquet(dataset: Dataset, file: BinaryIO) -> None:
    """Write pictures as PNG with their labels, in the columns and with the features that Hugging Face has."""
    arrow = _pyarrow()
    import pyarrow as pa

    from numpen.digits.formats.frames import png

    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    names = "".join(f'"{digit}"{", " * (digit < 9)}' for digit in range(10))
    features = (
        '{"info": {"features": {"image": {"_type": "Image"}, '
        f'"label": {{"names": [{names}], "_type": "ClassLabel"}}}}}}}}'
    )
    schema = pa.schema([("image", image), ("label", pa.int64())], metadata={"huggingface": features})
    with arrow.ParquetWriter(file, schema) as writer:
        for start in range(0, len(dataset), ROWS):
            part = dataset.take(slice(start, start + ROWS))
            pictures = [{"bytes": png(each), "path": None} for each in part.images]
            writer.write_table(pa.table([pictures, part.labels.astype(np.int64)], schema=schema))


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise DataError('expected pyarrow for Parquet, got none: pip install "numpen[parquet]"') from error
    return pyarrow.parquet
