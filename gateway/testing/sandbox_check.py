"""Try the plugin against its own sandbox: what creates does it once, and is found after a lost answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from gateway.connectors.contract import (
    Address,
    DemandRef,
    Filing,
    Message,
    Messaging,
    Operation,
    Parcel,
    PortalError,
    Shipping,
    Submission,
    Unavailable,
    Unknown,
    operations,
)
from gateway.connectors.contract_checks import implements
from gateway.connectors.registry import LoadedPlugin
from gateway.ids import new_id
from gateway.testing.findings import Finding, error, warning
from gateway.testing.harness import Harness, NoSandbox, harness
from gateway.testing.requester import requester

WHERE: Final = "sandbox/"


def _submission(plugin: LoadedPlugin, key: str) -> Submission | None:
    service = next((each for each in plugin.services.values() if each.example), None)
    if service is None:
        return None
    stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S%f}"[-16:] if service.fee_for(service.example) else None
    return Submission(
        case_id=new_id("case"),
        key=key,
        service=service.id,
        form=service.example,
        stamp=stamp,
        requester=requester(service, service.example),
    )


def _parcel(_plugin: LoadedPlugin, key: str) -> Parcel:
    home = Address(name="A. Person", lines=["1 rue de la Paix"], city="Lyon", postcode="69001", country="FR")
    return Parcel(case_id=new_id("case"), key=key, recipient=home, content="Document", sender="An office")


def _message(_plugin: LoadedPlugin, key: str) -> Message:
    return Message(key=key, to="+33612345678", language="fr", text="Une démarche vous attend.", subject="Une démarche")


CREATING: Final[dict[Operation[..., Any], Callable[[LoadedPlugin, str], Any]]] = {
    Filing.file: _submission,
    Shipping.ship: _parcel,
    Messaging.send: _message,
}
"""What the kit can ask for without knowing the portal. Payments and appointments need a test of the plugin's own."""


async def check_in_sandbox(plugin: LoadedPlugin) -> list[Finding]:
    try:
        async with harness(plugin) as found:
            declared = operations(plugin.connector_class)
            findings = []
            for creation, sample in CREATING.items():
                has = creation.name in declared
                if has and (value := sample(plugin, new_id("key"))) is not None:
                    findings += [each async for each in _created_once(found, creation, value)]
                    again = sample(plugin, new_id("key"))
                    findings += [each async for each in _found_after_loss(found, creation, again)]
            if implements(plugin.connector_class, Filing.check):
                findings += [each async for each in _checked_first(found)]
            if implements(plugin.connector_class, Filing.progress_many):
                findings += [each async for each in _told_at_once(found)]
            return findings
    except NoSandbox as problem:
        return [error("sandbox", WHERE, f"does not start: {problem}", "read the traceback of `sandbox(context)`")]


async def _created_once(found: Harness, creation: Operation[..., Any], value: Any) -> Any:
    name, find, finder = _named(creation)
    remedy = f"make `{finder}` look for the key that the portal was given"
    try:
        if await found.call(find, value.key) is not None:
            yield error("sandbox", WHERE, f"`{finder}` finds a key that was never used", remedy)
        before = len(found.effects())
        made = await found.call(creation, value)
        for each in _effects(found, name, before):
            yield each
        known = await found.call(find, value.key)
    except PortalError as problem:
        yield error("sandbox", WHERE, f"`{name}` with the example: {_said(problem)}", "make the example one that works")
        return
    if known is None or _identity(known) != _identity(made):
        yield error("sandbox", WHERE, f"`{finder}` does not find what `{name}` made", remedy)


async def _found_after_loss(found: Harness, creation: Operation[..., Any], value: Any) -> Any:
    """The portal did it, the answer was lost."""
    name, find, finder = _named(creation)
    before = len(found.effects())
    found.fault("commit_then_drop")
    try:
        await found.call(creation, value)
        yield error(
            "sandbox", WHERE, f"`{name}` had no effect to drop the answer of", "record it: context.effects.record"
        )
        return
    except Unknown:
        pass
    except PortalError as problem:
        message = f"`{name}` with a lost answer: {_said(problem)}, not Unknown"
        yield error("sandbox", "connector.py", message, "let the error of the lost connection pass")
        return
    finally:
        found.fault("none")
    for each in _effects(found, name, before):
        yield each
    if await found.call(find, value.key) is None:
        message = f"`{finder}` does not find what a `{name}` with a lost answer made"
        yield error("sandbox", WHERE, message, "commit the key with the thing itself, in one transaction")


