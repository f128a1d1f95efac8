"""What can be saved of a case: documents, the signed receipt, the date for a calendar, proofs from the log."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from window import handed_on
from window.visit import Visit


@get("/cases/{case_id:str}/documents/{document_id:str}")
async def document(visit: Visit, case_id: FromPath[str], document_id: FromPath[str]) -> Any:
    await visit.require("person", "agent")
    return await handed_on.file(
        visit, f"/v1/cases/{case_id}/documents/{document_id}", name=f"{document_id}-{case_id}", save=True
    )


@get("/cases/{case_id:str}/receipt.pdf")
async def receipt(visit: Visit, case_id: FromPath[str]) -> Any:
    await visit.require("person", "agent")
    path = f"/v1/cases/{case_id}/receipt"
    return await handed_on.file(visit, path, name=f"receipt-{case_id}", params={"format": "pdf"})


@get("/cases/{case_id:str}/receipt")
async def receipt_page(visit: Visit, case_id: FromPath[str]) -> Any:
    """To read and print, from the signed receipt itself."""
    api = await visit.require("person", "agent")
    found, case = await asyncio.gather(
        api.get(f"/v1/cases/{case_id}/receipt", format="json"), api.get(f"/v1/cases/{case_id}")
    )
    return visit.page("cases/receipt.html", receipt=found, claims=found["claims"], case=case, case_id=case_id)


@get("/cases/{case_id:str}/appointment.ics")
async def appointment(visit: Visit, case_id: FromPath[str]) -> Any:
    api = await visit.require("person", "agent")
    found = await api.get(f"/v1/cases/{case_id}")
    url = found["appointment"] and found["appointment"]["calendar_url"]
    if not url:
        raise NotFoundException
    return await handed_on.file(visit, url, name=f"appointment-{case_id}", accept="text/calendar, */*", save=True)


@get("/records/{call_id:str}")
async def record(visit: Visit, call_id: FromPath[str]) -> Any:
    """What a record of the log is, and the file that proves that it is in there: for whoever the record is of, and for
    auditors. The API gives it to no agent, under whatever mandate."""
    await visit.require("person", "auditor")
    if not call_id.startswith("call_"):
        raise NotFoundException
    return visit.page("records/record.html", record=call_id, call_id="")


@get("/records/{call_id:str}/proof")
async def proof(visit: Visit, call_id: FromPath[str]) -> Any:
    await visit.require("person", "auditor")
    return await handed_on.file(visit, f"/audit/receipts/{call_id}", name=f"proof-{call_id}", save=True)


ROUTES = [document, receipt, receipt_page, appointment, record, proof]
