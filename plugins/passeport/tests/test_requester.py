"""The holder asks for a passport, or for a minor the guardian who shows what makes him one."""

from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Refused, Requester
from plugins.passeport.tests.conftest import SERVICES

YOUSSEF = Requester(national_id="BK654321", family_name="Alaoui", given_name="Youssef")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("requester", [YOUSSEF, None], ids=["another", "nobody"])
async def test_who_is_not_answerable_is_refused(passeport, filing, context, service, requester):
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await passeport.file(msgspec.structs.replace(filing(service), requester=requester))
    answerable = "guardian" if service == "minor" else "person"
    assert refused.value.fields == {f"/{answerable}/cnie": "requester_not_entitled"}
    assert context.effects.all() == []


async def test_guardian_without_the_booklet_is_refused(passeport, filing, context):
    made = filing("minor")
    form = {**made.form, "guardian": {**made.form["guardian"]}}
    form["guardian"].pop("family_booklet")
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await passeport.file(msgspec.structs.replace(made, form=form, attachments=[]))
    assert set(refused.value.fields) == {"/guardian"}
    assert context.effects.all() == []
