from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select, update

from gateway.storage import Storage
from gateway.storage.tables import subject_keys
from gateway.storage.vault import Erased, Tampered, Vault, WrongStoreKey
from tests.database_sessions import read, transaction

KEY = bytes(range(32))
SECRET = b"Fatima Zahra El Idrissi, AB123456"


@pytest.fixture
def vault() -> Vault:
    return Vault(KEY)


async def seal(vault: Vault, storage: Storage, subject: str = "p_1", context: str = "case_1") -> bytes:
    async with transaction(storage) as tx:
        return await tx.run_sync(vault.seal, subject, SECRET, context=context)


async def unseal(vault: Vault, storage: Storage, sealed: bytes, subject: str = "p_1", context: str = "case_1") -> bytes:
    async with read(storage) as connection:
        return await connection.run_sync(vault.open, subject, sealed, context=context)


async def erase(vault: Vault, storage: Storage, subject: str = "p_1") -> bool:
    async with transaction(storage) as tx:
        return await tx.run_sync(vault.erase, subject)


async def test_what_was_sealed_opens_again_also_in_another_process(storage: Storage, vault: Vault) -> None:
    sealed = await seal(vault, storage)
    assert SECRET not in sealed
    assert await unseal(vault, storage, sealed) == SECRET
    assert await unseal(Vault(KEY), storage, sealed) == SECRET


async def test_key_is_read_once_in_a_unit_of_work(storage: Storage, vault: Vault) -> None:
    await seal(vault, storage)
    asked: list[str] = []
    event.listen(storage._writes, "before_cursor_execute", lambda *call: asked.append(call[2]))

    def twice(tx: Connection) -> None:
        for context in ("case_1", "case_2"):
            vault.seal(tx, "p_1", SECRET, context=context)

    await storage.run_write(twice)
    assert len([each for each in asked if "subject_keys" in each]) == 1
    await storage.run_write(twice)
    assert len([each for each in asked if "subject_keys" in each]) == 2


async def test_key_that_was_erased_seals_nothing_more(storage: Storage, vault: Vault) -> None:
    """Within one unit of work, too."""

    def work(tx: Connection) -> tuple[bytes, bytes]:
        before = vault.seal(tx, "p_1", SECRET, context="case_1")
        vault.erase(tx, "p_1")
        return before, vault.seal(tx, "p_1", SECRET, context="case_1")

    before, after = await storage.run_write(work)
    assert await unseal(vault, storage, after) == SECRET
    with pytest.raises(Erased):
        await unseal(vault, storage, before)


async def test_the_same_text_never_looks_the_same_twice(storage: Storage, vault: Vault) -> None:
    assert await seal(vault, storage) != await seal(vault, storage)


async def test_an_app_without_a_person_has_a_key_of_its_own(storage: Storage, vault: Vault) -> None:
    sealed = await seal(vault, storage, "app:1")
    await seal(vault, storage, "p_1")
    await erase(vault, storage, "p_1")
    assert await unseal(vault, storage, sealed, "app:1") == SECRET


@pytest.mark.parametrize(("subject", "context"), [("p_2", "case_1"), ("p_1", "case_2")])
async def test_a_value_moved_to_another_person_or_case_does_not_open(
    storage: Storage, vault: Vault, subject: str, context: str
) -> None:
    sealed = await seal(vault, storage)
    await seal(vault, storage, "p_2")
    with pytest.raises((Tampered, Erased)):
        await unseal(vault, storage, sealed, subject, context)


async def test_every_changed_byte_is_noticed(storage: Storage, vault: Vault) -> None:
    sealed = await seal(vault, storage)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises((Tampered, Erased)):
            await unseal(vault, storage, bytes(changed))
    for cut in (0, 8, 20, len(sealed) - 1):
        with pytest.raises((Tampered, Erased)):
            await unseal(vault, storage, sealed[:cut])


async def test_after_erasure_nothing_opens_in_any_process(storage: Storage, vault: Vault) -> None:
    other = Vault(KEY)
    sealed = await seal(vault, storage)
    assert await unseal(other, storage, sealed) == SECRET
    assert await erase(vault, storage) is True
    assert await erase(vault, storage) is False
    for one in (vault, other):
        with pytest.raises(Erased):
            await unseal(one, storage, sealed)


async def test_a_person_who_comes_back_gets_a_new_key_and_the_old_data_stay_gone(
    storage: Storage, vault: Vault
) -> None:
    old = await seal(vault, storage)
    await erase(vault, storage)
    new = await seal(vault, storage)
    assert await unseal(vault, storage, new) == SECRET
    with pytest.raises(Erased):
        await unseal(vault, storage, old)


def found_in(folder: Path, needle: bytes) -> bool:
    return any(needle in file.read_bytes() for file in folder.iterdir())


async def test_an_erased_key_is_in_no_file_any_more(sqlite_template: Path, tmp_path: Path, vault: Vault) -> None:
    path = tmp_path / "gateway.sqlite"
    shutil.copy(sqlite_template, path)
    storage = Storage(f"sqlite:///{path}")
    await seal(vault, storage)
    async with read(storage) as connection:
        wrapped = (await connection.execute(select(subject_keys.c.wrapped))).scalar_one()
    assert found_in(tmp_path, wrapped)
    await erase(vault, storage)
    await storage.close()
    assert not found_in(tmp_path, wrapped)


async def test_another_store_key_opens_nothing(storage: Storage, vault: Vault) -> None:
    sealed = await seal(vault, storage)
    with pytest.raises(WrongStoreKey):
        await unseal(Vault(bytes(32)), storage, sealed)
    with pytest.raises(WrongStoreKey):
        await seal(Vault(bytes(32)), storage)


async def test_a_key_row_copied_to_another_person_does_not_open(storage: Storage, vault: Vault) -> None:
    await seal(vault, storage, "p_1")
    sealed = await seal(vault, storage, "p_2")
    async with transaction(storage) as tx:
        stolen = (await tx.execute(select(subject_keys.c.wrapped).where(subject_keys.c.subject == "p_1"))).scalar_one()
        await tx.execute(update(subject_keys).where(subject_keys.c.subject == "p_2").values(wrapped=stolen))
    with pytest.raises(WrongStoreKey):
        await unseal(vault, storage, sealed, "p_2")


async def test_a_key_made_in_a_failed_transaction_does_not_stay(storage: Storage, vault: Vault) -> None:
    async def work() -> None:
        async with transaction(storage) as tx:
            await tx.run_sync(vault.seal, "p_1", SECRET, context="case_1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await work()
    assert await unseal(vault, storage, await seal(vault, storage)) == SECRET


async def test_two_calls_that_meet_a_new_person_at_once_agree_on_one_key(storage: Storage, vault: Vault) -> None:
    sealed = await asyncio.gather(*(seal(vault, storage) for _ in range(8)))
    assert [await unseal(vault, storage, one) for one in sealed] == [SECRET] * 8


def test_a_short_store_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
