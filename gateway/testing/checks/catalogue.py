"""Checks of what a plugin's catalogue asks of people: formats, amounts; and of its exemptions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import httpx
import msgspec

from gateway.connectors.contract import Checkout, Fee, Money, Paying
from gateway.connectors.contract_checks import implements
from gateway.connectors.form_vocabulary.check import schemas
from gateway.connectors.form_vocabulary.formats import PATTERNS
from gateway.connectors.manifest import FILENAME
from gateway.connectors.services import FILENAME as SERVICES
from gateway.connectors.services import value_at
from gateway.ids import new_id
from gateway.outbound.page_address import page_origins, page_problem
from gateway.testing.attacks import connector_on
from gateway.testing.checks.answers import progresses
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination

_FORMATS: Final = frozenset({*PATTERNS, "digits", "code"})
"""What the gateway cleans and checks; `digits` and `code` beside a pattern of the form's own."""
_LONGEST_EXEMPTION: Final = timedelta(days=366)

_PAGES: Final = {
    "page_address": (
        "`checkout` gives an address that the gateway opens for nobody",
        "give an absolute http address in the characters of RFC 3986, without user and fragment",
    ),
    "page_method": ("`checkout` gives another method than GET and POST", "name one of them"),
    "page_host": (
        f"`checkout` gives a page at a host that is not among `hosts` of {FILENAME}",
        "add the host, or use the portal's own address",
    ),
}


async def _formats(exam: Examination, notes: Notes) -> None:
    """A format that nobody checks is no check."""
    for service in exam.plugin.services.values():
        for at, schema in schemas(service.form):
            if "type" in schema or "format" in schema:
                notes.count()
            if schema.get("format", "cnie") not in _FORMATS:
                message = f"has the format {schema['format']!r}, which the gateway does not check"
                known = ", ".join(sorted(_FORMATS))
                notes.error(f"{SERVICES} {service.id}.form{at}", message, f"use one of {known}, or a pattern")
    notes.not_applicable("it has no service of its own")


async def _amounts(exam: Examination, notes: Notes) -> None:
    """What is asked for is what the catalogue says, in centimes of a dirham."""
    for service in exam.plugin.services.values():
        if service.fee is None or not service.example:
            continue
        notes.count()
        where = f"{SERVICES} {service.id}.fee"
        price = service.fee_for(service.example)
        if price is None:
            notes.error(where, "the example costs nothing", "leave the fee out, or give an example that costs it")
        elif service.fee.per is not None and value_at(service.example, service.fee.per, None) == 1:
            more = _with(service.example, service.fee.per, 2)
            doubled = service.fee_for(more)
            if doubled is None or doubled.amount != 2 * price.amount:
                notes.error(where, "two cost not twice as much as one", "let `per` name a number of the form")
    for scene in await exam.scenes(every=True):
        for progress in progresses(scene.result):
            if progress.ask is None or progress.ask.type != "pay":
                continue
            notes.count()
            asked = progress.ask.amount
            if asked is None or asked.amount <= 0 or asked.currency != "MAD":
                message = f"`{scene.operation}` asks for a payment of {asked and msgspec.to_builtins(asked)}"
                notes.error(scene.where, message, "say how much, in centimes of MAD")
    done = await exam.rehearsal()
    for demand in done.demands if done is not None else ():
        if "pay" in demand.asked and demand.service.later_fee is None:
            notes.error(f"{SERVICES} {demand.service.id}", "the portal asks for a fee on the way", "add later_fee")
    if implements(exam.plugin.connector_class, Paying.checkout):
        await _checkouts(exam, notes)
    notes.not_applicable("nothing of it costs anything")


async def _checkouts(exam: Examination, notes: Notes) -> None:
    chance = exam.chance("fees")
    wire = httpx.MockTransport(lambda _: httpx.Response(404))
    connector = connector_on(exam.plugin, wire, exam.secrets)
    pages = page_origins(exam.plugin.manifest.hosts, (connector.portal.public_base_url,))
    for amount in (1, 100, 86000, chance.randrange(101, 10_000_000)):
        fee = Fee(
            case_id=new_id("case"),
            oid=f"oid-{amount}",
            amount=Money(amount=amount),
            payer_name="Amina El Fassi",
            payer_email="amina@example.org",
        )
        notes.count()
        page = await connector.checkout(fee)  # type: ignore[attr-defined] # it has `checkout`
        assert isinstance(page, Checkout)
        told = set(page.fields.values())
        exact = {f"{amount // 100}.{amount % 100:02}", str(amount)}
        if not told & exact:
            message = f"`checkout` of {amount} centimes has {exact} in none of its fields"
            notes.error("connector.py", message, "write amounts by `two_decimals`, never by floating point")
        if problem := page_problem(page, pages):
            notes.error("connector.py", *_PAGES[problem])
        if page.oid != fee.oid or fee.oid not in told:
            notes.error("connector.py", "`checkout` is not about the attempt that it was asked for", "send `fee.oid`")


def _with(form: Mapping[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    name, _, rest = pointer.removeprefix("/").partition("/")
    held = form.get(name, {})
    return {**form, name: _with(held if isinstance(held, Mapping) else {}, rest, value) if rest else value}


async def _exemptions(exam: Examination, notes: Notes) -> None:
    """An exemption names a check, says why, and ends."""
    from gateway.testing.checks import CHECKS  # which has this one

    known = {each.id for each in CHECKS}
    for each in exam.plugin.manifest.exemptions:
        notes.count()
        where = f"{FILENAME} exemptions"
        if each.check not in known:
            notes.error(where, f"{each.check!r} is no check of the kit", "see `mre-gateway connector check --json`")
        if each.until < date.today():
            notes.error(
                where, f"the exemption from {each.check!r} ended on {each.until}", "mend it, or say why not yet"
            )
        elif each.until > date.today() + _LONGEST_EXEMPTION:
            notes.error(
                where, f"the exemption from {each.check!r} is for longer than a year", "name a day that is nearer"
            )
    notes.not_applicable("it has none")


CHECKS: Final = (
    Check(
        id="formats",
        level="connected",
        proves="Each format that a form names is one that the gateway checks.",
        example="services.toml hello.request.form/site: has the format 'uri', which the gateway does not check",
        run=_formats,
    ),
    Check(
        id="amounts",
        level="dependable",
        proves="Amounts are those of the catalogue, whole centimes of MAD, and not lost on the way to the card page, "
        "which is at an address that the gateway opens.",
        example="sandbox/ `progress`: `progress` asks for a payment of None",
        run=_amounts,
    ),
    Check(
        id="exemptions",
        level="dependable",
        proves="Each exemption names a check and ends within a year.",
        example="plugin.toml exemptions: the exemption from 'ends' ended on 2026-01-31",
        run=_exemptions,
    ),
)
