"""`under_names`: what of a form or of the contract a portal gets, by its own names."""

from __future__ import annotations

import pytest

from gateway.connectors.authoring import Requester, under_names


def test_members_without_a_name_are_left_out() -> None:
    assert under_names({"annee": "year"}, {"year": 1988, "copy": "att_1"}) == {"annee": 1988}
    assert under_names({"cnie": "national_id"}, Requester(national_id="AB123456", name="A")) == {"cnie": "AB123456"}


def test_only_an_optional_member_may_be_missing() -> None:
    assert under_names({"annee": "year"}, {}, optional={"year"}) == {"annee": None}
    with pytest.raises(KeyError, match="year"):
        under_names({"annee": "year"}, {})


def test_nothing_stays_nothing() -> None:
    assert under_names({"annee": "year"}, None) is None
