from __future__ import annotations

import json

import httpx
import pytest

from gateway.connectors.contract import Address, Parcel, Portal, Refused, ServerFailed, Unavailable, operations
from plugins.barid.connector import Barid

PARCEL = Parcel(
    case_id="case_1",
    key="case_1:ship",
    recipient=Address(name="Amina Tazi", lines=["12 rue de la Paix"], city="Rabat", postcode="10000"),
    content="Civil-status document",
    sender="Bureau d'état civil",
)


@pytest.fixture
async def barid():
    async with httpx.AsyncClient(base_url="http://barid.test") as client:
        yield Barid(Portal(id="barid", http=client, secrets={}))


def test_it_ships_and_tracks_and_nothing_else():
    assert set(operations(Barid)) == {"ship", "trace", "find_shipment", "track"}


async def test_a_wrong_number_is_refused_without_asking_the_post(respx_mock, barid):
    for ask in (barid.track, barid.trace):
        with pytest.raises(Refused) as refused:
            await ask("RR123456784MA")
        assert refused.value.code == "tracking_number_invalid"
    assert not respx_mock.calls


@pytest.mark.respx(base_url="http://barid.test")
async def test_a_parcel_carries_its_key_and_the_whole_address(respx_mock, barid):
    answer = {"number": "RR123456785MA", "client_reference": "case_1:ship", "label": "JVBERi0xLjQ="}
    route = respx_mock.post("/shipments").respond(201, json=answer)
    shipment = await barid.ship(PARCEL)
    assert shipment.number == "RR123456785MA"
    assert shipment.label.content == b"%PDF-1.4"
    sent = json.loads(route.calls.last.request.content)
    assert sent["client_reference"] == "case_1:ship"
    assert sent["recipient"]["country"] == "MA"
    assert sent["recipient"]["postcode"] == "10000"


@pytest.mark.respx(base_url="http://barid.test")
@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (422, {"error": "invalid_postcode"}, Refused, "postcode_invalid"),
        (422, {"error": "unknown_country"}, Refused, "country_unknown"),
        (422, {"error": "new_rule"}, Unavailable, "portal_answer_unexpected"),
        (401, {"error": "bad_api_key"}, Unavailable, "portal_denied_gateway"),
        (500, {}, ServerFailed, "portal_failed"),
    ],
)
async def test_each_refusal_of_the_post_has_its_code(respx_mock, barid, status, body, error, code):
    respx_mock.post("/shipments").respond(status, json=body)
    with pytest.raises(error) as raised:
        await barid.ship(PARCEL)
    assert raised.value.code == code
