"""Checks at the plugin's own stand-in, over TCP and through the gateway's outbound layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import msgspec

from gateway.connectors.contract import (
    Booking,
    DemandRef,
    Document,
    Filed,
    Filing,
    Messaging,
    Operation,
    Refused,
    Shipping,
    Unavailable,
    Unknown,
    operations,
)
from gateway.connectors.contract_checks import implements
from gateway.testing import samples
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.rehearsal import Call, Rehearsal, together, unlodged

WHERE: Final = "sandbox/"
CREATING: Final = (Filing.file, Shipping.ship, Messaging.send)
"""What the kit can ask for without knowing the portal, besides `book`. Payments need tests of the plugin's own."""
_REMEDY: Final = "make the example one that works, or let the stand-in take it"
_DENIED: Final = (
    "compare [auth] of plugin.toml (scheme, header, prefix, secret) with what the stand-in checks: it did not take the "
    "gateway's credentials"
)


async def _starts(exam: Examination, notes: Notes) -> None:
    notes.count()
    if await exam.rehearsal() is None:
        remedy = "read the traceback of `sandbox(context)`"
        if "[auth]" in exam.no_sandbox:
            remedy = "give what the scheme reads: docs/reference/plugin-files.md lists it"
        notes.error(WHERE, f"does not start: {exam.no_sandbox}", remedy)


async def _examples(exam: Examination, notes: Notes) -> None:
    if (done := await exam.rehearsal()) is None:
        return
    for call in [each.lodged for each in done.demands] + done.parcels + done.messages:
        notes.count()
        if call.error is not None:
            about = call.service or "the kit's sample"
            notes.error(WHERE, f"`{call.name}` with the example of {about}: {call.said()}", _remedy(call, _REMEDY))
    if not _creates(exam):
        notes.not_applicable("it takes neither demands nor parcels nor messages")


def _remedy(call: Call, otherwise: str) -> str:
    """What to do about a call that failed."""
    return _DENIED if call.error is not None and call.error.code == "portal_denied_gateway" else otherwise


async def _ends(exam: Examination, notes: Notes) -> None:
    if (done := await exam.rehearsal()) is None:
        return
    for demand in done.demands:
        if demand.filed is None:
            continue
        notes.count()
        if demand.stuck:
            remedy = "let the stand-in bring each example to an end as its clock goes, and each action on"
            if "portal_denied_gateway" in demand.stuck:
                remedy = _DENIED
            notes.error(WHERE, f"the example of {demand.service.id} {demand.stuck}", remedy)
    _needs(exam, notes, Filing.file)


async def _documents(exam: Examination, notes: Notes) -> None:
    if (done := await exam.rehearsal()) is None:
        return
    for demand in done.demands:
        for ref, call in demand.documents:
            notes.count()
            told = _document_problem(ref.id, ref.media_type, ref.title, call)
            if told:
                message = f"document {ref.id!r} of {demand.service.id} {told}"
                remedy = _remedy(call, "read it by `document` or `made_document`, which look at its bytes")
                notes.error("connector.py", message, remedy)
    if not implements(exam.plugin.connector_class, Filing.document):
        notes.not_applicable("its portal gives no documents")
    elif not any(each.last and each.last.documents for each in done.demands):
        notes.found_nothing(
            "no example came to a document",
            "let the stand-in bring an example to a document as its clock goes, and let `progress` announce it",
        )


def _document_problem(id: str, media_type: str, title: str, call: Call) -> str:
    found = call.result
    if not isinstance(found, Document):
        return f"cannot be fetched: {call.said()}"
    if found.id != id:
        return f"comes under the id {found.id!r}"
    if found.media_type != media_type:
        return f"was announced as {media_type} and comes as {found.media_type}"
    if not title.strip():
        return "has a title without a word"
    if not samples.fits(found.media_type, found.content):
        return f"does not begin as {found.media_type} does"
    if "/" in found.filename or "\\" in found.filename or not found.filename.strip("."):
        return f"has the filename {found.filename!r}"
    return ""


