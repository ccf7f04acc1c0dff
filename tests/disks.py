"""A disk that is not sound: what the tests of files put between a file and whoever writes it."""

from typing import Any


class Between:
    """Stands in for an open file and hands on whatever is asked of it, until a test says otherwise."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def __enter__(self) -> "Between":
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)
