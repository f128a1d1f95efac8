"""Stand-in for Barid Al-Maghrib. Plain ASGI and a page kept per parcel and step, because it also serves the benchmarks.

A parcel's way follows from when it was handed over and from words in the recipient's lines (see README.md).
"""

from __future__ import annotations

import base64
import hmac
import html
import re
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
import phonenumbers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.sandbox.authoring import MOROCCO, Objection, SandboxContext

from .. import s10

MAX_BODY: Final = 65_536

Way = tuple[tuple[float, str], ...]

START: Final = (
    (0, "Prise en charge"),
    (0.5, "Envoi sorti de l'agence RABAT PRINCIPAL"),
    (1, "Envoi arrivé à l'agence {city}"),
)
OUT: Final = (2, "Envoi sorti par le facteur")
WAYS: Final[dict[str, Way]] = {
    # word in the recipient's lines: days after the handing over, text
    "": (*START, OUT, (3, "Livraison effectuée")),
    "ABSENT": (
        *START,
        OUT,
        (2.25, "1ère tentative de livraison"),
        (3, "Envoi sorti par le facteur"),
        (3.25, "2ème tentative de livraison"),
        (5, "Envoi à retourner à l'expéditeur"),
        (7, "Envoi retourné à l'expéditeur"),
    ),
    "LOST": (*START, (15, "Envoi perdu")),
    "CUSTOMS": (*START, (2, "Envoi en cours de dédouanement")),
}

FROM_ABROAD: Final = (
    (0, "Envoi arrivé au centre CASABLANCA COLIS"),
    (1, "Envoi sorti du centre CASABLANCA COLIS"),
    (2, "Envoi arrivé à l'agence {city}"),
)

DEMO: Final = {
    # number: way, how many steps of it have happened, handed over on (local time)
    "RR123456785MA": ("", 5, datetime(2025, 3, 10, 10, 30, tzinfo=MOROCCO)),  # in Ramadan: clock at UTC
    s10.make("QD", 10000001): ("", 1, datetime(2025, 6, 2, 9, 15, tzinfo=MOROCCO)),
    s10.make("QD", 10000002): ("", 3, datetime(2025, 6, 2, 9, 20, tzinfo=MOROCCO)),
    s10.make("LD", 10000003): ("", 4, datetime(2025, 6, 2, 9, 25, tzinfo=MOROCCO)),
    s10.make("LD", 10000004): ("ABSENT", 5, datetime(2025, 6, 2, 9, 30, tzinfo=MOROCCO)),
    s10.make("RR", 10000005): ("ABSENT", 9, datetime(2025, 6, 2, 9, 35, tzinfo=MOROCCO)),
    s10.make("RR", 10000006): ("LOST", 4, datetime(2025, 6, 2, 9, 40, tzinfo=MOROCCO)),
    "CP123456785FR": (
        "FROM ABROAD",
        3,
        datetime(2025, 6, 2, 9, 50, tzinfo=MOROCCO),
    ),
    s10.make("RR", 10000007): ("CUSTOMS", 4, datetime(2025, 6, 2, 9, 45, tzinfo=MOROCCO)),
}


class Recipient(msgspec.Struct):
    name: str
    lines: list[str]
    city: str
    postcode: str
    country: str
    phone: str = ""


class ShipmentRequest(msgspec.Struct):
    client_reference: str
    recipient: Recipient
    content: str
    sender: str


def sandbox(context: SandboxContext) -> ASGIApp:
    post = Post(context)
    key = context.secrets["api_key"].encode()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return
        try:
            if not hmac.compare_digest(dict(scope["headers"]).get(b"x-api-key", b""), key):
                raise Objection(401, "bad_api_key")
            query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
            match scope["method"], scope["path"]:
                case "GET", "/Tracking/Search":
                    status, body = 200, post.page(query.get("trackingCode", ""))
                case "GET", "/shipments":
                    status, body = 200, post.search(query.get("client_reference", ""))
                case "POST", "/shipments":
                    status, body = 201, post.take(await _body(receive))
                case _:
                    raise Objection(404, "no_such_page")
        except Objection as refusal:
            status, body = refusal.status, msgspec.json.encode({"error": refusal.error})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] != "http.request":
            raise Objection(400, "malformed")
        body += event["body"]
        if len(body) > MAX_BODY:
            raise Objection(413, "too_long")
        if not event["more_body"]:
            return body


