"""Checks of what a plugin's files tell people: languages, texts of codes, formats, amounts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import httpx
import msgspec

from gateway.connectors.contract import Checkout, Fee, Money, Paying
from gateway.connectors.contract_checks import implements
from gateway.connectors.form_vocabulary import lint
from gateway.connectors.form_vocabulary.check import schemas
from gateway.connectors.form_vocabulary.formats import PATTERNS
from gateway.connectors.manifest import FILENAME
from gateway.connectors.services import FILENAME as SERVICES
from gateway.connectors.services import value_at
from gateway.i18n.messages import Messages
from gateway.ids import new_id
from gateway.testing.attacks import connector_on
from gateway.testing.checks.answers import progresses
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination

_ARABIC: Final = re.compile(r"[\u0600-\u06FF]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_FORMATS: Final = frozenset({*PATTERNS, "digits", "code"})
"""What the gateway cleans and checks; `digits` and `code` beside a pattern of the form's own."""
_LONGEST_EXEMPTION: Final = timedelta(days=366)


async def _arabic(exam: Examination, notes: Notes) -> None:
    for where, texts in _texts(exam):
        notes.count()
        for problem in _language_problems(texts) if where != f"{FILENAME} title" else ():
            notes.error(where, problem, "write it in that language, as people hear it at the counter")
    for where, texts in _texts(exam):
        for problem in lint.wording(texts):
            if problem.startswith("is not in"):
                notes.error(where, problem, "write it in that language, as people hear it at the counter")
                break


def _language_problems(texts: Mapping[str, str]) -> Iterator[str]:
    arabic = texts["ar"]
    letters = _LETTER.findall(arabic)
    own = [each for each in letters if _ARABIC.match(each)]
    if letters and own and len(own) * 2 < len(letters):
        yield "is mostly not in Arabic letters in ar"
    for language in ("fr", "en"):
        foreign = [each for each in _LETTER.findall(texts[language]) if _ARABIC.match(each)]
        if foreign and len(foreign) * 2 > len(_LETTER.findall(texts[language])):
            yield f"is mostly in Arabic letters in {language}"


def _texts(exam: Examination) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name in (FILENAME, SERVICES):
        path = exam.folder / name
        if path.is_file():
            for at, texts in lint.texts_of(tomllib.loads(path.read_text(encoding="utf-8"))):
                yield f"{name} {at}", texts


async def _refusal_texts(exam: Examination, notes: Notes) -> None:
    """Every code that a person may meet has words for her."""
    about = exam.plugin.manifest
    messages = Messages.load()
    messages.add(about.id, about.errors)
    messages.add_choices(about.id, about.choices)
    tables = exam.tables
    for where, function in tables.unfound.items():
        message = f"the table that `{function}` is called with is not known before the call"
        notes.error(
            where, message, "call it with a constant of a module, `MOTIVES: Final = {...}`, so it can be checked"
        )
    for word, code in sorted((word, code) for word, codes in tables.refusals.items() for code in codes):
        notes.count()
        told = (f"reason.{about.id}.{code}", f"reason.{code}", f"problem.{code}.title")
        if not any(messages.has(key) for key in told):
            message = f"{word!r} is told as {code!r}, for which there is no text"
            notes.error(tables.where[word], message, f"add [errors.{code}] to {FILENAME}, in ar, fr and en")
    for scene in await exam.scenes(every=True):
        for progress in progresses(scene.result):
            if progress.ask is None:
                continue
            notes.count()
            files = _members(exam) if progress.ask.type == "provide_document" else set[str]()
            for option in progress.ask.options:
                keys = (f"choice.{about.id}.{option}", f"choice.{option}")
                if option not in files and not option.isdigit() and not any(messages.has(key) for key in keys):
                    message = f"the option {option!r} of {progress.ask.code!r} has no text"
                    notes.error(scene.where, message, f"add [choices.{option}] to {FILENAME}, in ar, fr and en")
    notes.not_applicable("its portal refuses nothing and asks for nothing")


def _members(exam: Examination) -> set[str]:
    """Names of members of the forms: a document that is asked for is called as the member for it."""
    return {at.rpartition("/")[2] for service in exam.plugin.services.values() for at, _ in schemas(service.form) if at}


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
        id="arabic",
        level="connected",
        proves="Every text is in the language that it says it is in: Arabic in Arabic letters.",
        example="plugin.toml errors.too_late: is mostly not in Arabic letters in ar",
        run=_arabic,
    ),
    Check(
        id="formats",
        level="connected",
        proves="Each format that a form names is one that the gateway checks.",
        example="services.toml hello.request.form/site: has the format 'uri', which the gateway does not check",
        run=_formats,
    ),
    Check(
        id="refusal_texts",
        level="dependable",
        proves="Every code and option that a person may meet has a text in every language.",
        example="mapping.py REFUSALS: 'trop_tard' is told as 'too_late_now', for which there is no text",
        run=_refusal_texts,
    ),
    Check(
        id="amounts",
        level="dependable",
        proves="Amounts are those of the catalogue, whole centimes of MAD, and not lost on the way to the card page.",
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
