"""What derived sources hold, and how long they wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest

from catalogue.derivation import Join
from catalogue.problems import Refused
from catalogue.source_file import SourceFile
from loaders.derive.hook import HookedSource
from loaders.derive.joined import MOST_BYTES, MOST_ROWS, JoinedSource
from loaders.sources import WKB_COLUMN, SourceInfo
from tests.loaders.derive.rows import ZONE, Table


class Endless:
    """A table that goes on; `text` is in each of its rows."""

    info = SourceInfo("table", [Path("register.csv")], {"key": pa.int64(), "text": pa.string()})

    def __init__(self, text: str = "") -> None:
        self._text = text
        self.read = 0

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Batches without end."""
        while True:
            keys = pa.array(range(self.read, self.read + 16_384))
            values = {
                "key": keys,
                "text": pa.array([self._text] * len(keys)),
                WKB_COLUMN: pa.nulls(len(keys), pa.binary()),
            }
            self.read += len(keys)
            yield pa.record_batch({name: values[name] for name in [*columns, WKB_COLUMN]})


@pytest.mark.parametrize(("text", "most"), [("", MOST_ROWS), ("x" * 1000, MOST_BYTES // 1000)])
def test_a_table_too_large_to_be_held_is_refused(text: str, most: int) -> None:
    table = Endless(text)
    join = Join(source=SourceFile(path="register.csv"), on={"n": "key"}, kind="optional")
    source = JoinedSource("test", Table({"n": pa.array([1])}), "register", join, table, ZONE)
    with pytest.raises(Refused) as refused:
        list(source.batches(["n", "register.text"]))
    assert "register.csv is too large to be joined: at most 1000000 rows and 256 MB" in str(refused.value)
    assert table.read <= most + 16_384


def test_a_hook_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "collections" / "hooks"
    folder.mkdir(parents=True, mode=0o755)
    (folder / "slow.py").write_text(
        'import time\nCOLUMNS = {"x": "text"}\ndef derive(rows):\n    time.sleep(2)\n', encoding="utf-8"
    )
    (folder / "slow.py").chmod(0o644)
    source = HookedSource(tmp_path, Table({"n": pa.array([1])}), "collections/hooks/slow.py", seconds=0.1)
    with pytest.raises(Refused, match="took longer than 0.1 s"):
        list(source.batches(["x"]))
