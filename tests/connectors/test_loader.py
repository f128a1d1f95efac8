from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from gateway.connectors.loader import PluginError, load
from gateway.connectors.sources import available
from gateway.settings import bundled

SYNC = """
    def withdraw(self, reference: str) -> Progress:
        raise ValueError
"""

HOOK = """
from gateway.connectors.authoring import hookimpl
from .connector import {name}

@hookimpl
def gateway_register_connectors(register):
    register({name})
"""
"""The hook as a plugin writes it that registers more than its connector."""


def hook(name, old, new):
    return {"__init__.py": HOOK.format(name=name).replace(old, new)}


BROKEN = {
    "bad_toml": ("manifest", {"plugin.toml": "id = "}),
    "unknown_key": ("manifest", {"plugin.toml": lambda text: "speling = 1\n" + text}),
    "missing_text": ("manifest", {"plugin.toml": lambda text: text.replace('ar = "', 'es = "')}),
    "wrong_api": ("api", {"plugin.toml": lambda text: text.replace("api = 1", "api = 99")}),
    "other_id": ("manifest", {"plugin.toml": lambda text: text.replace('id = "other_id"', 'id = "nobody"')}),
    "import_error": ("import", {"__init__.py": "import nothing_of_this_name"}),
    "syntax_error": ("import", {"connector.py": "def"}),
    "leaves": ("import", {"__init__.py": "raise SystemExit(3)"}),
    "misspelt": ("hooks", hook("Misspelt", "register_connectors(", "register_conectors(")),
    "unmarked": ("hooks", hook("Unmarked", "@hookimpl\n", "")),
    "other_argument": ("hooks", hook("OtherArgument", "connectors(register)", "connectors(registry)")),
    "raising": ("register", hook("Raising", "register(Raising)", "1 / 0")),
    "nothing": ("register", hook("Nothing", "register(Nothing)", "pass")),
    "two_classes": (
        "register",
        hook("TwoClasses", "register(TwoClasses)", "register(TwoClasses), register(TwoClasses)"),
    ),
    "no_class": ("register", hook("NoClass", "register(NoClass)", "register(dict)")),
    "no_notifier": ("register", hook("NoNotifier", "gateway_register_connectors", "gateway_register_notifiers")),
    "sync_method": ("contract", {"connector.py": lambda text: text + SYNC}),
    "other_name": ("contract", {"connector.py": lambda text: text.replace("idempotency_key: str", "key: str")}),
    "no_services": ("services", {"services.toml": None}),
    "empty_services": ("services", {"services.toml": ""}),
    "bad_form": ("services", {"services.toml": lambda text: text.replace('type = "string"', 'type = "strng"')}),
}


def test_a_plugin_loads_with_its_class_and_services(workshop):
    workshop.make("alpha")

    registry = workshop.load("alpha")

    assert registry.quarantined == []
    loaded = registry.connectors["alpha"]
    assert loaded.connector_class.__name__ == "Alpha"
    assert list(loaded.services) == ["alpha.request"]
    assert loaded.package == "plugins.alpha"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_quarantined_alone(workshop, name):
    stage, spoil = BROKEN[name]
    workshop.make("before")
    workshop.make(name, spoil)
    workshop.make("zafter")

    registry = workshop.load("before", name, "zafter")

    assert set(registry.connectors) == {"before", "zafter"}
    (out,) = registry.quarantined
    assert (out.id, out.stage) == (name, stage)
    assert out.reason
    assert out.remedy


@pytest.mark.parametrize("name", BROKEN)
def test_strict_mode_raises_instead(workshop, name):
    stage, spoil = BROKEN[name]
    workshop.make(name, spoil)

    with pytest.raises(PluginError) as raised:
        workshop.load(name, strict=True)

    assert raised.value.stage == stage
    assert name in str(raised.value)


@pytest.mark.parametrize(
    ("file", "stage"), [("plugin.toml", "manifest"), ("services.toml", "services"), ("more.py", None)]
)
def test_a_file_that_is_a_folder_ends_no_other_plugin(workshop, file, stage):
    """Reading it fails whoever reads it, root too."""
    made = workshop.make("alpha", {file: None} if stage else {})
    (made / file).mkdir()
    workshop.make("beta")

    registry = workshop.load("alpha", "beta")

    assert [out.stage for out in registry.quarantined] == ([stage] if stage else [])
    assert "beta" in registry.connectors


def test_source_that_no_parser_takes_ends_no_other_plugin(workshop):
    workshop.make("alpha", {"mapping.py": "x = " + "-" * 200_000 + "1"})
    workshop.make("beta", {"mapping.py": "x = 1\0"})
    workshop.make("gamma")

    registry = workshop.load("alpha", "beta", "gamma")

    assert {out.id: out.stage for out in registry.quarantined} == {"alpha": "import", "beta": "import"}
    assert list(registry.connectors) == ["gamma"]


