"""A complaint has the name of who makes it: the stand-in compares the requester with the person."""

from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Refused, Requester


@pytest.mark.parametrize("service", ["complaint", "complaint-consulate", "observation", "suggestion"])
@pytest.mark.parametrize("requester", [Requester(national_id="BK654321"), None], ids=["another", "nobody"])
async def test_complaint_in_anothers_name_is_refused(sandbox_portal, filing, service, requester):
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await sandbox_portal.chikaya.file(msgspec.structs.replace(filing(service), requester=requester))
    assert refused.value.fields == {"/person/cnie": "requester_not_entitled"}
    assert sandbox_portal.effects() == []