async def _created_once(exam: Examination, notes: Notes) -> None:
    """One creation, one effect; found by its key and by no other."""
    if (done := await exam.rehearsal()) is None:
        return
    for creation, sample in _samples(exam, done):
        value = await sample(done.key())
        if value is None:
            continue
        name, finder = creation.name, _finder(creation)
        remedy = f"make `{finder.name}` look for the key that the portal was given"
        before = len(done.found.effects())
        made = await done.call(creation, *value)
        if made.error is not None:
            continue  # `examples` says so
        notes.count()
        kinds = Counter(each["kind"] for each in done.found.effects()[before:])
        if not kinds:
            notes.error(WHERE, f"`{name}` recorded no effect", "record it: context.effects.record(kind, key)")
        for kind, count in kinds.items():
            if count > 1:
                notes.error(WHERE, f"one `{name}` recorded {kind!r} {count} times", "record one effect once")
        known = await done.call(finder, _key_of(value))
        if known.error is not None:
            notes.error(WHERE, f"`{finder.name}` after `{name}`: {known.said()}", _remedy(known, remedy))
        elif known.result is None or _identity(known.result) != _identity(made.result):
            notes.error(WHERE, f"`{finder.name}` does not find what `{name}` made", remedy)
    if not _creates(exam):
        notes.not_applicable("it creates nothing that the kit can ask for")


async def _unknown_key(exam: Examination, notes: Notes) -> None:
    if (done := await exam.rehearsal()) is None:
        return
    has = operations(exam.plugin.connector_class)
    for creation in {each.name: each for each in has.values() if each.finder is not None}.values():
        finder = _finder(creation)
        if creation.repeatable or not implements(exam.plugin.connector_class, finder):
            continue
        notes.count()
        asked = await done.call(finder, done.key())
        if asked.error is not None or asked.result is not None:
            said = asked.said() if asked.error is not None else f"finds {_identity(asked.result)!r}"
            message = f"`{finder.name}` of a key that was never used {said}"
            remedy = "return None where the portal says in its own shape that there is none"
            notes.error("connector.py", message, _remedy(asked, remedy))
    if not notes.examined:
        notes.not_applicable("it creates nothing")


async def _lost_answers(exam: Examination, notes: Notes) -> None:
    """The portal did it, the answer was lost."""
    if (done := await exam.rehearsal()) is None:
        return
    for creation, sample in _samples(exam, done):
        value = await sample(done.key())
        if value is None:
            continue
        name, finder = creation.name, _finder(creation)
        if not any(each.result is not None for each in done.good(finder)):
            continue  # `created_once` says so
        before = len(done.found.effects())
        await done.call(creation, *((await sample(done.key())) or value))
        usual = Counter(each["kind"] for each in done.found.effects()[before:])
        before = len(done.found.effects())
        done.found.fault("commit_then_drop")
        lost = await done.call(creation, *value)
        done.found.fault("none")
        kinds = Counter(each["kind"] for each in done.found.effects()[before:])
        if isinstance(lost.error, Refused) and not kinds:
            continue  # `examples` says so
        notes.count()
        if not kinds:
            continue  # `created_once` says so
        if not isinstance(lost.error, Unknown):
            said = lost.said()
            notes.error(
                "connector.py",
                f"`{name}` with a lost answer: {said}, not Unknown",
                "let the error of the lost connection pass",
            )
            continue
        if any(count > max(usual[kind], 1) for kind, count in kinds.items()):
            message = f"one `{name}` with a lost answer had the effects {dict(kinds)}"
            notes.error("connector.py", message, "send a creation once: the finder tells what came of it")
        known = await done.call(finder, _key_of(value))
        if known.result is None:
            message = f"`{finder.name}` does not find what a `{name}` with a lost answer made"
            notes.error(WHERE, message, "commit the key with the thing itself, in one transaction")
    if not _creates(exam):
        notes.not_applicable("it creates nothing that the kit can ask for")


async def _key_twice(exam: Examination, notes: Notes) -> None:
    """The same key twice has one effect only at a portal that promises it."""
    if (done := await exam.rehearsal()) is None:
        return
    promised = exam.plugin.manifest.once_by_key
    for creation, sample in _samples(exam, done):
        if creation is Booking.book:
            continue  # the slot is taken, whatever the key
        key = done.key()
        first, second = await sample(key), await sample(key)
        if first is None or second is None:
            continue
        counts = []
        for value in (first, second):
            before = len(done.found.effects())
            made = await done.call(creation, *value)
            counts.append(None if made.error is not None else len(done.found.effects()) - before)
        if not counts[0] or counts[1] is None:
            continue  # `created_once` says so
        notes.count()
        if promised and counts[1]:
            message = f"a second `{creation.name}` with one key had an effect, though the manifest promises none"
            notes.error(WHERE, message, "give back the first one, or leave out `once_by_key`")
        elif not promised and not counts[1]:
            message = f"a second `{creation.name}` with one key had no effect, which the portal does not promise"
            notes.error(WHERE, message, "do not look for the key, or a blind second request would never be seen")
    if not _creates(exam):
        notes.not_applicable("it creates nothing that the kit can ask for")
    elif not notes.examined:
        notes.not_applicable("its portal refuses a second demand about the same thing, whatever its key")


