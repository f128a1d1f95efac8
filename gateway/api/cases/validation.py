"""What was found wrong with a demand, in the caller's language: by the same words as when filing is refused for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gateway.api.cases.shapes import FindingView, ValidationView
from gateway.api.http.problem_table import problem_of
from gateway.api.views import Views
from gateway.cases.commands.validate_demand import Validation, kind_of
from gateway.i18n.messages import Messages


@dataclass(frozen=True, slots=True)
class ValidationPresenter:
    messages: Messages
    views: Views

    def validated(self, found: Validation) -> ValidationView:
        findings = [finding for error in found.errors for finding in self._findings(error, found.service.plugin)]
        findings += [
            self._told("unchecked", "could_not_check", f"finding.unchecked.{each.what}", each.portal)
            for each in found.unchecked
        ]
        findings += [
            self._told("availability", "portal_unavailable", "finding.portal_down", each) for each in found.down
        ]
        return ValidationView(
            service=found.service.id,
            valid=not found.errors,
            fee=self.views.money(found.fee) if found.fee is not None else None,
            findings=findings,
        )

    def _findings(self, error: Exception, portal: str) -> Iterator[FindingView]:
        language = self.views.language
        problem = problem_of(error, portal, self.messages.translator(language))
        told = problem.details(language, "", self.messages)
        for each in told.errors:
            of_field = each.code != told.code
            yield FindingView(
                kind=kind_of(error, each.code),
                blocks=True,
                pointer=each.pointer,
                code=each.code,
                detail=each.detail if of_field else told.detail,
                remedy=None if of_field else told.remedy,
                portal=told.portal or None,
                portal_message=told.portal_message or None,
            )
        if not told.errors:
            yield FindingView(
                kind=kind_of(error, told.code),
                blocks=True,
                pointer=None,
                code=told.code,
                detail=told.detail,
                remedy=told.remedy,
                portal=told.portal or None,
                portal_message=told.portal_message or None,
            )

    def _told(self, kind: Literal["unchecked", "availability"], code: str, text: str, portal: str) -> FindingView:
        """Something that blocks nothing."""
        title = self.views.portal_title(portal)
        detail = self.messages.translate(text, self.views.language, portal=title)
        return FindingView(kind=kind, blocks=False, pointer=None, code=code, detail=detail, portal=portal)
