"""Models of a portal's messages, from its OpenAPI description: `mre-gateway connector new --from openapi.json`.

`components/schemas` of a description 3.0 or 3.1, in JSON, become one module of `msgspec.Struct`. Nothing is fetched.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.json_members import repeats
from gateway.testing.model_writer import MOST_BYTES, BadDescription, ModelWriter

_HERE: Final = "#/components/schemas/"
_HEAD: Final = '''"""The portal's messages, by its OpenAPI description. Written by `connector new`; yours to change.

A member that need not be there is `msgspec.UNSET` if it is not. The words of an enumeration are examples: put those
that mean something into a table of `mapping.py`, which says what becomes of others. Patterns and bounds are not in it:
what stands in an address or is compared needs one of your own, such as `Reference`.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from gateway.connectors.authoring import Instant
'''
_FORMATS: Final = {"date-time": "Instant"}
"""RFC 3339 has an offset in each; one without is no answer as we know it."""


def models(description: bytes) -> str:
    """The text of a Python module. Raises `BadDescription`."""
    if len(description) > MOST_BYTES:
        raise BadDescription(f"it has more than {MOST_BYTES:,} bytes")
    if description.lstrip()[:1] != b"{":
        raise BadDescription("it is not a JSON object; convert YAML first")
    try:
        document = msgspec.json.decode(description)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadDescription(f"it is not JSON that can be read: {error}") from error
    if repeats(description):
        raise BadDescription("an object of it has two members of one name")
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0.", "3.1.")):
        raise BadDescription("it does not say `openapi: 3.0.x` or `3.1.x`")
    components = document.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if not isinstance(schemas, dict) or not schemas:
        raise BadDescription("it has no components/schemas")
    return _HEAD + ModelWriter(schemas, _HERE, formats=_FORMATS).write()
