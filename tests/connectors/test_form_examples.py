"""An example fits its form in full: the schema, and the formats of the gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.connectors.form_vocabulary.example import check_example
from gateway.connectors.form_vocabulary.formats import PATTERNS, SOME_FILE
from gateway.connectors.manifest import ManifestError

FITS = {
    "cnie": "AB123456",
    "phone": "+33612345678",
    "email": "amina@example.org",
    "date": "2026-01-31",
    "birth-date": "1988",
    "country": "FR",
    "ma-postcode": "10000",
    "attachment": SOME_FILE,
}


def check(example: dict[str, Any], format: str) -> None:
    form = {"type": "object", "properties": {"copies": {"type": "array", "items": {"format": format}}}}
    check_example(example, form, Path("services.toml"), "request.example")


@pytest.mark.parametrize("format", PATTERNS)
def test_example_in_the_wrong_format_is_refused(format: str) -> None:
    check({"copies": [FITS[format], 7]}, format)  # a format is for texts: the type says the rest
    with pytest.raises(ManifestError, match=f"'permis.pdf' has not the format {format}") as wrong:
        check({"copies": [FITS[format], "permis.pdf"]}, format)
    assert wrong.value.key == "request.example.copies[1]"


def test_name_of_a_file_is_answered_with_what_to_write() -> None:
    with pytest.raises(ManifestError, match="write 'att_00000000000000000000000000'"):
        check({"copies": ["permis.pdf"]}, "attachment")
