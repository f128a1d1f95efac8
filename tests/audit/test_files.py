from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway.audit import files


def test_several_writers_of_one_file_leave_one_whole_content(tmp_path: Path) -> None:
    """A gateway and a command beside it both keep the newest checkpoint."""
    path = tmp_path / "kept"
    contents = [bytes([n]) * 100_000 for n in range(16)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(10):
            list(pool.map(lambda content: files.replace(path, content), contents))
            assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]
