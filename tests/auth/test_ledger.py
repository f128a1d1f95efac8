from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from gateway.auth import keyfiles, ledger
from gateway.auth.keys import KeyRing, KeyRingError
from gateway.auth.ledger import Ledger

AMINA, YOUSSEF = "p_" + "a" * 32, "p_" + "b" * 32
YEAR = datetime.now(UTC).year


def at(year: int, month: int = 6) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


@pytest.fixture
def ring(tmp_path):
    return KeyRing.create(tmp_path / "keys")


@pytest.fixture
def names():
    return Ledger(2026, b"k" * 32)


def test_a_person_has_one_name_a_year_and_nobody_elses(names):
    assert names.pseudonym(AMINA, at(2026, 1)) == names.pseudonym(AMINA, at(2026, 12))
    seen = [names.pseudonym(who, at(year)) for who in (AMINA, YOUSSEF) for year in (2026, 2027, 2040)]
    assert len(set(seen)) == 6
    assert all(re.fullmatch("p20[0-9]{2}_[0-9a-f]{32}", each) for each in seen)
    assert AMINA[2:] not in " ".join(seen)


def test_the_year_is_that_of_utc(names):
    assert names.pseudonym(AMINA, datetime.fromisoformat("2027-01-01T00:30:00+01:00")).startswith("p2026_")


def test_every_name_of_a_person_is_known_and_that_of_next_year_for_clocks_that_are_ahead(names):
    assert names.every(AMINA, at(2028)) == tuple(names.pseudonym(AMINA, at(year)) for year in range(2026, 2030))
    assert names.every(AMINA, at(2020)) == (names.pseudonym(AMINA, at(2026)),)


@pytest.mark.parametrize("other", ["", "p_1", "p2026_" + "a" * 32, "client:app", "p_" + "A" * 32])
def test_what_the_store_calls_nobody_stays_as_it_is(names, other):
    assert names.pseudonym(other, at(2026)) == other
    assert names.every(other, at(2030)) == (other,)


def test_a_ring_has_a_ledger_that_stays(ring):
    assert ring.ledger.first_year == YEAR
    again = KeyRing.create(ring.folder).ledger
    assert again.pseudonym(AMINA, at(YEAR)) == ring.ledger.pseudonym(AMINA, at(YEAR))


def test_forgetting_leaves_later_years_as_they_were_and_earlier_ones_out_of_reach(tmp_path):
    path = tmp_path / ledger.FILENAME
    keyfiles.write_new(path, f"{'ab' * 32} 2020\n".encode())
    before, _ = ledger.read(path)
    assert ledger.forget(path, before=2023) == 2023
    after, _ = ledger.read(path)
    assert after.every(AMINA, at(2026)) == before.every(AMINA, at(2026))[3:]
    assert before.pseudonym(AMINA, at(2022)) not in after.every(AMINA, at(2026))
    assert "ab" * 32 not in path.read_text()
    assert ledger.forget(path, before=2021) == 2023


def test_the_year_in_use_is_not_forgotten(ring):
    with pytest.raises(ValueError, match="in use"):
        ledger.forget(ring.folder / ledger.FILENAME, before=YEAR + 1)


@pytest.mark.parametrize("text", ["", "ab", f"{'ab' * 31} 2026", f"{'ab' * 32}", f"{'xy' * 32} 2026", "\udcff"])
def test_a_damaged_key_is_named(ring, text):
    path = ring.folder / ledger.FILENAME
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(KeyRingError, match=re.escape(ledger.FILENAME)):
        KeyRing.open(ring.folder)


def test_the_key_of_a_demo_is_a_demo_key(tmp_path):
    assert KeyRing.create(tmp_path / "keys", demo=True).has_demo_keys
    (tmp_path / "keys" / "data.key").write_text("ab" * 32)
    (tmp_path / "keys" / "pseudonym.key").write_text("ab" * 32)
    for path in (tmp_path / "keys").glob("*.key"):
        path.chmod(0o600)
    assert ledger.read(tmp_path / "keys" / ledger.FILENAME)[1] is True
