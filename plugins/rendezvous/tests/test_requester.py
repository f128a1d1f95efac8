"""The person who comes asks; for a child's first card the parent does, with the birth extract."""

from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Filing, Refused, Requester
from plugins.rendezvous.tests.conftest import SERVICES, World

YOUSSEF = Requester(national_id="BK654321", family_name="Alaoui", given_name="Youssef")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("requester", [YOUSSEF, None], ids=["another", "nobody"])
async def test_request_for_another_person_is_refused(world: World, filing, service, requester):
    made = filing(service, kind="renewal") if service == "cnie" else filing(service)
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await world.call(Filing.file, msgspec.structs.replace(made, requester=requester))
    assert refused.value.fields == {"/person/cnie": "requester_not_entitled"}
    assert world.effects() == []


async def test_first_card_needs_the_birth_extract(world: World, filing):
    parent = Requester(national_id="BK654321", relation="child")
    made = filing("cnie", kind="first", documents=("photo",))
    with pytest.raises(Refused, match="requester_not_entitled"):
        await world.call(Filing.file, msgspec.structs.replace(made, requester=parent))
    assert world.effects() == []
    whole = filing("cnie", kind="first", documents=("birth_extract", "photo"))
    assert await world.call(Filing.file, msgspec.structs.replace(whole, requester=parent))
