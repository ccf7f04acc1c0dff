"""TOML files that ship under a name, or that lie anywhere: recipes, and the spaces that a search looks through."""

import tomllib
from pathlib import Path
from typing import Any

from numpen.errors import NumpenError


def names_in(folder: Path) -> list[str]:
    """The names under which files ship in a folder."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def told_by(folder: Path, name_or_file: str, what: str, error: type[NumpenError]) -> tuple[dict[str, Any], Path]:
    """What the file that ships under this name says, or the file at this path, and where it is.

    Raises `error`, in whose words the file is a `what`, if there is neither or it is no TOML.
    """
    names = names_in(folder)
    path = folder / f"{name_or_file}.toml" if name_or_file in names else Path(name_or_file)
    try:
        return tomllib.loads(path.read_text("utf-8")), path
    except OSError as cause:
        shipped = ", ".join(names)
        raise error(f"expected a {what} that ships ({shipped}) or a TOML file, got {name_or_file}") from cause
    except (ValueError, RecursionError) as cause:
        raise error(f"expected TOML in {path}, got: {cause}") from cause
