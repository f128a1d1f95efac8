"""Who says to be named in the act, or in the declaration, has to be that person: the stand-in compares."""

from __future__ import annotations

import msgspec
import pytest

from gateway.connectors.contract import Filing, Refused, Requester
from plugins.alhalalmadania.tests.conftest import SERVICES

pytestmark = pytest.mark.asyncio(loop_scope="module")

YOUSSEF = Requester(
    national_id="BK654321", family_name="Alaoui", given_name="Youssef", family_name_ar="العلوي", given_name_ar="يوسف"
)
OFFICERS = {"death-copy", "death-declaration"}
"""Whoever asks for these is named in none; her capacity is proved to the officer by a document."""


@pytest.mark.parametrize("service", [name for name in SERVICES if name not in OFFICERS])
async def test_who_is_not_named_in_it_is_refused(running_sandbox, filing, service):
    with pytest.raises(Refused, match="requester_not_entitled") as refused:
        await running_sandbox.call(Filing.file, msgspec.structs.replace(filing(service), requester=YOUSSEF))
    assert set(refused.value.fields) <= {f"/{each}" for each in ("person", "wife", "husband", "father", "mother")}
    assert refused.value.fields
    assert running_sandbox.effects() == []


@pytest.mark.parametrize("service", SERVICES)
async def test_demand_of_nobody_is_refused(running_sandbox, filing, service):
    with pytest.raises(Refused, match="requester_not_entitled"):
        await running_sandbox.call(Filing.file, msgspec.structs.replace(filing(service), requester=None))
    assert running_sandbox.effects() == []
