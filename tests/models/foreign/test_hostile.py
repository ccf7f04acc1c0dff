"""Changed files of weights end in numpen's own error or are read; `python -m tests.long.mutated_weights` tries more."""

from pathlib import Path

import pytest

from tests.models.foreign.mutations import contents, read_mutated


@pytest.mark.parametrize("kind", contents())
def test_a_mutated_file_is_read_or_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    assert 0 < read_mutated(kind, 300, tmp_path / "weights.bin") < 300
