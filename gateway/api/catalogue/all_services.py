"""`GET /v1/services` without a query, as it lies ready: what every frontend asks for first."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.api.catalogue.pages import CataloguePages, Page, Reading, unchanged, whole
from gateway.api.catalogue.routes import LARGEST_PAGE, operates
from gateway.api.http.access import AnyConnection
from gateway.api.http.header_fields import first
from gateway.api.http.ready_answers import ReadyAnswer


@dataclass(frozen=True, slots=True)
class AllServices:
    """The answer is written by the framework, once for each pair of languages while no portal's state changes."""

    pages: CataloguePages

    def __call__(self, connection: AnyConnection) -> ReadyAnswer | None:
        """None for an operator, whose list says more."""
        if operates(connection):
            return None
        reading = self.pages.reading(connection)
        ready: _Ready = self.pages.cache.get(
            ("ready", reading.language, reading.fallback), lambda: self._ready(reading)
        )
        known = ready.page.known_by(first(connection, b"if-none-match"))
        return ready.unchanged if known else ready.whole

    def _ready(self, reading: Reading) -> _Ready:
        page, headers = self.pages.everything(reading, LARGEST_PAGE), reading.headers()
        return _Ready(page, ReadyAnswer.of(whole(page, headers)), ReadyAnswer.of(unchanged(page, headers)))


@dataclass(frozen=True, slots=True)
class _Ready:
    page: Page
    whole: ReadyAnswer
    unchanged: ReadyAnswer
