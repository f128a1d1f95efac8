"""A level is earned by the kit's results, for the files that were checked, and believed from whom it may be."""

from __future__ import annotations

import importlib.util
import io
import marshal
import os
import sys
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.connectors import levels
from gateway.connectors.levels import (
    BUNDLED_NAME,
    PRODUCTION,
    Checked,
    Results,
    digest_of,
    earned,
    file_digests,
    reaches,
    results_path,
    standing,
    write_results,
)
from gateway.connectors.loader import load
from gateway.connectors.sources import Source, available
from gateway.settings import Plugins, Settings, SettingsError
from gateway.settings import load as load_settings

TODAY = date.today()


def checked(**status: str) -> list[Checked]:
    return [
        Checked(id=f"{level}-check", level=level, status=status.get(level, "passed"), examined=1)
        for level in ("connected", "dependable", "exemplary")
    ]


@pytest.mark.parametrize(
    ("status", "level"),
    [
        ({}, "exemplary"),
        ({"exemplary": "failed"}, "dependable"),
        ({"exemplary": "exempt"}, "dependable"),
        ({"dependable": "exempt"}, "connected"),
        ({"connected": "exempt"}, None),
        ({"dependable": "not_applicable"}, "exemplary"),
        ({"dependable": "empty"}, "connected"),
        ({"connected": "failed"}, None),
    ],
)
def test_the_level_is_the_highest_whose_checks_all_hold(status, level):
    assert earned(checked(**status)) == level


def test_a_level_without_checks_is_not_earned():
    assert earned(checked()[:2]) == "dependable"
    assert earned([]) is None


def source_of(folder: Path) -> Source:
    return Source(id=folder.name, package=f"plugins.{folder.name}", folder=folder, origin=str(folder))


def certified(made: Path, state: Path, **status: str) -> Path:
    source = source_of(made)
    about = {"digest": digest_of(made), "files": file_digests(made), "gateway": "0"}
    found = Results(plugin=made.name, results=checked(**status), **about)
    return write_results(found, source, state)


def test_results_hold_for_the_files_that_were_checked(workshop):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    certified(made, state)
    assert standing(source_of(made), state).level == "exemplary"
    (made / "mapping.py").write_text((made / "mapping.py").read_text() + "\n")
    found = standing(source_of(made), state)
    assert (found.level, found.reason[:22]) == (None, "its files have changed")


AGAIN = "run `mre-gateway connector check alpha --write`"


@pytest.mark.parametrize(
    ("files", "reason", "remedy"),
    [
        (["mapping.py", "more.py"], "(mapping.py is changed, more.py is new): " + AGAIN, ""),
        (["a.py", "b.py", "c.py", "d.py", "e.py"], "(a.py is new, b.py is new, c.py is new and 2 more): " + AGAIN, ""),
        ([".pytest_cache/x", "inner/.DS_Store"], "(.pytest_cache/x is new, inner/.DS_Store is new)", None),
        ([".pytest_cache/x", "more.py"], "(.pytest_cache/x is new, more.py is new): " + AGAIN, ""),
        (["\x1b[2J.py"], "('\\x1b[2J.py' is new): " + AGAIN, ""),
    ],
)
def test_which_files_have_changed_is_told(workshop, files, reason, remedy):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    certified(made, state)
    for file in files:
        (made / file).parent.mkdir(parents=True, exist_ok=True)
        (made / file).write_text("1")
    found = standing(source_of(made), state)
    litter = f"remove .pytest_cache, inner/.DS_Store, which a tool has left there, or {AGAIN}"
    told = ("its files have changed since it was checked " + reason, litter if remedy is None else remedy)
    assert (found.level, found.reason, found.remedy) == (None, *told)


def test_a_file_that_has_gone_is_told(workshop):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    certified(made, state)
    (made / "mapping.py").rename(made / ".DS_Store")
    found = standing(source_of(made), state)
    assert "(.DS_Store is new, mapping.py is gone): run" in found.reason


@pytest.mark.parametrize(
    "file",
    [
        *("more.py", "less.pyc", "inner/__init__.py", "inner/tests/more.py", "sandbox/routes.py", "tests/test_more.py"),
        *("README.md", "exchanges/more.json", "words.json", "fast.abi3.so", BUNDLED_NAME, ".hidden/more.py"),
        *("__pycache__/evil.py", "__pycache__/evil.pyc", "__pycache__/words.json"),
    ],
)
def test_any_file_that_is_added_changes_the_digest(workshop, file):
    made = workshop.make("alpha")
    before = digest_of(made)
    (made / file).parent.mkdir(parents=True, exist_ok=True)
    (made / file).write_text("1")
    assert digest_of(made) != before


