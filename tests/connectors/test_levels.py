"""A level is earned by the kit's results, for the files that were checked, and believed from whom it may be."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from gateway.connectors.levels import (
    BUNDLED_NAME,
    PRODUCTION,
    Checked,
    Results,
    digest_of,
    earned,
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
        ({"dependable": "exempt"}, "dependable"),
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
    found = Results(plugin=made.name, digest=digest_of(made), gateway="0", results=checked(**status))
    return write_results(found, source, state)


def test_results_hold_for_the_files_that_were_checked(workshop):
    made, state = workshop.make("alpha"), workshop.folder / "state"
    certified(made, state)
    assert standing(source_of(made), state).level == "exemplary"
    (made / "README.md").write_text("other words")
    (made / "tests" / "test_more.py").write_text("")
    assert standing(source_of(made), state).level == "exemplary"
    (made / "mapping.py").write_text((made / "mapping.py").read_text() + "\n")
    found = standing(source_of(made), state)
    assert (found.level, found.reason[:22]) == (None, "its files have changed")


def test_a_file_that_is_added_or_renamed_changes_the_digest(workshop):
    made = workshop.make("alpha")
    first = digest_of(made)
    (made / "more.py").write_text("")
    second = digest_of(made)
    (made / "more.py").rename(made / "less.py")
    assert len({first, second, digest_of(made)}) == 3


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
