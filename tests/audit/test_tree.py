from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit import merkle, proof, tiles, tree
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.nodes import NodesMissing, StoredHashes, frontier, grow
from gateway.audit.proof import Proof, ProofError
from gateway.audit.tiles import Frontier, Tile
from gateway.storage.tables import audit_nodes
from tests.database_sessions import read, transaction

HASHES = [merkle.leaf_hash(number.to_bytes(3, "big")) for number in range(70_000)]


class Stored:
    """Tiles as a folder has them."""

    def __init__(self, size: int) -> None:
        self.tiles: dict[tuple[int, int], list[bytes]] = {}
        self.frontier = Frontier()
        for at in range(0, size, 256):
            for level, index, hashes in self.frontier.add(HASHES[at : min(at + 256, size)]):
                self.tiles[level, index] = hashes
        for level, index, hashes in self.frontier.edge():
            self.tiles[level, index] = hashes

    def __call__(self, level: int, start: int, stop: int) -> list[bytes]:
        found = self.tiles[level, start // 256][start % 256 : start % 256 + stop - start]
        assert len(found) == stop - start
        return found


LARGE = Stored(70_000)


def test_the_specifications_example_of_a_tree_has_the_tiles_it_says() -> None:
    """C2SP tlog-tiles, section "Partial Tiles": 70,000 entries."""
    widths = {}
    for (level, _), hashes in LARGE.tiles.items():
        widths.setdefault(level, []).append(len(hashes))
    assert widths == {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}
    assert [len(list(tiles.covering(level, 70_000))) for level in (0, 1, 2, 3, "entries")] == [274, 2, 1, 0, 274]
    assert {(tile.level, tile.width) for tile in tiles.partial(70_000)} == {("entries", 112), (0, 112), (1, 17), (2, 1)}
    assert {(tile.level, tile.width) for tile in tiles.partial(256)} == {(1, 1)}


def test_paths_are_those_of_the_specification() -> None:
    assert Tile(level=0, index=1234067).path == "tile/0/x001/x234/067"
    assert Tile(level="entries", index=273, width=112).path == "tile/entries/273.p/112"
    assert Tile(level=1, index=0).path == "tile/1/000"
    assert Tile(level=0, index=1000).path == "tile/0/x001/000"


@given(st.sampled_from(["entries", 0, 1, 63]), st.integers(0, 10**12), st.integers(1, 256))
def test_every_path_reads_back_as_its_tile(level, index: int, width: int) -> None:
    tile = Tile(level=level, index=index, width=width)
    assert Tile.parse(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/0", "tile/0/0000", "tile/0/x000/001", "tile/0/001/002",
        "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/entries/",
        "tile/0/000/", "/tile/0/000", "tile/0/../000", "tile/0/٠٠٠",
    ],
)  # fmt: skip
def test_other_names_for_a_tile_are_not_read(path: str) -> None:
    assert Tile.parse(path) is None


def test_a_bundle_has_each_leaf_after_its_length() -> None:
    assert tiles.bundle([b"a", b"", b"x" * 258]) == b"\0\1a" + b"\0\0" + b"\1\2" + b"x" * 258


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1500), st.data())
def test_roots_and_proofs_from_tiles_are_those_over_all_hashes(size: int, data: st.DataObject) -> None:
    stored, hashes = Stored(size), HASHES[:size]
    assert tree.root(stored, size) == stored.frontier.root() == merkle.root(hashes)
    old = data.draw(st.integers(0, size))
    assert tree.consistency(stored, old, size) == merkle.consistency(old, hashes)
    if old < size:
        assert tree.inclusion(stored, old, size) == merkle.inclusion(old, hashes)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 256), max_size=20))
def test_a_frontier_grows_in_steps_of_any_length(steps: list[int]) -> None:
    frontier, size = Frontier(), 0
    for step in steps:
        step = min(step, 256 - size % 256)
        frontier.add(HASHES[size : size + step])
        size += step
        assert frontier.root() == merkle.root(HASHES[:size])


def test_a_proof_in_a_large_tree_holds() -> None:
    head = LARGE.frontier.root()
    for index in (0, 255, 256, 65_535, 65_536, 69_888, 69_999):
        assert merkle.included(HASHES[index], index, 70_000, head, tree.inclusion(LARGE, index, 70_000))
    assert merkle.consistent(300, merkle.root(HASHES[:300]), 70_000, head, tree.consistency(LARGE, 300, 70_000))
    with pytest.raises(IndexError):
        tree.inclusion(LARGE, 70_000, 70_000)
    with pytest.raises(IndexError):
        tree.consistency(LARGE, 70_001, 70_000)


async def test_the_stored_tree_is_the_tree_over_the_records(ledger) -> None:
    await ledger.grow(1300)
    while await ledger.storage.run_write(lambda tx: grow(tx, 1300, most=2)):
        pass
    async with read(ledger.storage) as connection:
        hashes = await connection.run_sync(lambda sync: StoredHashes(sync, 1300)(0, 0, 256))
        nodes = await connection.run_sync(lambda sync: StoredHashes(sync, 1300)(1, 0, 5))
        edge = await connection.run_sync(lambda sync: frontier(sync, 1300))
        root = await connection.run_sync(lambda sync: tree.root(StoredHashes(sync, 1300), 1300))
        assert nodes[0] == merkle.root(hashes)
        assert edge.root() == root


async def test_a_stored_tree_with_a_hole_is_noticed(ledger) -> None:
    await ledger.grow(600)
    await ledger.checkpointer.advance()
    async with transaction(ledger.storage) as tx:
        await tx.execute(audit_nodes.delete().where(audit_nodes.c.index == 1))
    async with read(ledger.storage) as connection:
        with pytest.raises(NodesMissing):
            await connection.run_sync(lambda sync: tree.root(StoredHashes(sync, 600), 600))


# --- tlog-proof -------------------------------------------------------------------------------------------------------

CHECKPOINT = b"example.com/log\n1\nAAAA\n\n\xe2\x80\x94 example.com/log AAAAAAA=\n"
PROOF = Proof(index=7, path=(bytes(32), bytes([1] * 32)), checkpoint=CHECKPOINT, extra=b"{}")


def test_a_proof_is_written_as_the_specification_says_and_read_back() -> None:
    lines = bytes(PROOF).decode().split("\n")
    assert lines[:6] == [
        "c2sp.org/tlog-proof@v1",
        "extra e30=",
        "index 7",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
        "",
    ]
    assert bytes(PROOF).endswith(b"\n\n" + CHECKPOINT)
    assert proof.parse(bytes(PROOF)) == PROOF
    bare = Proof(index=0, path=(), checkpoint=CHECKPOINT)
    assert proof.parse(bytes(bare)) == bare
    assert bytes(bare).startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\nexample.com/log\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"), (b"index 7", b"index 07"), (b"index 7", b"index"), (b"index 7\n", b""), (b"e30=", b"e31="),
        (b"AQEB", b"AQE"), (b"AQEBAQEB", b""), (b"\n\n", b"\n"),
    ],
)  # fmt: skip
def test_what_is_not_exactly_a_proof_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(ProofError):
        proof.parse(bytes(PROOF).replace(old, new))


def test_the_head_of_an_empty_log_is_the_hash_of_nothing() -> None:
    assert Checkpoint(origin="a", size=0, root=Frontier().root()).root == merkle.EMPTY