class Post:
    def __init__(self, context: SandboxContext) -> None:
        self.context = context
        self.shipments = context.table("shipments")
        self.schedule = lru_cache(maxsize=10_000)(self._schedule)
        self.rendered = lru_cache(maxsize=10_000)(self._rendered)

    def take(self, body: bytes) -> bytes:
        try:
            asked = msgspec.json.decode(body, type=ShipmentRequest)
        except msgspec.DecodeError:
            raise Objection(400, "malformed") from None
        to = asked.recipient
        if not (asked.client_reference and to.name.strip() and to.city.strip() and any(map(str.strip, to.lines))):
            raise Objection(422, "incomplete_address")
        if to.country not in phonenumbers.SUPPORTED_REGIONS:
            raise Objection(422, "unknown_country")
        if to.country == "MA" and not re.fullmatch(r"[0-9]{5}", to.postcode):
            raise Objection(422, "invalid_postcode")
        with self.context.store.transaction():
            number = s10.make("QD" if to.country == "MA" else "RR", 40_000_001 + len(self.shipments))
            shipment = {
                "number": number,
                "client_reference": asked.client_reference,
                "recipient": msgspec.to_builtins(to),
                "content": asked.content,
                "sender": asked.sender,
                "taken_at": self.context.clock.timestamp(),
                "way": self._way(to),
            }
            self.shipments.put(number, shipment)
            self.context.effects.record("shipment", number, client_reference=asked.client_reference)
        return msgspec.json.encode(_receipt(shipment))

    def search(self, client_reference: str) -> bytes:
        found = self.shipments.where(client_reference=client_reference)
        return msgspec.json.encode({"shipments": [_receipt(shipment) for shipment in found]})

    def page(self, number: str) -> bytes:
        try:
            due = self.schedule(number)
        except KeyError:
            return NOTHING_FOUND
        now = self.context.clock.timestamp()
        return self.rendered(number, sum(at <= now for at, _ in due))

    def _way(self, to: Recipient) -> str:
        lines = " ".join([to.name, *to.lines])
        if "LOST ONCE" in lines:
            same = ((doc["recipient"]["name"], doc["recipient"]["lines"]) for _, doc in self.shipments.items())
            again = (to.name, to.lines) in same
            return "" if again else "LOST"
        return next((word for word in WAYS if word and re.search(rf"\b{word}\b", lines)), "")

    def _schedule(self, number: str) -> list[tuple[float, str]]:
        """When each step of the parcel's way is due: seconds since 1970, text. `KeyError` if unknown."""
        if number in DEMO:
            way, happened, start = DEMO[number]
            steps = FROM_ABROAD if way == "FROM ABROAD" else WAYS[way]
            days, taken_at, city = steps[:happened], start.timestamp(), "CASABLANCA ANFA"
        else:
            doc = self.shipments.get(number)
            if doc is None:
                raise KeyError(number)
            days_factor = 1 if doc["recipient"]["country"] == "MA" else 2
            days = tuple((day if "perdu" in text else day * days_factor, text) for day, text in WAYS[doc["way"]])
            taken_at, city = doc["taken_at"], doc["recipient"]["city"]
        return [(taken_at + day * 86400, text.format(city=city.upper())) for day, text in days]

    def _rendered(self, number: str, happened: int) -> bytes:
        doc = self.shipments.get(number) or {"recipient": {"name": "FATIMA ZAHRA EL IDRISSI"}}
        steps = [(datetime.fromtimestamp(at, MOROCCO), text) for at, text in self.schedule(number)[: max(happened, 1)]]
        return tracking_page(number, doc["recipient"]["name"], steps)


