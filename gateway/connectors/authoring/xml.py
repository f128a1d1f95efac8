"""XML that somebody else wrote. Import it where the first message is read: it brings lxml."""

from __future__ import annotations

from gateway.safe_xml import XmlRefused as XmlRefused
from gateway.safe_xml import parse as parse
