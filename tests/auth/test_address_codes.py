"""Codes to addresses: what a message carries, and what is stored of it."""

from __future__ import annotations

from pathlib import Path

from gateway.auth import address_codes
from gateway.auth.keys import KeyRing
from gateway.ids import new_id


def test_code_is_the_same_for_a_message_and_stored_nowhere(tmp_path: Path) -> None:
    ring, other = KeyRing.create(tmp_path / "one"), KeyRing.create(tmp_path / "two")
    messages = [new_id("msg") for _ in range(200)]
    codes = [address_codes.code_for(ring, each) for each in messages]
    assert all(len(each) == 6 and each.isascii() and each.isdigit() for each in codes)
    assert codes == [address_codes.code_for(KeyRing.open(tmp_path / "one"), each) for each in messages]
    assert len(set(codes)) > 190
    assert codes != [address_codes.code_for(other, each) for each in messages]
    kept = address_codes.code_hash(ring, messages[0], codes[0])
    assert codes[0] not in kept
    assert address_codes.same(ring, messages[0], codes[0], kept)
    assert not address_codes.same(ring, messages[1], codes[0], kept)
    assert not address_codes.same(ring, messages[0], codes[1], kept)


def test_addresses_are_counted_whatever_their_letters(tmp_path: Path) -> None:
    ring = KeyRing.create(tmp_path)
    key = address_codes.address_key(ring, "email", "Amina@Example.org")
    assert key == address_codes.address_key(ring, "email", "amina@example.org")
    assert key != address_codes.address_key(ring, "sms", "amina@example.org")
    assert "amina" not in key