def _receipt(shipment: dict[str, Any]) -> dict[str, str]:
    label = label_pdf(shipment["number"], shipment["recipient"]["country"])
    return {
        "number": shipment["number"],
        "client_reference": shipment["client_reference"],
        "label": base64.b64encode(label).decode(),
    }


# --- What the post prints -----------------------------------------------------------------------------------------

PAGE: Final = """\
<div class="row tracking-result">
  <div class="col-md-12 text-center"><h4 class="text-orange text-uppercase">Suivi de l&#39;envoi</h4></div>
  <div class="col-md-4"><span class="b-title">Produit</span>
    <span class="b-subtitle lblProductName">{product}</span></div>
  <div class="col-md-4"><span class="b-title">Poids</span><span class="b-subtitle lblWeight">{weight} g</span></div>
  <div class="col-md-4"><span class="b-title">Position actuelle</span>
    <span class="b-subtitle text-uppercase lblCurrentPosition">{position}</span></div>
  <div class="col-md-6 infotip_depart"><i class="fa fa-map-marker"></i>
    <div class="tooltip_depart margin3">RABAT PRINCIPAL</div>
    <span class="b-subtitle text-uppercase lblDepositDate">{deposited}</span></div>
  <div class="col-md-6 infotip_arrivee"><i class="fa fa-flag"></i>
    <div class="tooltip_arrivee margin3 lblRecipient">{recipient}</div>
    <span class="b-subtitle text-uppercase">{delivered}</span></div>
  <div class="col-md-12 mt-5"><h4>Historique</h4>
    <ul class="timeline">
{steps}
    </ul>
  </div>
</div>"""

STEP: Final = """\
      <li>
        <div class="bullet">{position}</div>
        <div class="timeline-head"><span class="container_date">{at:%d/%m/%Y}</span></div>
        <div class="mt-3 mb-5"><span class="container_time">{at:%H:%M}</span> {text}</div>
      </li>"""


def _answer(page: str) -> bytes:
    return msgspec.json.encode({"OperationSuccess": True, "Html": page})


NOTHING_FOUND: Final = _answer(
    '<div class="row"><div class="col-md-12 text-center"><h5 class="text-orange mt-5 text-uppercase">'
    "Aucune information n&#39;est disponible pour ce code</h5></div></div>"
)


def tracking_page(number: str, recipient: str, steps: list[tuple[datetime, str]]) -> bytes:
    """The JSON-holding-HTML answer; `steps` oldest first, in Moroccan time, though the page shows the newest first."""
    first, (last, newest) = steps[0][0], steps[-1]
    at_agency = [text for _, text in steps if "agence" in text]
    return _answer(
        PAGE.format(
            product="AMANA" if number[:2] in ("QD", "LD") else "RECOMMANDÉ INTERNATIONAL",
            weight=40 + int(number[8:10]),
            position=html.escape(at_agency[-1].rpartition("agence ")[2] if at_agency else "RABAT PRINCIPAL"),
            deposited=format(first, "%d/%m/%Y"),
            recipient=html.escape(recipient),
            delivered=format(last, "%d/%m/%Y") if newest == "Livraison effectuée" else "../../....",
            steps="\n".join(
                STEP.format(position=i, at=at, text=html.escape(text))
                for i, (at, text) in reversed(list(enumerate(steps, 1)))
            ),
        )
    )


@lru_cache(maxsize=256)
def label_pdf(number: str, country: str) -> bytes:
    """A label of 100 x 60 mm: the number in large letters and the country. The name is on the paper form only."""
    text = f"BT /F1 11 Tf 20 140 Td (Barid Al-Maghrib - {country}) Tj 0 -60 Td /F1 26 Tf ({number}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 283 170] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
    )
    pdf, offsets = b"%PDF-1.4\n", []
    for position, body in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (position, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return pdf + (
        b"xref\n0 5\n0000000000 65535 f \n%s"
        b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (table, len(pdf))
    )