def test_a_file_that_is_renamed_changes_the_digest(workshop):
    made = workshop.make("alpha")
    before = digest_of(made)
    (made / "mapping.py").rename(made / "mappings.py")
    assert digest_of(made) != before


def test_what_python_caches_changes_no_digest(workshop):
    made = workshop.make("alpha")
    before = digest_of(made)
    for name in ("mapping.cpython-311.pyc", "mapping.cpython-311.opt-1.pyc", "test_x.cpython-311-pytest-8.3.3.pyc"):
        (made / "inner" / "__pycache__").mkdir(parents=True, exist_ok=True)
        (made / "inner" / "__pycache__" / name).write_bytes(b"")
    assert digest_of(made) == before


@pytest.mark.parametrize("kind", ["file", "folder", "dangling", "pipe"])
def test_a_link_or_a_pipe_gives_no_digest_and_says_so(workshop, kind):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    certified(made, state)
    (workshop.folder / "aside").mkdir()
    if kind == "pipe":
        os.mkfifo(made / "more.py")
    else:
        target = {"file": made / "mapping.py", "folder": workshop.folder / "aside"}.get(kind, made / "nothing")
        (made / "more.py").symlink_to(target)

    found = standing(source_of(made), state)

    told = "neither a file nor a folder" if kind == "pipe" else "a symbolic link"
    assert (found.level, found.reason) == (None, f"more.py is {told}")
    assert found.remedy.startswith("put the file or folder itself into ")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "No such file")])
def test_a_file_that_cannot_be_read_leaves_out_its_plugin_alone(workshop, monkeypatch, error):
    made, sound, state = workshop.make("alpha"), workshop.make("sound"), workshop.folder / "state"
    certified(made, state)
    certified(sound, state)
    unreadable(monkeypatch, made / "mapping.py", error)

    registry = load(production(workshop))

    assert list(registry.connectors) == ["sound"]
    (out,) = registry.quarantined
    assert (out.id, out.stage) == ("alpha", "level")
    assert out.reason.endswith(f": mapping.py cannot be read: {error.strerror}")
    assert out.remedy.startswith("let the gateway's user read it, then run `mre-gateway connector check alpha --write`")


def unreadable(monkeypatch, path: Path, error: OSError) -> None:
    """The file system refuses this file; root, as whom tests run, could read anything."""
    opened = io.open

    def refuse(file, *arguments, **more):
        if str(file) == str(path):
            raise error
        return opened(file, *arguments, **more)

    monkeypatch.setattr(io, "open", refuse)


def test_a_name_that_is_no_unicode_has_a_digest(workshop):
    made = workshop.make("alpha")
    before = digest_of(made)
    Path(os.fsdecode(os.fsencode(made) + b"/caf\xe9.py")).write_text("")
    assert digest_of(made) != before


def test_byte_code_beside_a_plugin_is_not_run(workshop):
    """Python believes this file: its header says that nobody need compare it with the source."""
    made = workshop.make("alpha")
    cached = made / "__pycache__" / f"mapping.{sys.implementation.cache_tag}.pyc"
    cached.parent.mkdir(exist_ok=True)
    code = compile("raise RuntimeError('other code')", str(made / "mapping.py"), "exec")
    cached.write_bytes(importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8) + marshal.dumps(code))

    registry = workshop.load("alpha")

    assert [(out.reason, out.trace) for out in registry.quarantined] == []
    assert list(registry.connectors) == ["alpha"]


def test_what_an_author_writes_into_his_folder_is_not_believed(workshop):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    certified(made, state).rename(made / BUNDLED_NAME)
    found = standing(source_of(made), state)
    assert found.level is None
    assert found.reason == "there are no results of its checks: run `mre-gateway connector check alpha --write`"


def test_results_of_another_plugin_or_no_results_count_for_nothing(workshop):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    path = certified(made, state)
    path.write_bytes(path.read_bytes().replace(b'"alpha"', b'"beta"'))
    assert standing(source_of(made), state).level is None
    path.write_bytes(b"{}")
    assert "cannot be read" in standing(source_of(made), state).reason


def test_the_first_check_that_does_not_hold_is_named(workshop):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    certified(made, state, exemplary="empty", dependable="failed")
    found = standing(source_of(made), state)
    assert (found.level, found.reason) == ("connected", "dependable-check is failed")


