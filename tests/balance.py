"""Which tests stay with one worker, and which come first, so that no worker is left with a long file at the end."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

#: The files whose tests share what takes long to set up: the sample layers, loaded twice and served.
_TOWN = tuple(
    f"tests/end_to_end/{name}"
    for name in (
        "clients/", "pages/", "test_clients.py", "test_requests.py", "test_samples.py", "test_ledger.py",
        "test_citizens_reports.py",
    )
)  # fmt: skip
#: Files that take long for how few tests they hold: xdist begins with those that hold most.
_LONG = (
    "tests/test_bench", "tests/test_demo.py", "tests/end_to_end/", "tests/server/test_hammer.py",
    "tests/server/test_schemathesis.py", "tests/server/test_changes_replay.py", "tests/loaders/test_failures.py",
    "tests/catalogue/database/test_cluster.py",
)  # fmt: skip


class Balance(LoadFileScheduling):  # type: ignore[misc]
    """A file stays with one worker, for its tests share a database; so do the files that share the town."""

    def _split_scope(self, nodeid: str) -> str:
        return "town" if nodeid.startswith(_TOWN) else str(super()._split_scope(nodeid))


def takes_long(nodeid: str) -> bool:
    """Whether a test is of those to begin with."""
    return nodeid.startswith(_LONG)