async def _wrong_key(exam: Examination, notes: Notes) -> None:
    """Somebody with other credentials gets nothing."""
    if (done := await exam.rehearsal()) is None:
        return
    if exam.plugin.manifest.auth.get("scheme") == "none" and not exam.plugin.manifest.sign:
        notes.not_applicable("its portal asks for no credentials")
        return
    declared = operations(exam.plugin.connector_class)
    async with done.found.impostor() as other:
        for good in {each.name: each for each in done.good() if each.turns}.values():
            if not declared[good.name].safe:
                continue
            if other.hops:
                other.hops.clear()
            tried = await done.call_on(other, good.operation, good.args, good.words)
            notes.count()
            statuses = [each.status for each in other.hops or ()]
            if tried.error is None:
                message = f"`{good.name}` with other credentials came to a result"
                notes.error(WHERE, message, "check the gateway's credentials as the portal does, and answer 401")
            elif any(each not in (0, 400, 401, 403) for each in statuses):
                message = f"`{good.name}` with other credentials was answered {statuses}"
                notes.error(WHERE, message, "check the credentials before anything else, and answer 401")
            elif isinstance(tried.error, Refused):
                message = f"`{good.name}` with other credentials: {tried.said()}, which ends a case"
                notes.error("connector.py", message, "let `check` of the contract judge the answer")
    notes.found_nothing(
        "no safe operation came to a result at the stand-in",
        "make the examples work at the stand-in: `find` and `progress` are asked about them",
    )
    if not any(each.safe for each in declared.values()) or not done.good():
        notes.not_applicable("no safe operation can be asked for without a payment")


async def _prechecks(exam: Examination, notes: Notes) -> None:
    """The examples, before there is a stamp or a key: nothing is found, and nothing happens. From a portal that fails
    comes no finding either."""
    if not implements(exam.plugin.connector_class, Filing.check):
        notes.not_applicable("its portal cannot be asked before")
        return
    if (done := await exam.rehearsal()) is None:
        return
    for demand in [each for each in done.demands if each.filed is not None]:  # `examples` says so of the others
        asked = unlodged(demand.sample)
        before = len(done.found.effects())
        checked = await done.call(Filing.check, asked)
        notes.count()
        if checked.error is not None:
            message = f"`check` with the example of {demand.service.id}: {checked.said()}"
            remedy = "find no fault with a stamp, files or a key that are not there yet"
            notes.error(WHERE, message, _remedy(checked, remedy))
        elif checked.result:
            codes = ", ".join(each.code for each in checked.result)
            notes.error(WHERE, f"`check` finds {codes} in the example of {demand.service.id}", _REMEDY)
        if len(done.found.effects()) != before:
            notes.error(WHERE, "`check` recorded an effect", "change nothing at the portal")
    if done.demands and done.demands[0].lodged.error is None:
        done.found.fault("error")
        failed = await done.call(Filing.check, unlodged(done.demands[0].sample))
        done.found.fault("none")
        if failed.turns and not isinstance(failed.error, Unavailable):
            message = f"`check` at a portal that fails: {failed.said()}, not Unavailable"
            notes.error("connector.py", message, "let the contract's `check` judge the answer")


