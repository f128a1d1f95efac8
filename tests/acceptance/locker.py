"""A plugin whose form takes files, and whose portal gives documents with names that mean harm. It needs no network."""

from __future__ import annotations

from pathlib import Path

HARMFUL = {
    "quote": 'a"; filename="evil.html',
    "split": "a\r\nSet-Cookie: taken=1\r\n\r\n<script>",
    "arabic": "شهادة الميلاد.pdf",
    "path": "../../etc/cron.d/evil.sh",
}
"""Document id -> the name that the portal gives it."""

INIT = '''"""Takes files."""
from gateway.connectors.hookspecs import hookimpl
from plugins.locker.connector import Locker

@hookimpl
def gateway_register_connectors(register):
    register(Locker)
'''

CONNECTOR = f'''"""Keeps what it gets."""
from datetime import UTC, datetime
from gateway.connectors.contract import (
    CaseStatus, Connector, Document, DocumentRef, Filed, Filing, Milestone, Progress, Refused, Step,
)

GOT = []
NAMES = {HARMFUL!r}
TYPES = {{"split": "text/html\\r\\nX-Evil: 1", "quote": "text/html"}}

class Locker(Connector, Filing):
    async def file(self, filing):
        GOT.append(filing)
        return Filed(reference=f"L{{len(GOT)}}", progress=self._done(f"L{{len(GOT)}}"))

    async def progress(self, reference, **access):
        return self._done(reference)

    async def find(self, idempotency_key):
        return None

    async def document(self, reference, id):
        media_type = TYPES.get(id, "application/pdf")
        return Document(id=id, filename=NAMES[id], media_type=media_type, content=b"<script>alert(1)</script>")

    def _done(self, reference):
        documents = [DocumentRef(id=id, title="d", media_type=TYPES.get(id, "application/pdf")) for id in NAMES]
        return Progress(reference=reference, status=CaseStatus.COMPLETED, portal_status="done",
                        milestone=Milestone.READY, documents=documents,
                        steps=[Step(at=datetime.now(UTC), label="done", milestone=Milestone.READY)])
'''

MANIFEST = """
id = "locker"
api = 1
lifecycle = "preview"
version_added = "0.1.0"
owners = ["Tests"]
hosts = ["locker.example"]
[title]
ar = "خزانة"
fr = "Casier"
en = "Locker"
[auth]
scheme = "none"
"""

SERVICES = """
[keep]
purpose = "tests"
languages = ["fr"]
title = { ar = "حفظ", fr = "Garder", en = "Keep" }
summary = { ar = "حفظ", fr = "Garder", en = "Keep" }
who = { ar = "الجميع", fr = "Tous", en = "All" }
competent_body = { ar = "خزانة", fr = "Casier", en = "Locker" }
appeal = { ar = "لا", fr = "Aucun", en = "None" }
bring = { ar = "ملف", fr = "Un fichier", en = "A file" }
[keep.form]
type = "object"
additionalProperties = false
required = ["files"]
[keep.form.properties.files]
type = "array"
minItems = 1
maxItems = 3
x-title = { ar = "ملفات", fr = "Fichiers", en = "Files" }
[keep.form.properties.files.items]
type = "string"
format = "attachment"
[[keep.subject]]
whom = "anyone"
proof = "none"
basis = "tests: the form names nobody"
"""


def write(folder: Path) -> None:
    """Put the plugin into `folder`, to be named in `plugins.folders`."""
    home = folder / "locker"
    home.mkdir(parents=True)
    for name, text in (
        ("__init__.py", INIT),
        ("connector.py", CONNECTOR),
        ("plugin.toml", MANIFEST),
        ("services.toml", SERVICES),
    ):
        (home / name).write_text(text, encoding="utf-8")
