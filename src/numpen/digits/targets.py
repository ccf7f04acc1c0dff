"""Where labelled pictures go: a file or a folder in one of the formats that are written, whole or not at all."""

from pathlib import Path
from typing import Literal, TypeAlias, get_args

from numpen.digits.dataset import Dataset
from numpen.digits.formats.csv import write_csv
from numpen.digits.formats.folder import write_folder
from numpen.digits.formats.idx import write_idx
from numpen.digits.formats.npz import write_npz
from numpen.digits.formats.parquet import write_parquet
from numpen.digits.formats.parts import Part
from numpen.digits.sources import STEMS
from numpen.errors import OutputError
from numpen.files import check_new_folder, check_place, new_folder, open_atomically

TargetFormat: TypeAlias = Literal["idx", "idx.gz", "csv", "pictures", "npz", "parquet"]

TARGET_FORMATS: tuple[TargetFormat, ...] = get_args(TargetFormat)
BY_SUFFIX: dict[str, TargetFormat] = {".csv": "csv", ".npz": "npz", ".parquet": "parquet"}


def target_format(target: Path) -> TargetFormat:
    """The format that the name of a target asks for; raises OutputError if it asks for none."""
    if target.suffix in BY_SUFFIX:
        return BY_SUFFIX[target.suffix]
    if target.suffix in (".pkl", ".pickle"):
        raise OutputError(f"expected a format that is safe to pass on, got {target}: pickles are read, never written")
    raise OutputError(
        f"expected a target that ends in {', '.join(BY_SUFFIX)}, or --to with one of {', '.join(TARGET_FORMATS)}, "
        f"got {target}"
    )


def check_target(target: Path, form: TargetFormat, parts: int) -> None:
    """Raises OutputError if so many parts cannot be written there, before any work is done."""
    if form in ("csv", "parquet") and parts > 1 and target.suffix:
        raise OutputError(
            f"expected a folder for two parts, since a file of {form} holds one, got {target}: "
            f"name a folder with --to {form}, or one part"
        )
    if is_folder(target, form, parts):
        check_new_folder(target)
    else:
        check_place(target)


def is_folder(target: Path, form: TargetFormat, parts: int) -> bool:
    """Whether this format is written as a folder."""
    return form in ("idx", "idx.gz", "pictures") or (form in ("csv", "parquet") and (parts > 1 or not target.suffix))


def write_target(parts: dict[Part, Dataset], target: Path, form: TargetFormat) -> None:
    """Write one part or two; raises OutputError if the place is taken or cannot be written."""
    check_target(target, form, len(parts))
    if not is_folder(target, form, len(parts)):
        with open_atomically(target) as file:
            if form == "npz":
                write_npz(parts, file)
            else:
                (write_csv if form == "csv" else write_parquet)(next(iter(parts.values())), file)
        return
    with new_folder(target) as folder:
        for part, dataset in parts.items():
            _write_part(dataset, folder, part, form, alone=len(parts) == 1)


def _write_part(dataset: Dataset, folder: Path, part: Part, form: TargetFormat, *, alone: bool) -> None:
    if form in ("idx", "idx.gz"):
        write_idx(dataset, folder, STEMS[part], packed=form == "idx.gz")
    elif form == "pictures":
        inside = folder if alone else folder / part
        inside.mkdir(exist_ok=True)
        write_folder(dataset, inside)
    else:
        with (folder / f"{part}.{form}").open("wb") as file:
            (write_csv if form == "csv" else write_parquet)(dataset, file)