async def _batches(exam: Examination, notes: Notes) -> None:
    """Two demands by one request: each as it is told alone. Of one that there is not, and of one that is named with
    another person's key, nothing is told."""
    if not implements(exam.plugin.connector_class, Filing.progress_many):
        notes.not_applicable("its portal is queried about one demand at a time")
        return
    if (done := await exam.rehearsal()) is None:
        return
    lodged = [(each.sample.key, each.filed) for each in done.demands if each.filed is not None]
    while lodged and len(lodged) < 2:
        sample = samples.submission(done.demands[0].service, done.key(), exam.chance("batches"))
        more = await done.call(Filing.file, sample)
        if not isinstance(more.result, Filed):
            return
        lodged.append((sample.key, more.result))
    if not lodged:
        return
    refs = [DemandRef(reference=filed.reference, key=key, access=filed.access) for key, filed in lodged[:2]]
    mine, other = refs
    alone = [await done.call(Filing.progress, each.reference, **each.access) for each in refs]
    absent = msgspec.structs.replace(mine, reference=mine.reference[:-1] + "~", key="none")
    said = await done.call(Filing.progress_many, [other, absent, mine])
    theirs = await done.call(Filing.progress_many, [msgspec.structs.replace(other, key=mine.key), mine])
    notes.count()
    for call in (said, theirs):
        if call.error is not None:
            message = f"`progress_many` with two demands of the example: {call.said()}"
            notes.error("connector.py", message, "raise nothing for a demand that the portal does not know")
            return
    told = {each.reference: each.status for each in said.result}
    if len(said.result) != len(told) or told != {each.result.reference: each.result.status for each in alone}:
        message = "`progress_many` does not tell of exactly the demands that there are what `progress` tells"
        notes.error("connector.py", message, "give one Progress for each demand that the portal tells of")
    if any(each.reference == other.reference for each in theirs.result):
        message = "`progress_many` tells of a demand that was filed with another key than the one given"
        notes.warning("connector.py", message, "compare `key`, if the portal's answer names it")


async def _withdrawals(exam: Examination, notes: Notes) -> None:
    if not implements(exam.plugin.connector_class, Filing.withdraw):
        notes.not_applicable("its portal takes nothing back")
        return
    if (done := await exam.rehearsal()) is None:
        return
    for call in done.withdrawn:
        notes.count()
        if call.error is not None and not (isinstance(call.error, Refused) and call.error.code == "too_late"):
            message = f"`withdraw` of a demand that was just filed: {call.said()}"
            notes.error("connector.py", message, "return a Progress that is withdrawn, or Refused('too_late')")


async def _persons_apart(exam: Examination, notes: Notes) -> None:
    """Two persons at the same time: what one gets and what is sent for her has nothing of the other."""
    if (done := await exam.rehearsal()) is None:
        return
    for creation, sample in _samples(exam, done):
        if creation is Booking.book:
            continue
        keys = [done.key("canary"), done.key("canary")]
        values = [await sample(key) for key in keys]
        if any(each is None for each in values):
            continue
        made = await together(*(done.call(creation, *value) for value in values if value is not None))
        if any(each.error is not None for each in made):
            continue
        notes.count()
        finder = _finder(creation)
        found = await together(*(done.call(finder, key) for key in keys))
        asked = found
        if creation is Filing.file:
            asked = [
                *found,
                *await together(
                    *(done.call(Filing.progress, each.result.reference, **each.result.access) for each in made)
                ),
            ]
        for at, each in enumerate([*made, *asked]):
            own, other = at % 2, 1 - at % 2
            if each.result is not None and _identity(each.result) != _identity(made[own].result):
                _mixed(notes, f"`{each.name}` gives one person what is another's")
            sent = b"\n".join(turn.request.url.raw_path + b"\n" + turn.request.content for turn in each.turns)
            theirs = [keys[other], *([values[other][0].case_id] if hasattr(values[other][0], "case_id") else [])]
            if any(word.encode() in sent for word in theirs):
                _mixed(notes, f"`{each.name}` for one person sends what is another's")
            if any(word in msgspec.json.encode(each.result).decode() for word in theirs):
                _mixed(notes, f"`{each.name}` for one person tells what is another's")
        if _identity(made[0].result) == _identity(made[1].result):
            _mixed(notes, f"`{creation.name}` gives two persons the same reference")
    if not _creates(exam):
        notes.not_applicable("it creates nothing that the kit can ask for")
    elif not notes.examined:
        notes.not_applicable("its portal refuses a second demand about the same thing")


def _mixed(notes: Notes, message: str) -> None:
    notes.error("connector.py", f"{message}, when both ask at the same time", "keep nothing of a call on the connector")


Sample = Callable[[str], Any]


def _samples(exam: Examination, done: Rehearsal) -> list[tuple[Operation[..., Any], Sample]]:
    """What can be created, and how its arguments are made for a key: the example that the portal takes again."""
    declared = operations(exam.plugin.connector_class)
    found: list[tuple[Operation[..., Any], Sample]] = []
    if Filing.file.name in declared:
        found.append((Filing.file, _filing(exam, done)))
    if Shipping.ship.name in declared:

        async def parcel(key: str) -> tuple[Any, ...]:
            return (samples.parcel(key),)

        found.append((Shipping.ship, parcel))
    if Messaging.send.name in declared:

        async def message(key: str) -> tuple[Any, ...]:
            return (samples.message(key),)

        found.append((Messaging.send, message))
    if any(each.error is None for each in done.bookings):
        found.append((Booking.book, _booking(done)))
    return found