@pytest.mark.parametrize(
    ("until", "reason"),
    [
        (TODAY, f"dependable-check is exempt until {TODAY}, by its author alone"),
        (TODAY - timedelta(days=1), f"dependable-check is failed: its exemption ended on {TODAY - timedelta(days=1)}"),
    ],
)
def test_an_exemption_is_shown_with_its_end_and_earns_nothing(workshop, until, reason):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    results = [
        msgspec.structs.replace(each, until=until) if each.status == "exempt" else each
        for each in checked(dependable="exempt")
    ]
    found = Results(plugin="alpha", digest=digest_of(made), gateway="0", results=results)
    write_results(found, source_of(made), state)
    found = standing(source_of(made), state, TODAY)
    assert (found.level, found.reason) == ("connected", reason)


def production(workshop, **plugins) -> Settings:
    settings = workshop.settings("alpha", "sound")
    given = settings.plugins.model_dump() | plugins
    return settings.model_copy(update={"profile": "production", "plugins": Plugins.model_validate(given)})


def exception(until: date) -> dict[str, object]:
    return {"plugin": "alpha", "reason": "the portal opens on Monday", "signed_by": "N. Alaoui", "until": until}


def test_production_leaves_out_what_is_not_dependable(workshop):
    made, sound, state = workshop.make("alpha"), workshop.make("sound"), workshop.folder / "state"
    certified(made, state, dependable="failed")
    certified(sound, state, exemplary="failed")

    registry = load(production(workshop))

    assert list(registry.connectors) == ["sound"]
    assert registry.connectors["sound"].standing.level == "dependable"
    (out,) = registry.quarantined
    assert out.stage == "level"
    assert out.reason == "its level is connected, and production asks for dependable: dependable-check is failed"
    assert out.remedy.startswith("run `mre-gateway connector check alpha --write`, or sign an exception")
    assert "alpha" in load(workshop.settings("alpha")).connectors


def test_production_runs_nothing_of_what_it_leaves_out(workshop, tmp_path):
    ran = tmp_path / "ran"
    workshop.make("alpha", {"__init__.py": f"open({str(ran)!r}, 'w')"})
    certified(workshop.make("sound"), workshop.folder / "state")

    assert [out.stage for out in load(production(workshop)).quarantined] == ["level"]
    assert not ran.exists()


def test_production_loads_it_with_a_signed_exception_until_its_end(workshop):
    workshop.make("alpha")
    certified(workshop.make("sound"), workshop.folder / "state")

    assert set(load(production(workshop, exceptions=[exception(TODAY + timedelta(days=1))])).connectors) == {
        "alpha",
        "sound",
    }
    ended = TODAY - timedelta(days=2)
    (out,) = load(production(workshop, exceptions=[exception(ended)])).quarantined
    assert out.reason.endswith(f"; the exception of N. Alaoui ended on {ended}")


def test_an_exception_without_a_reason_is_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"plugins\.exceptions\.0\.reason"):
        load_settings(state_dir=tmp_path, plugins={"exceptions": [exception(TODAY) | {"reason": "urgent"}]})


def test_tests_of_a_bundled_plugin_are_in_no_wheel_and_in_no_digest(workshop, monkeypatch):
    made = workshop.make("alpha")
    monkeypatch.setattr(levels, "bundled", lambda _: workshop.folder)
    before = digest_of(made)
    (made / "tests" / "test_more.py").write_text("")
    (made / BUNDLED_NAME).write_text("{}")
    assert digest_of(made) == before
    (made / "sandbox" / "more.py").write_text("")
    assert digest_of(made) != before


BUNDLED = [each for each in available(Plugins()) if each.origin == str(each.folder)]


@pytest.mark.parametrize("source", BUNDLED, ids=[each.id for each in BUNDLED])
def test_every_bundled_plugin_is_dependable_as_it_is_now(source, tmp_path):
    """`make levels` after a change."""
    found = standing(source, tmp_path)
    assert reaches(found.level, PRODUCTION), found.reason


def test_results_of_a_bundled_plugin_are_in_its_folder(tmp_path):
    assert {results_path(each, tmp_path) for each in BUNDLED} == {each.folder / BUNDLED_NAME for each in BUNDLED}
    for each in BUNDLED:
        assert msgspec.json.decode((each.folder / BUNDLED_NAME).read_bytes(), type=Results).results
