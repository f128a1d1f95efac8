"""The owner asks, or who shows the company's entry in the trade register."""

from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Filing, Refused, Requester

from .conftest import SERVICES

pytestmark = pytest.mark.asyncio(loop_scope="module")

YOUSSEF = Requester(national_id="BK654321", name="Youssef Alaoui")
OF_A_PERSON = [name for name, each in SERVICES.items() if each["example"]["owner"]["kind"] == "person"]
OF_A_COMPANY = [name for name in SERVICES if name not in OF_A_PERSON]


@pytest.mark.parametrize("service", OF_A_PERSON)
@pytest.mark.parametrize("requester", [YOUSSEF, None], ids=["another", "nobody"])
async def test_who_is_not_the_owner_is_refused(shared_harness, filing, service, requester):
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await shared_harness.call(Filing.file, msgspec.structs.replace(filing(service), requester=requester))
    assert refused.value.fields == {"/owner/cnie": "requester_not_entitled"}
    assert shared_harness.effects() == []


@pytest.mark.parametrize("service", OF_A_COMPANY)
@pytest.mark.parametrize("lacks", ["extract", "requester"])
async def test_company_without_proof_is_refused(shared_harness, filing, service, lacks):
    made = filing(service)
    if lacks == "requester":
        made = msgspec.structs.replace(made, requester=None)
    else:
        owner = {name: value for name, value in made.form["owner"].items() if name != "trade_register_extract"}
        left = [each for each in made.attachments if each.id != "att_extract"]
        made = msgspec.structs.replace(made, form={**made.form, "owner": owner}, attachments=left)
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await shared_harness.call(Filing.file, made)
    assert refused.value.fields == {"/owner/trade_register": "requester_not_entitled"}
    assert shared_harness.effects() == []
