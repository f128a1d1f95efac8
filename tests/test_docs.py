from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_page_of_errors_is_what_the_code_says() -> None:
    page = runpy.run_path(str(DOCS / "reference" / "errors.py"))["page"]()
    assert (DOCS / "reference" / "errors.md").read_text(encoding="utf-8") == page, "run `make docs`"
