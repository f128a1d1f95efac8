"""Who may order is the portal's to decide too: the stand-in compares the requester with the holder."""

from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Refused, Requester

YOUSSEF = Requester(national_id="BK654321", family_name="Alaoui", given_name="Youssef")


@pytest.mark.parametrize("service", ["birth-extract", "birth-full-copy", "consular-registration-certificate"])
@pytest.mark.parametrize("requester", [YOUSSEF, None], ids=["another", "nobody"])
async def test_who_is_not_the_holder_is_refused(watiqa, filing, context, service, requester):
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await watiqa.file(msgspec.structs.replace(filing(service), requester=requester))
    assert refused.value.fields == {"/person/cnie": "requester_not_entitled"}
    assert context.effects.all() == []
