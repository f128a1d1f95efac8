"""What a frontend's server does: order something for a person, let her pay, follow it.

`order.py SERVICE [FILE]` with the person's access token in `TOKEN`, and in `GATEWAY` its address if it is not the
demo's. `FILE` is attached wherever the form takes one. The card page is written to `checkout.html`, to be opened in a
browser.
"""

from __future__ import annotations

import html
import json
import os
import re
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx


def order(api: httpx.Client, service: str, file: Path | None = None) -> dict[str, Any]:
    """File a case with the service's own example. A frontend shows `form` and sends what the person fills in."""
    form = with_files(api, answer(api.get(f"/v1/services/{service}"))["example"], file)
    key = str(uuid.uuid4())  # kept until the answer is there: the same key again files nothing twice
    return answer(api.post("/v1/cases", json={"service": service, "form": form}, headers={"Idempotency-Key": key}))


def with_files(api: httpx.Client, value: Any, file: Path | None) -> Any:
    """The example, with the id of an upload in place of each file that it names."""
    if isinstance(value, dict):
        return {name: with_files(api, each, file) for name, each in value.items()}
    if isinstance(value, list):
        return [with_files(api, each, file) for each in value]
    if not isinstance(value, str) or not re.fullmatch("att_[0-9a-z]{26}", value):
        return value
    if file is None:
        sys.exit("The form takes a file. Name one: order.py SERVICE FILE")
    sent = {"file": (file.name, file.read_bytes())}
    return answer(api.post("/v1/attachments", files=sent, headers={"Idempotency-Key": str(uuid.uuid4())}))["id"]


def open_card_page(api: httpx.Client, case: dict[str, Any]) -> None:
    """A page that sends the person's browser to the card page."""
    paying = api.post(f"/v1/cases/{case['id']}/actions/pay", json={}, headers={"Idempotency-Key": str(uuid.uuid4())})
    checkout = answer(paying)["checkout"]
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in checkout["fields"].items()
    )
    form = f'<form method="{checkout["method"]}" action="{html.escape(checkout["url"])}">{fields}</form>'
    Path("checkout.html").write_text(f"{form}<script>document.forms[0].submit()</script>", encoding="utf-8")


def follow(api: httpx.Client, case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The timeline as it happens, to the end of the case. Where the stream breaks, it goes on with `Last-Event-ID`."""
    last = "0"
    while True:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
        try:
            with api.stream("GET", case["events_url"], headers=headers, timeout=60) as stream:
                for line in stream.iter_lines():
                    if line.startswith("data: "):
                        event = json.loads(line.removeprefix("data: "))
                        last = event["id"]
                        yield event
        except httpx.TransportError:
            time.sleep(1)
            continue
        if answer(api.get(f"/v1/cases/{case['id']}"))["status"] in ("completed", "rejected", "withdrawn", "failed"):
            return


def answer(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    if response.is_error:
        places = [f"  {each['pointer']}: {each['detail']}" for each in body.get("errors", ())]
        said = f"{body['title']}: {body['detail']} {body['remedy']} ({body['code']}, {body['call_id']})"
        sys.exit("\n".join([said, *places]))
    return body


if __name__ == "__main__":
    gateway = os.environ.get("GATEWAY", "http://127.0.0.1:8400")
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "Accept-Language": "en"}
    with httpx.Client(base_url=gateway, headers=headers) as api:
        case = order(api, sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
        print(f"{case['id']}: {case['service_title']}", flush=True)
        for event in follow(api, case):
            print(f"  {event['occurred_at'][11:19]}  {event['text']}", flush=True)
            if event["code"] == "payment_due":
                open_card_page(api, case)
                print("            open checkout.html and pay with 4000000000000010, 12/30, 000", flush=True)