def _filing(exam: Examination, done: Rehearsal) -> Sample:
    async def filing(key: str) -> tuple[Any, ...] | None:
        demand = next((each for each in done.demands if each.filed is not None), None)
        if demand is None:
            return None
        return (samples.submission(demand.service, key, exam.chance(key)),)

    return filing


def _booking(done: Rehearsal) -> Sample:
    async def booking(key: str) -> tuple[Any, ...] | None:
        slot = await done.free_slot()
        return None if slot is None else (slot, samples.person(key))

    return booking


def _key_of(value: tuple[Any, ...]) -> str:
    key: str = value[-1].key
    return key


def _creates(exam: Examination) -> bool:
    declared = operations(exam.plugin.connector_class)
    return any(each.name in declared for each in CREATING)


def _needs(exam: Examination, notes: Notes, operation: Operation[..., Any]) -> None:
    if operation.name not in operations(exam.plugin.connector_class):
        notes.not_applicable(f"it has no `{operation.name}`")


def _finder(creation: Operation[..., Any]) -> Operation[[str], Any]:
    assert creation.finder is not None, "every creation has a finder"
    return creation.finder


def _identity(made: Any) -> str:
    return str(getattr(made, "reference", "") or getattr(made, "number", ""))


CHECKS: Final = (
    Check(
        id="sandbox",
        level="connected",
        proves="The stand-in starts.",
        example="sandbox/: does not start: RuntimeError: no",
        run=_starts,
    ),
    Check(
        id="examples",
        level="connected",
        proves="The stand-in takes the example of every service, a parcel or a message.",
        example="sandbox/: `file` with the example of hello.request: Refused('form_not_accepted')",
        run=_examples,
    ),
    Check(
        id="created_once",
        level="connected",
        proves="What creates has one effect, and is found by its key.",
        example="sandbox/: `find` does not find what `file` made",
        run=_created_once,
    ),
    Check(
        id="unknown_key",
        level="connected",
        proves="A finder says that there is nothing for a key that was never used.",
        example="connector.py: `find` of a key that was never used finds 'D-1'",
        run=_unknown_key,
    ),
    Check(
        id="wrong_key",
        level="connected",
        proves="The stand-in answers 401 to other credentials, and the connector takes that for no refusal.",
        example="sandbox/: `find` with other credentials came to a result",
        run=_wrong_key,
    ),
    Check(
        id="ends",
        level="dependable",
        proves="Every example, followed and answered, comes to an end at the stand-in.",
        example="sandbox/: the example of hello.request is still 'working' after 60 questions ...",
        run=_ends,
    ),
    Check(
        id="documents",
        level="dependable",
        proves="Every document that is announced can be fetched, and its bytes are what its media type says.",
        example="connector.py: document 'result' of hello.request does not begin as application/pdf does",
        run=_documents,
    ),
    Check(
        id="lost_answers",
        level="dependable",
        proves="A creation whose answer was lost is Unknown, happened once, and is found by its key.",
        example="sandbox/: `find` does not find what a `file` with a lost answer made",
        run=_lost_answers,
    ),
    Check(
        id="key_twice",
        level="dependable",
        proves="The same key twice has one effect at the stand-in only if the portal promises it (`once_by_key`).",
        example="sandbox/: a second `file` with one key had no effect, which the portal does not promise",
        run=_key_twice,
    ),
    Check(
        id="prechecks",
        level="dependable",
        proves="`check` finds nothing in the examples, changes nothing, and finds nothing at a portal that fails.",
        example="sandbox/: `check` recorded an effect",
        run=_prechecks,
    ),
    Check(
        id="batches",
        level="dependable",
        proves="`progress_many` tells of each demand what `progress` tells, and of nobody else's.",
        example="connector.py: `progress_many` does not tell of exactly the demands that there are ...",
        run=_batches,
    ),
    Check(
        id="withdrawals",
        level="dependable",
        proves="A demand that was just filed can be withdrawn, or it is too late for that.",
        example="connector.py: `withdraw` of a demand that was just filed: Unavailable('portal_answer_unexpected')",
        run=_withdrawals,
    ),
    Check(
        id="persons_apart",
        level="dependable",
        proves="Two persons who ask at the same time get and send nothing of each other's.",
        example="connector.py: `file` gives one person what is another's, when both ask at the same time",
        run=_persons_apart,
    ),
)