def refuse(monkeypatch, method, path):
    """The file system does not let this path be looked at; root, as whom tests run, may look at anything."""
    real = getattr(Path, method)

    def looked(self, *arguments, **more):
        if self == path:
            raise PermissionError(13, "Permission denied", str(path))
        return real(self, *arguments, **more)

    monkeypatch.setattr(Path, method, looked)


def test_a_plugin_folder_that_may_not_be_entered_is_quarantined(workshop, monkeypatch):
    made = workshop.make("alpha")
    workshop.make("beta")
    refuse(monkeypatch, "is_file", made / "plugin.toml")
    refuse(monkeypatch, "exists", made / "plugin.toml")
    refuse(monkeypatch, "read_text", made / "plugin.toml")

    registry = workshop.load("alpha", "beta")

    (out,) = registry.quarantined
    assert (out.id, out.stage) == ("alpha", "manifest")
    assert "cannot be read: Permission denied" in out.reason
    assert list(registry.connectors) == ["beta"]


def test_services_that_may_not_be_looked_at_are_quarantined(workshop, monkeypatch):
    made = workshop.make("alpha")
    workshop.make("beta")
    refuse(monkeypatch, "exists", made / "services.toml")

    registry = workshop.load("alpha", "beta")

    (out,) = registry.quarantined
    assert (out.id, out.reason) == ("alpha", f"{made / 'services.toml'} cannot be read: Permission denied")
    assert out.remedy == "let the gateway's user read it"
    assert list(registry.connectors) == ["beta"]


def test_notifier_that_carries_no_messages_is_named(workshop):
    workshop.make("pigeons", hook("Pigeons", "gateway_register_connectors", "gateway_register_notifiers"))
    (out,) = workshop.load("pigeons").quarantined
    assert "does not inherit Messaging" in out.reason


def test_a_plugin_for_another_api_is_not_imported(workshop, tmp_path):
    trace = tmp_path / "imported"
    spoil = {
        "plugin.toml": lambda text: text.replace("api = 1", "api = 2"),
        "__init__.py": f"open({str(trace)!r}, 'w')",
    }
    workshop.make("future", spoil)

    (out,) = workshop.load("future").quarantined

    assert "version 2" in out.reason
    assert not trace.exists()


def test_a_plugin_that_is_not_enabled_is_not_imported(workshop, tmp_path):
    trace = tmp_path / "imported"
    workshop.make("quiet", {"__init__.py": f"open({str(trace)!r}, 'w')"})
    workshop.make("alpha")

    assert set(workshop.load("alpha").connectors) == {"alpha"}
    assert not trace.exists()


def test_a_portal_switched_off_is_not_loaded(workshop):
    workshop.make("alpha")

    registry = load(workshop.settings("alpha", portals={"alpha": {"enabled": False}}))

    assert registry.connectors == {}
    assert registry.quarantined == []


def test_an_enabled_name_that_is_nowhere_is_quarantined_with_a_remedy(workshop):
    (out,) = workshop.load("missing").quarantined

    assert (out.id, out.stage) == ("missing", "find")
    assert out.remedy.startswith("check plugins.added, plugins.enabled and plugins.folders")


def test_services_of_a_quarantined_plugin_stay_listable(workshop):
    workshop.make("alpha", {"__init__.py": "raise RuntimeError('no')"})

    (out,) = workshop.load("alpha").quarantined

    assert list(out.services) == ["alpha.request"]


def test_the_second_plugin_of_one_id_is_quarantined(workshop, tmp_path):
    workshop.make("alpha")
    other = type(workshop)(tmp_path / "others")
    other.make("alpha")
    settings = workshop.settings("alpha").model_copy(
        update={
            "plugins": workshop.settings("alpha").plugins.model_copy(
                update={"folders": (str(workshop.folder), str(other.folder))}
            )
        }
    )

    registry = load(settings)

    assert registry.connectors["alpha"].folder.parent == workshop.folder
    (out,) = registry.quarantined
    assert out.stage == "collision"
    assert str(other.folder) in out.reason


def test_a_plugin_with_the_id_of_a_bundled_one_is_quarantined_alone(workshop):
    shutil.copytree(bundled("plugins") / "echo", workshop.folder / "echo")
    workshop.make("sound")

    registry = workshop.load("echo", "sound")

    assert registry.connectors["echo"].folder == bundled("plugins") / "echo"
    assert registry.connectors["echo"].connector_class.__name__ == "Echo"
    assert "sound" in registry.connectors
    (out,) = registry.quarantined
    assert (out.id, out.stage) == ("echo", "collision")
    assert out.reason.startswith(str(workshop.folder / "echo"))
    assert out.remedy == "rename or remove one of them"


