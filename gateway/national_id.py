"""The number of the national identity card (CNIE).

One or two ASCII letters, then one to seven ASCII digits of which the first is not 0, eight characters at most; old
cards have few digits. It has no check digit. (As the official site checks it: django-localflavor, issue 507.)
Whoever compares two numbers brings both to this form first and compares nothing else: other case mappings, other
digits and dropped marks would make two people one.
"""

from __future__ import annotations

import re
from typing import Final

from gateway import typed_text

PATTERN: Final = "^[A-Z]{1,2}[1-9][0-9]{0,6}$"
"""The written form for a JSON Schema; beside it `maxLength` is `LONGEST`."""
LONGEST: Final = 8

_SHAPE: Final = re.compile(r"[A-Z]{1,2}[1-9][0-9]{0,6}")
_SEPARATORS: Final = str.maketrans("", "", " -.")


def normalise(cnie: str) -> str:
    """The number as a verified claim or a store has it: `ab 123456` -> `AB123456`.

    Raises `ValueError`, without the number in its text, on anything else: invisible marks, other digits and other
    letters are not what an issuer writes.
    """
    plain = typed_text.ascii_upper(cnie.translate(_SEPARATORS))
    if len(plain) > LONGEST or _SHAPE.fullmatch(plain) is None:
        raise ValueError("not a CNIE")
    return plain


def typed(text: str) -> str:
    """The number that a person typed, with what a copy or an Arabic keyboard made of it: `ab ١٢٣٤٥٦` -> `AB123456`.

    Raises `ValueError` as `normalise` does.
    """
    if not typed_text.acceptable(text) or any(each in text for each in "\t\r\n"):
        raise ValueError("not a CNIE")
    return normalise(typed_text.code(text))
