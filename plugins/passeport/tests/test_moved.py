"""An appointment that was moved: passeport learns where and when the person comes now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from gateway.connectors.contract import CaseStatus, Portal, Refused, Slot
from plugins.passeport.connector import Passeport

START = datetime.fromisoformat("2027-01-05T09:00:00-05:00")
SLOT = Slot(id="x", post="montreal", service="passport", start=START, end=START + timedelta(minutes=15))
FILE = {
    "numero": "PP-2025-0000001",
    "reference_client": "key-1",
    "statut": "pre_enregistree",
    "motif": None,
    "historique": [{"statut": "pre_enregistree", "le": "2025-11-03T09:00:00+00:00", "libelle": "Enregistrée"}],
    "documents": [],
}


def passeport(asked: list[tuple[str, str, Any]], answer: httpx.Response) -> Passeport:
    def respond(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path, msgspec.json.decode(request.content)))
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="https://p.invalid")
    return Passeport(Portal(id="passeport", http=client, secrets={}))


async def test_a_moved_appointment_is_told_with_post_and_hour() -> None:
    asked: list[tuple[str, str, Any]] = []
    portal = passeport(asked, httpx.Response(200, json=FILE))
    progress = await portal.act("PP-2025-0000001", "choose_slot", {"booking": "RDV-2", "slot": SLOT})
    assert progress.status is CaseStatus.RECEIVED
    told = {"numero": "RDV-2", "poste": "montreal", "debut": "2027-01-05T09:00:00-05:00"}
    assert asked == [("PUT", "/pre-demandes/PP-2025-0000001/rendez-vous", told)]


async def test_a_moved_appointment_of_a_lodged_file_is_too_late() -> None:
    no = {"error": "rendez_vous_tardif", "message": "Le dossier est déposé.", "champs": []}
    portal = passeport([], httpx.Response(409, json=no))
    with pytest.raises(Refused, match="too_late"):
        await portal.act("PP-2025-0000001", "choose_slot", {"booking": "RDV-2", "slot": SLOT})


async def test_a_booking_without_its_slot_is_not_told() -> None:
    asked: list[tuple[str, str, Any]] = []
    with pytest.raises(Refused, match="action_not_supported"):
        await passeport(asked, httpx.Response(200)).act("PP-2025-0000001", "choose_slot", {"booking": "RDV-2"})
    assert asked == []
