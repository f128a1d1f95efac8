from __future__ import annotations

import pytest

from gateway.connectors.contract import Connector, Filing, Shipping, Tracking
from gateway.connectors.contract_checks import contract_violations, implemented


class Whole(Connector, Tracking, Shipping):
    async def track(self, reference, *, email):
        """A connector may name the words of the proof."""

    async def ship(self, parcel):
        """ """

    async def trace(self, number, detail=False):
        """Something more, with a default, hurts nobody."""

    async def find_shipment(self, idempotency_key):
        """ """


def test_a_connector_that_keeps_its_promises_has_nothing_to_answer_for():
    assert list(contract_violations(Whole)) == []


def test_operations_with_code_are_told_from_inherited_ones():
    assert implemented(Whole) == ["track", "find_shipment", "ship", "trace"]


def test_a_method_inherited_from_another_connector_counts():
    class Heir(Whole):
        pass

    assert list(contract_violations(Heir)) == []


class Nothing(Connector):
    pass


class Empty(Connector, Tracking):
    pass


class Lost(Connector, Shipping):
    async def ship(self, parcel):
        """Without a way to find what became of it."""

    async def trace(self, number):
        """ """


class Choosy(Connector, Tracking):
    async def track(self, reference):
        """Takes no proof."""


class Greedy(Whole):
    async def trace(self, number, secret):
        """Asks for more than it will get."""


class Static(Whole):
    @staticmethod
    async def trace(self, number):
        """ """


class Renamed(Connector, Filing):
    async def file(self, submission):
        """ """

    async def progress(self, reference, **access):
        """ """

    async def find(self, idempotency_key):
        """ """


@pytest.mark.parametrize(
    ("connector", "sentence"),
    [
        (
            Nothing,
            "Nothing has no capability; it must inherit one of Filing, Tracking, Paying, Shipping, Booking, Messaging",
        ),
        (Empty, "Empty inherits Tracking and overrides none of its methods"),
        (Lost, "Lost.find_shipment is missing: Shipping has no default for it"),
        (Choosy, "Choosy.track must take further words by name (**)"),
        (Greedy, "Greedy.trace asks for 'secret', which the core never gives"),
        (Static, "Static.trace must be a plain method"),
        (Renamed, "Renamed.file must take (self, filing), not (self, submission)"),
    ],
)
def test_a_broken_promise_is_told_in_one_sentence(connector, sentence):
    assert list(contract_violations(connector)) == [sentence]
