"""A case as the response to a write that is about it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.api.http.writes import etag, stored
from gateway.api.views import Views
from gateway.cases.commands.open_payment import OpenedPayment
from gateway.cases.idempotency import StoredResponse
from gateway.cases.model import Case


@dataclass(frozen=True, slots=True)
class CasePresenter:
    views: Views

    def created(self, case: Case) -> StoredResponse:
        headers = {"Location": f"/v1/cases/{case.id}", "ETag": etag(case)}
        return stored(201, self.views.case(case), self.views.language, headers)

    def changed(self, case: Case) -> StoredResponse:
        return stored(200, self.views.case(case), self.views.language, {"ETag": etag(case)})

    def opened(self, payment: OpenedPayment) -> StoredResponse:
        view = self.views.opened(payment.case, payment.which, payment.checkout)
        return stored(200, view, self.views.language, {"ETag": etag(payment.case)})