def test_a_failed_import_leaves_no_module_behind(workshop):
    workshop.make("alpha", {"__init__.py": "from . import mapping\nraise RuntimeError('half-way')"})

    workshop.load("alpha")

    assert not [name for name in sys.modules if name.startswith("plugins.alpha")]


def test_the_misspelt_hook_is_named(workshop):
    workshop.make("alpha", hook("Alpha", "register_connectors(", "register_conectors("))

    (out,) = workshop.load("alpha").quarantined

    assert "gateway_register_conectors" in out.reason
    assert "gateway_register_connectors" in out.remedy


def test_the_method_that_breaks_the_contract_is_named(workshop):
    workshop.make("alpha", {"connector.py": lambda text: text + SYNC})

    (out,) = workshop.load("alpha").quarantined

    assert "Alpha.withdraw must be `async def`" in out.reason


EXTENSION = """
from gateway.connectors.hookspecs import hookimpl
import click

@hookimpl
def gateway_register_secret_sources(register):
    register({kind!r}, lambda reference: None)

@hookimpl
def gateway_register_audit_sinks(register):
    register("siem", lambda index, leaf: None)

@hookimpl
def gateway_register_signers(register):
    register("pkcs11", lambda table: None)

@hookimpl
def gateway_register_commands(cli):
    cli.add_command(click.Command("extra"))
"""


def test_a_plugin_without_connector_may_register_other_things(workshop):
    workshop.make("vault", {"services.toml": "", "__init__.py": EXTENSION.format(kind="vault")})

    registry = workshop.load("vault")

    assert registry.quarantined == []
    assert registry.connectors == {}
    assert set(registry.secret_sources) == {"env", "file", "vault"}
    assert (set(registry.audit_sinks), set(registry.signers), set(registry.commands)) == (
        {"siem"},
        {"pkcs11"},
        {"extra"},
    )


def test_a_kind_that_is_taken_keeps_its_first_owner_and_nothing_of_the_second_is_kept(workshop):
    workshop.make("usurper", {"services.toml": "", "__init__.py": EXTENSION.format(kind="env")})

    registry = workshop.load("usurper")

    (out,) = registry.quarantined
    assert out.stage == "collision"
    assert "'env'" in out.reason
    assert registry.audit_sinks == {}
    assert registry.secret_sources["env"].__module__ == "gateway.settings"


def installed(tmp_path, monkeypatch, workshop, *, init=""):
    """A distribution with its metadata, as an installer leaves it."""
    site = tmp_path / "site"
    package = site / "acme_portals"
    made = workshop.make("archive")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(init)
    made.rename(package / "archive")
    info = site / "acme_portals-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-portals\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mre_gateway.connectors]\narchive = acme_portals.archive\n")
    monkeypatch.syspath_prepend(str(site))
    for name in [name for name in sys.modules if name.startswith("acme_portals")]:
        monkeypatch.delitem(sys.modules, name)
    return package / "archive"


def test_an_installed_plugin_is_found_by_its_entry_point(workshop, tmp_path, monkeypatch):
    folder = installed(tmp_path, monkeypatch, workshop)

    registry = workshop.load("archive")

    assert registry.quarantined == []
    assert registry.connectors["archive"].package == "acme_portals.archive"
    assert registry.connectors["archive"].folder == folder


def test_looking_for_installed_plugins_imports_nothing(workshop, tmp_path, monkeypatch):
    folder = installed(tmp_path, monkeypatch, workshop, init="raise RuntimeError('imported')")

    sources = [source for source in available(workshop.settings("archive").plugins) if source.id == "archive"]

    assert [(source.folder, source.origin) for source in sources] == [(folder, "entry point of acme-portals")]
    assert workshop.load("archive").quarantined[0].stage == "import"


def test_a_folder_comes_before_an_installed_plugin_of_the_same_id(workshop, tmp_path, monkeypatch):
    installed(tmp_path, monkeypatch, workshop)
    workshop.make("archive")

    registry = workshop.load("archive")

    assert registry.connectors["archive"].package == "plugins.archive"
    (out,) = registry.quarantined
    assert "acme-portals" in out.reason


def test_an_entry_point_that_leads_nowhere_is_quarantined(workshop, tmp_path, monkeypatch):
    folder = installed(tmp_path, monkeypatch, workshop)
    folder.rename(folder.with_name("moved"))

    (out,) = workshop.load("archive").quarantined

    assert out.stage == "manifest"


def test_every_bundled_plugin_loads(workshop):
    from gateway.settings import load as read

    assert load(read()).quarantined == []
