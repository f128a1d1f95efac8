from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from gateway.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments):
        return CliRunner().invoke(main, ["connector", *map(str, arguments)])

    return invoke


@pytest.fixture
def config(tmp_path, plugin):
    def write(*enabled):
        path = tmp_path / "gateway.toml"
        path.write_text(f"[plugins]\nfolders = [{json.dumps(str(plugin.parent))}]\nenabled = {json.dumps(enabled)}\n")
        return path

    return write


def test_new_then_check_passes_at_once(run, tmp_path):
    made = json.loads(run("new", "two_words", "--dir", "mine", "--json").output)
    checked = run("check", made["folder"])

    assert made == {"id": "two_words", "folder": "mine/two_words"}
    assert checked.exit_code == 0
    assert checked.output.splitlines()[-1].startswith("0 errors, 1 warning; level: dependable")
    assert "class TwoWords(" in (tmp_path / "mine" / "two_words" / "connector.py").read_text()


@pytest.mark.parametrize(
    ("options", "person"),
    [((), True), (("--about-nobody",), False), (("--capability", "tracking", "--capability", "filing"), True)],
)
def test_a_new_form_is_about_the_person_unless_told(run, tmp_path, options, person):
    assert run("new", "notary", *options).exit_code == 0
    assert ("form.properties.person]" in (tmp_path / "plugins/notary/services.toml").read_text()) is person


def test_a_portal_without_demands_has_no_form(run, tmp_path):
    assert run("new", "parcels", "--capability", "shipping").exit_code == 0
    wrong = run("new", "tracks", "--capability", "tracking", "--about-person")
    assert (wrong.exit_code, "add the capability filing" in wrong.output) == (2, True)


@pytest.mark.parametrize("name", ["Upper", "1digit", "da-sh", "x" * 40, "../up"])
def test_a_name_that_cannot_be_is_wrong_usage(run, tmp_path, name):
    done = run("new", "--dir", "mine", "--", name)

    assert done.exit_code == 2
    assert not (tmp_path / "mine").exists()


def test_new_never_writes_over_a_plugin(run, plugin):
    before = (plugin / "README.md").read_text()

    assert run("new", "alpha", "--dir", plugin.parent).exit_code == 2
    assert (plugin / "README.md").read_text() == before


def test_check_by_id_finds_errors_and_exits_1(run, plugin, config):
    (plugin / "README.md").unlink()

    done = run("check", "alpha", "--config", config(), "--json")

    assert done.exit_code == 1
    said = json.loads(done.output)
    assert said["ok"] is False
    assert [finding["where"] for finding in said["findings"]] == ["README.md"]


def test_check_of_nothing_is_wrong_usage(run):
    assert run("check", "nobody").exit_code == 2


def test_list_shows_loaded_and_broken_and_exits_1(run, plugin, config):
    done = run("list", "--config", config("alpha", "ghost"), "--json")

    assert done.exit_code == 1
    rows = {row["id"]: row for row in json.loads(done.output)}
    assert rows["alpha"]["state"] == "loaded"
    assert rows["alpha"]["capabilities"] == ["Filing"]
    assert rows["ghost"]["state"] == "quarantined"
    assert rows["watiqa"]["state"] == "not enabled"


def test_list_exits_0_when_all_load(run, config):
    done = run("list", "--config", config("alpha"))

    assert done.exit_code == 0
    assert done.output.startswith("alpha            loaded       none        Filing")


def test_show_tells_what_a_plugin_needs(run, config):
    done = run("show", "alpha", "--config", config("alpha"), "--json")

    shown = json.loads(done.output)
    assert (shown["services"], shown["secrets"], shown["auth"]) == (["alpha.request"], ["api_key"], "api_key")


def test_show_of_a_broken_plugin_tells_why(run, plugin, config):
    (plugin / "connector.py").unlink()

    done = run("show", "alpha", "--config", config("alpha"))

    assert done.exit_code == 0
    assert "stage: import" in done.output


def test_show_of_what_is_not_enabled_fails(run, config):
    assert run("show", "watiqa", "--config", config("alpha")).exit_code == 1


def test_settings_that_cannot_be_read_are_told(run, tmp_path):
    done = run("list", "--config", tmp_path / "none.toml")

    assert done.exit_code == 1
    assert "cannot read" in done.output
