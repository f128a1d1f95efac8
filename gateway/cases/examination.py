"""What is wrong with a demand: the one examination for those who file and those who only ask.

Who files stops at the first fault, as an exception. Who asks first is told all of them, and what could not be checked:
`Findings` makes the difference. Nothing is stored, and nothing is changed at a portal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from gateway.audit.entry import Entry
from gateway.auth.principal import Principal
from gateway.cases import forms
from gateway.cases.attachments import Attachments
from gateway.cases.forms import FileLimits, FormError
from gateway.cases.intake import Examined, Invalid
from gateway.cases.model import Event
from gateway.cases.places import Places
from gateway.cases.portal_check import PortalCheck
from gateway.cases.store import Cases
from gateway.cases.subject import FORM, Bound, NotEntitled, bind, requester_of
from gateway.cases.turns import Turns
from gateway.connectors.contract import Money, Related, Submission
from gateway.connectors.services import Service
from gateway.settings import Forms

_WAITING: Final = 1_000_000
"""No limit of its own: `server.max_concurrent_calls` is one."""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Something that nobody could say now. It keeps nobody from filing."""

    portal: str
    what: str
    """`register`: the portal's `check`; `posts`: its list of posts."""


@dataclass(slots=True)
class Findings:
    """What was found wrong, each as the exception that filing raises for it. With `at_once` the first is raised."""

    at_once: bool
    errors: list[Exception] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    def add(self, error: Exception) -> None:
        if self.at_once:
            raise error
        self.errors.append(error)

    @contextmanager
    def collecting(self, *kinds: type[Exception]) -> Iterator[None]:
        """Exceptions of these kinds that are raised inside are findings."""
        try:
            yield
        except kinds as error:
            self.add(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a person wants to file."""

    service: Service
    form: Mapping[str, Any]
    language: str
    """In which the gateway writes to the person."""
    told_in: str
    """In which she is told what is wrong."""
    related: Related | None = None
    fast_lane: bool = False
    may_ask_portal: bool = True
    """False where a right is missing: then no portal is told anything of anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    examined: Examined | None
    """The demand as it can be filed; None if something was found."""
    fee: Money | None
    """What it would cost, also while something else in it is wrong. None: nothing, or that cannot be said."""
    asked_about: frozenset[str] = frozenset()
    """CNIEs of other people of whom a portal was told."""


OwnCase = Callable[[str, str], Awaitable[Related | None]]
"""Of a case id and the pointer to where it is named: the case, if it is the caller's, else a finding."""


@dataclass(slots=True)
class _Read:
    """A form as far as it could be read."""

    clean: Any
    errors: list[FormError]
    bound: Bound | None = None
    not_entitled: NotEntitled | None = None
    readable: bool = True
    cases: dict[str, str] = field(default_factory=dict)
    """Other cases that the form names: JSON pointer -> id."""


class Examiner:
    def __init__(
        self, cases: Cases, attachments: Attachments, places: Places, portal_check: PortalCheck, limits: Forms
    ) -> None:
        self._cases = cases
        self._attachments = attachments
        self._places = places
        self._portal_check = portal_check
        self._limits = limits
        self._thread = ThreadPoolExecutor(1, "forms")
        """A large form takes some 100 ms to check, in which the event loop answers others. A small one is checked at
        once: to hand it over would take as long."""
        self._turns = Turns(1, each=1, waiting=_WAITING, waiting_each=_WAITING)

    async def examine(
        self, demand: Demand, principal: Principal, entry: Entry, findings: Findings, own_case: OwnCase
    ) -> Outcome:
        """`entry`: of the call; it records queries to portals.

        With `findings.at_once` it raises `NotEntitled`, `Invalid`, or the portal's `Refused`.
        """
        service, before = demand.service, len(findings.errors)
        if forms.is_small(demand.form):
            read = self._read(demand, principal)
        else:
            async with self._turns.place(principal.pseudonym or principal.client_id):
                read = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, demand, principal)
        if read.not_entitled is not None:
            findings.add(read.not_entitled)
        if read.errors:
            findings.add(Invalid(read.errors))
        if not read.readable:
            return Outcome(examined=None, fee=None)
        wrong = frozenset(each.pointer for each in read.errors)
        places = await self._places.check(service, read.clean, demand.told_in, entry, wrong=wrong)
        findings.unchecked += [Unchecked(portal, "posts") for portal in places.unchecked]
        if places.errors:
            findings.add(Invalid(places.errors))
        attachments = forms.attachment_places(read.clean, service.form)
        limits = forms.file_limits(read.clean, service.form)
        unfit, reused = await self._files(limits, principal, demand.told_in, wrong)
        if unfit:
            findings.add(Invalid(unfit))
        related = demand.related
        for place, case_id in read.cases.items():
            related = await own_case(case_id, place) or related
        fee = _fee(service, read.clean, wrong)
        if read.bound is None or read.errors:
            return Outcome(examined=None, fee=fee)
        asked = await self._ask_portal(demand, related, read.clean, read.bound, principal, entry, findings)
        if len(findings.errors) > before:
            return Outcome(examined=None, fee=fee, asked_about=asked)
        examined = Examined(
            service=service,
            form=read.clean,
            language=demand.language,
            bound=read.bound,
            attachments=attachments,
            reused=reused,
            fee=fee,
        )
        return Outcome(examined=examined, fee=fee, asked_about=asked)

    def _read(self, demand: Demand, principal: Principal) -> _Read:
        """The form by its schema, with the verified claims in their places."""
        form, service, language = demand.form, demand.service, demand.told_in
        if errors := forms.unreadable(form, language=language, limits=self._limits):
            return _Read(form, errors, readable=False)
        read = _Read(forms.normalise(form, service.form), [])
        try:
            read.bound = bind(read.clean, service, principal.claims, by_mandate=principal.acting is not None)
        except NotEntitled as error:
            read.not_entitled = error
        checked = read.clean if read.bound is None else read.bound.form
        read.errors = forms.check(checked, service.form, language=language, limits=self._limits)
        if read.not_entitled is not None:
            read.errors = _without_filled(read.errors, service, read.clean)
        if read.bound is None and read.not_entitled is None and not read.errors:
            read.errors = [forms.missing_choice(language)]
        read.clean = forms.normalise(checked, service.form)
        read.cases = forms.cases_named(read.clean, service.form, wrong=[each.pointer for each in read.errors])
        return read

    async def _files(
        self, limits: Mapping[str, FileLimits], principal: Principal, language: str, wrong: Collection[str]
    ) -> tuple[list[FormError], list[Event]]:
        """`limits`: attachment id -> where the form names it, and what it takes there. The errors of those that are not
        the caller's to use or are of another kind, and the timeline entries for those that are copies."""
        ids = [each for each, limit in limits.items() if limit.place not in wrong]
        if not ids:
            return [], []
        files = self._attachments

        def read(connection: Connection) -> tuple[list[str], dict[str, tuple[str, int]], list[Event]]:
            missing = files.missing(connection, ids, client=principal.client_id, subject=principal.pseudonym)
            return missing, files.facts(connection, ids), files.reused(connection, ids)

        missing, facts, reused = await self._cases.storage.run_read(read)
        errors = [forms.missing_attachment(limits[each].place, language) for each in missing]
        present = [(limits[each], *facts[each]) for each in ids if each not in missing]
        errors += [
            problem for limit, kind, size in present if (problem := limit.problem(kind, size, language)) is not None
        ]
        return errors, reused

    async def _ask_portal(
        self,
        demand: Demand,
        related: Related | None,
        form: dict[str, Any],
        bound: Bound,
        principal: Principal,
        entry: Entry,
        findings: Findings,
    ) -> frozenset[str]:
        """Have the filing portal look at the demand, where it can. The CNIEs of other people that it was told."""
        portal = demand.service.plugin
        if not demand.may_ask_portal or not self._portal_check.offered_by(portal):
            return frozenset()
        submission = Submission(
            case_id="",
            key="",
            service=demand.service.id,
            form=form,
            language=demand.language,
            related=related,
            requester=requester_of(principal.claims, bound.whom),
            priority=demand.fast_lane,
        )
        refusals = await self._portal_check.run(portal, submission, principal, entry)
        if refusals is None:
            findings.unchecked.append(Unchecked(portal, "register"))
            return frozenset()
        for each in refusals:
            findings.add(each)
        return bound.others


def _without_filled(errors: list[FormError], service: Service, form: Mapping[str, Any]) -> list[FormError]:
    """Without the members that are missing because the verified claims were not filled in: the person need not type
    them."""
    rule = service.rule_for(form)
    places = () if rule is None else tuple(f"{FORM}{place}" for place in rule.requesters)
    return [
        each
        for each in errors
        if each.code != "required" or not any(each.pointer.startswith((place, f"{place}/")) for place in places)
    ]


def _fee(service: Service, form: Mapping[str, Any], wrong: Collection[str]) -> Money | None:
    if service.fee is None or (service.fee.per is not None and any(_touches(each, service.fee.per) for each in wrong)):
        return None
    return service.fee_for(form)


def _touches(wrong: str, pointer: str) -> bool:
    """Whether what is wrong is at `pointer` of the form, in it or around it."""
    place = FORM + pointer
    return wrong == place or wrong.startswith(f"{place}/") or place.startswith(f"{wrong}/")
