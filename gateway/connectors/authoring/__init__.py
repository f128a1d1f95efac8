"""All that a connector is written with: `from gateway.connectors.authoring import ...`.

The contract (`gateway/connectors/contract.py` is its text), the hooks that register a connector (`registering`,
`registering_notifier`), and what most portals need: documents, times, amounts, labels, checked answers and notices. XML
is read by `xml`, which brings lxml.

A stand-in imports `gateway.sandbox.authoring` instead, and tests import `gateway.testing`.
"""

from __future__ import annotations

from gateway import national_id as national_id
from gateway import typed_text as typed_text
from gateway.connectors.authoring.amounts import *
from gateway.connectors.authoring.answers import *
from gateway.connectors.authoring.documents import *
from gateway.connectors.authoring.forms import *
from gateway.connectors.authoring.labels import *
from gateway.connectors.authoring.notices import *
from gateway.connectors.authoring.times import *
from gateway.connectors.contract import *
from gateway.connectors.hookspecs import hookimpl as hookimpl
from gateway.connectors.hookspecs import registering as registering
from gateway.connectors.hookspecs import registering_notifier as registering_notifier
from gateway.foreign_text import base64_bytes as base64_bytes
from gateway.foreign_text import retry_after as retry_after
from gateway.foreign_text import seconds as seconds
