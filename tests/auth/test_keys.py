from __future__ import annotations

import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.auth.keyfiles import thumbprint
from gateway.auth.keys import USES, KeyRing, KeyRingError


@pytest.fixture
def ring(tmp_path):
    return KeyRing.create(tmp_path / "keys")


def test_creating_twice_gives_the_same_keys(ring):
    again = KeyRing.create(ring.folder)
    assert [again.signer(use).key_id for use in USES] == [ring.signer(use).key_id for use in USES]
    assert (again.data_key, again.pseudonym("AB123456")) == (ring.data_key, ring.pseudonym("AB123456"))


def test_processes_that_create_at_once_agree_on_one_ring(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: KeyRing.create(tmp_path / "keys"), range(8)))
    assert len({ring.signer("audit").key_id for ring in rings}) == 1
    assert len({ring.data_key for ring in rings}) == 1
    assert len(list((tmp_path / "keys" / "audit").glob("*.pem"))) == 1


def test_keys_belong_to_their_owner_alone(ring):
    for path in ring.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_a_key_id_is_the_rfc_7638_thumbprint():
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_signature_verifies_with_the_published_key(ring):
    signer = ring.signer("outbound")
    Ed25519PublicKey.from_public_bytes(ring.public("outbound")[signer.key_id]).verify(signer.sign(b"m"), b"m")


def test_a_receipt_still_verifies_against_the_key_set_after_two_rotations(ring):
    receipt = ring.sign_jws("receipts", b'{"case":"c"}', typ="receipt+jws")
    ring.rotate("receipts")
    ring.rotate("receipts")
    kid = jwt.get_unverified_header(receipt)["kid"]
    key = jwt.PyJWKSet.from_dict(ring.jwks())[kid]
    assert jwt.api_jws.decode(receipt, key, ["EdDSA"]) == b'{"case":"c"}'
    assert jwt.get_unverified_header(receipt)["typ"] == "receipt+jws"


def test_the_key_set_holds_no_audit_key_and_nothing_private(ring):
    keys = ring.jwks()["keys"]
    assert {key["kid"] for key in keys} == {*ring.public("receipts"), *ring.public("outbound")}
    assert all("d" not in key for key in keys)


def test_rotation_changes_the_signing_key_and_destroys_the_old_private_half(ring):
    old = ring.signer("outbound").key_id
    new = ring.rotate("outbound").key_id
    assert new != old
    assert list(ring.public("outbound")) == [new, old]
    assert [path.stem for path in (ring.folder / "outbound").glob("*.pem")] == [new]
    assert KeyRing.open(ring.folder).signer("outbound").key_id == new


def test_a_running_process_notices_a_rotation_by_another(ring, monkeypatch):
    KeyRing.open(ring.folder).rotate("receipts")
    now = time.monotonic() + 10
    monkeypatch.setattr("gateway.auth.keys.time.monotonic", lambda: now)
    assert ring.signer("receipts").key_id == KeyRing.open(ring.folder).signer("receipts").key_id


def test_a_private_key_that_others_can_read_is_refused(ring):
    pem = ring.folder / "audit" / f"{ring.signer('audit').key_id}.pem"
    os.chmod(pem, 0o644)
    with pytest.raises(KeyRingError, match="chmod 600"):
        KeyRing.open(ring.folder)
    os.chmod(pem, 0o600)
    os.chmod(ring.folder / "data.key", 0o640)
    with pytest.raises(KeyRingError, match=r"data\.key"):
        KeyRing.open(ring.folder)


def test_a_demo_key_that_others_can_read_is_only_a_warning(tmp_path):
    ring = KeyRing.create(tmp_path, demo=True)
    os.chmod(tmp_path / "data.key", 0o644)
    assert [str(tmp_path / "data.key") in line for line in KeyRing.open(tmp_path).problems()] == [True]
    assert ring.signer("audit").key_id.startswith("demo-")


def test_demo_keys_are_told_apart(tmp_path, ring):
    assert not ring.has_demo_keys
    demo = KeyRing.create(tmp_path / "demo", demo=True)
    demo.rotate("audit")
    assert demo.has_demo_keys
    assert all(info.demo for info in demo.list())


@pytest.mark.parametrize("missing", ["data.key", "pseudonym.key", "audit/current"])
def test_a_missing_key_is_named_with_the_remedy(ring, missing):
    (ring.folder / missing).unlink()
    with pytest.raises(KeyRingError, match="keys create"):
        KeyRing.open(ring.folder)


def test_a_key_file_under_a_false_name_is_refused(ring):
    home = ring.folder / "audit"
    pem = home / f"{ring.signer('audit').key_id}.pem"
    pem.rename(home / "other.pem")
    (home / "current").write_text("other")
    with pytest.raises(KeyRingError, match="named after"):
        KeyRing.open(ring.folder)


def test_a_damaged_key_error_does_not_show_the_key(ring):
    (ring.folder / "data.key").write_text("not-hexa" * 8)
    with pytest.raises(KeyRingError) as caught:
        KeyRing.open(ring.folder)
    assert "not-hexa" not in str(caught.value)


def test_one_person_has_one_pseudonym_however_the_number_is_written(ring):
    assert ring.pseudonym("ab 123-456") == ring.pseudonym("AB123456") != ring.pseudonym("AB123457")
    assert len(ring.pseudonym("A1234")) == 34


@pytest.mark.parametrize("wrong", ["", "ABC123", "AB", "123456", "AB1234567", "AB12345٦"])
def test_what_is_not_a_cnie_has_no_pseudonym(ring, wrong):
    with pytest.raises(ValueError, match="not a CNIE"):
        ring.pseudonym(wrong)


def test_two_gateways_do_not_share_pseudonyms(ring, tmp_path):
    assert KeyRing.create(tmp_path / "other").pseudonym("AB123456") != ring.pseudonym("AB123456")


def test_the_key_of_cards_is_on_p256_and_its_signature_is_as_jose_has_it(ring):
    signer = ring.signer("cards")
    token = ring.sign_jws("cards", b"{}", typ="x")
    key = jwt.PyJWKSet.from_dict(ring.card_jwks())[signer.key_id]
    assert jwt.api_jws.decode(token, key, ["ES256"]) == b"{}"
    assert (signer.algorithm, len(signer.sign(b"m")), len(signer.public)) == ("ES256", 64, 65)
    assert jwt.algorithms.get_default_algorithms()["ES256"].verify(b"m", key.key, signer.sign(b"m"))


def test_the_key_of_cards_rotates_as_the_others_do_and_is_in_a_set_of_its_own(ring):
    old = ring.signer("cards").key_id
    new = ring.rotate("cards").key_id
    assert [key["kid"] for key in KeyRing.open(ring.folder).card_jwks()["keys"]] == [new, old]
    assert not {new, old} & {key["kid"] for key in ring.jwks()["keys"]}
    assert all("d" not in key for key in ring.card_jwks()["keys"])


def test_a_key_of_the_wrong_kind_for_its_use_is_refused(ring):
    kid = ring.signer("audit").key_id
    (ring.folder / "cards" / f"{kid}.pem").write_bytes((ring.folder / "audit" / f"{kid}.pem").read_bytes())
    (ring.folder / "cards" / f"{kid}.pem").chmod(0o600)
    (ring.folder / "cards" / "current").write_text(kid)
    with pytest.raises(KeyRingError, match="ES256"):
        KeyRing.open(ring.folder)