async def _checked_first(found: Harness) -> Any:
    """The example, before there is a stamp or a key: nothing is found, and nothing happens. From a portal that fails
    comes no finding either."""
    sample = _submission(found.plugin, "")
    if sample is None:
        return
    asked = msgspec.structs.replace(sample, case_id="", stamp=None)
    before = len(found.effects())
    try:
        objections = await found.call(Filing.check, asked)
    except PortalError as problem:
        message = f"`check` with the example: {_said(problem)}"
        yield error("sandbox", WHERE, message, "find no fault with a stamp, files or a key that are not there yet")
        return
    if objections:
        codes = ", ".join(each.code for each in objections)
        yield error("sandbox", WHERE, f"`check` finds {codes} in the example", "make the example one that works")
    if len(found.effects()) != before:
        yield error("sandbox", WHERE, "`check` recorded an effect", "change nothing at the portal")
    found.fault("error")
    try:
        await found.call(Filing.check, asked)
    except Unavailable:
        return
    except PortalError as problem:
        message = f"`check` at a portal that fails: {_said(problem)}, not Unavailable"
        yield error("sandbox", "connector.py", message, "let the contract's `check` judge the answer")
    finally:
        found.fault("none")


async def _told_at_once(found: Harness) -> Any:
    """Two demands by one request: each as it is told alone. Of one that there is not, and of one that is named with
    another person's key, nothing is told."""
    refs, alone = [], []
    try:
        for _ in range(2):
            sample = _submission(found.plugin, new_id("key"))
            if sample is None:
                return
            made = await found.call(Filing.file, sample)
            refs.append(DemandRef(reference=made.reference, key=sample.key, access=made.access))
            alone.append(await found.call(Filing.progress, made.reference, **made.access))
        absent = DemandRef(reference=refs[0].reference[:-1] + "~", key="none")
        said = await found.call(Filing.progress_many, [refs[1], absent, refs[0]])
        mine, other = refs
        theirs = await found.call(Filing.progress_many, [DemandRef(reference=other.reference, key=mine.key), mine])
    except PortalError as problem:
        message = f"`progress_many` with two demands of the example: {_said(problem)}"
        yield error("sandbox", "connector.py", message, "raise nothing for a demand that the portal does not know")
        return
    told = {each.reference: each.status for each in said}
    if len(said) != len(told) or told != {each.reference: each.status for each in alone}:
        message = "`progress_many` does not tell of exactly the demands that there are what `progress` tells"
        yield error("sandbox", "connector.py", message, "give one Progress for each demand that the portal tells of")
    if any(each.reference == other.reference for each in theirs):
        message = "`progress_many` tells of a demand that was filed with another key than the one given"
        yield warning("sandbox", "connector.py", message, "compare `key`, if the portal's answer names it")


def _named(creation: Operation[..., Any]) -> tuple[str, Operation[[str], Any], str]:
    """A creation's name, its finder and the finder's name."""
    assert creation.finder is not None, "every creation has a finder"
    return creation.name, creation.finder, creation.finder.name


def _effects(found: Harness, name: str, before: int) -> Iterator[Finding]:
    kinds = Counter(each["kind"] for each in found.effects()[before:])
    if not kinds:
        yield error("sandbox", WHERE, f"`{name}` recorded no effect", "record it: context.effects.record(kind, key)")
    for kind, count in kinds.items():
        if count > 1:
            yield error("sandbox", WHERE, f"one `{name}` recorded {kind!r} {count} times", "record one effect once")


def _identity(made: Any) -> str:
    return str(getattr(made, "reference", "") or getattr(made, "number", ""))


def _said(problem: PortalError) -> str:
    fields = f" {problem.fields}" if problem.fields else ""
    return f"{type(problem).__name__}({problem.code!r}){fields}"
