from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit import merkle

# Trees over these eight leaves are Certificate Transparency's published test vectors.
LEAVES = [
    bytes.fromhex(h)
    for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [sha256(b"\0" + bytes([n])).digest() for n in range(70)]
sizes = st.integers(1, len(HASHES))


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    assert merkle.root([]) == sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert merkle.root([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]]).hex() == ROOTS[size - 1]


@given(sizes, st.data())
def test_every_leaf_can_be_shown_and_no_other_in_its_place(size: int, data: st.DataObject) -> None:
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    hashes = HASHES[:size]
    head, path = merkle.root(hashes), merkle.inclusion(index, hashes)
    assert merkle.included(hashes[index], index, size, head, path)
    assert merkle.included(hashes[other], index, size, head, path) is (other == index)
    assert merkle.included(hashes[index], other, size, head, path) is (other == index)
    assert not merkle.included(hashes[index], index, size, head, [*path, head])
    assert not merkle.included(hashes[index], size, size, head, path)


@given(sizes, st.data())
def test_a_grown_log_is_shown_to_begin_with_the_old_one(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, size))
    hashes = HASHES[:size]
    path, old_head, head = merkle.consistency(old, hashes), merkle.root(hashes[:old]), merkle.root(hashes)
    assert merkle.consistent(old, old_head, size, head, path)
    assert not merkle.consistent(old, old_head, size, head, [*path, head])


@given(sizes, st.data())
def test_a_changed_past_is_not_consistent(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    changed = HASHES[:size]
    changed[data.draw(st.integers(0, old - 1))] = bytes(32)
    path = merkle.consistency(old, changed)
    assert not merkle.consistent(old, merkle.root(HASHES[:old]), size, merkle.root(changed), path)
    assert merkle.consistent(old, merkle.root(changed[:old]), size, merkle.root(changed), path)


def test_a_log_is_not_believed_to_be_larger_than_its_proof_reaches() -> None:
    first, second = HASHES[:2]
    pair = merkle.node_hash(first, second)
    assert merkle.included(first, 0, 1, first, [])
    assert not merkle.included(first, 0, 2, first, [])
    assert merkle.consistent(1, first, 2, pair, [second])
    assert not merkle.consistent(1, first, 3, pair, [second])


def test_proofs_of_what_is_not_there_are_refused() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion(3, HASHES[:3])
    with pytest.raises(IndexError):
        merkle.consistency(4, HASHES[:3])
