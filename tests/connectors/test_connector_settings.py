"""Settings that a connector declares by its class: typed, checked before anything runs, and listed for the operator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from click.testing import CliRunner
from msgspec import Meta

from gateway.cli import main
from gateway.connectors import loader
from gateway.connectors.connector_settings import (
    Unfit,
    check_settings,
    declared,
    listed,
    settings_violations,
)
from gateway.connectors.contract import Connector, ConnectorSettings, Portal, Tracking, settings_class
from gateway.connectors.manifest import Manifest
from gateway.settings import Settings

DECLARATION = """
class {name}Settings(ConnectorSettings, frozen=True, kw_only=True):
    pages: Annotated[int, Meta(ge=1, le=9, description="Pages that are read.")] = 3


class {name}(Connector, Filing):
    settings: {name}Settings
"""


class ShopSettings(ConnectorSettings, frozen=True, kw_only=True):
    merchant: Annotated[str, Meta(pattern="^[0-9]{3}$", description="Our number.")] = "600"
    seconds: Annotated[int, Meta(ge=30, le=2700, description="How long.")] = 600
    share: Annotated[float, Meta(gt=0, description="How much.")] = 0.5
    test: Annotated[bool, Meta(description="Whether.")] = False
    mode: Annotated[Literal["a", "b"], Meta(description="Which.")] = "a"
    note: Annotated[str, Meta(min_length=1, max_length=4, description="What.")] = "x"


class Shop(Connector, Tracking):
    settings: ShopSettings


class Older(Connector, Tracking):
    """Written before there were declared settings: the name is its own."""

    def settings(self) -> dict[str, str]:
        return dict(self.portal.options)


def manifest(**over: Any) -> Manifest:
    told = {
        "id": "shop",
        "api": 1,
        "lifecycle": "preview",
        "version_added": "0.1",
        "owners": ["x"],
        "title": {"en": "x"},
    }
    return msgspec.convert(told | over, Manifest)


def portal(**options: str) -> Portal:
    return Portal(id="shop", http=httpx.AsyncClient(), secrets={}, options=options)


def test_a_connector_gets_its_settings_typed() -> None:
    """What others read, such as a way to authenticate, stands beside them."""
    made = Shop(portal(seconds="45", share="0.25", test="true", mode="b", client_id="x"))
    assert made.settings == ShopSettings(seconds=45, share=0.25, test=True, mode="b")
    assert Shop(portal()).settings == ShopSettings()


def test_a_connector_without_a_declaration_is_as_before() -> None:
    made = Older(portal(anything="goes"))
    assert made.settings() == {"anything": "goes"}
    assert settings_class(Older) is None
    check_settings(Older, {}, {"anything": "goes"})
    assert list(settings_violations(Older, manifest())) == []


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("merchant", "sixty", "must be: text, of the form `^[0-9]{3}$`"),
        ("seconds", "12", "must be: whole number, 30 to 2700"),
        ("seconds", "soon", "must be: whole number, 30 to 2700"),
        ("share", "0", "must be: number, more than 0"),
        ("test", "perhaps", "must be: true or false"),
        ("mode", "c", "must be: one of a, b"),
        ("note", "aaaaa", "must be: text, 1 to 4 characters"),
        ("secnods", "40", "there is no such setting; there are merchant, seconds, share, test, mode, note, client_id"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_type(name: str, value: str, told: str) -> None:
    with pytest.raises(Unfit) as caught:
        check_settings(Shop, {"client_id": "mre-gateway"}, {name: value})
    assert str(caught.value) == f"options.{name}: {told}"


class OddSettings(ConnectorSettings, frozen=True, kw_only=True):
    several: Annotated[tuple[str, ...], Meta(description="x")] = ()
    needed: Annotated[str, Meta(description="x")]
    plain: int = 3
    low: Annotated[int, Meta(ge=5, description="x")] = 1
    twice: Annotated[str, Meta(description="x")] = ""
    key: Annotated[str, Meta(description="x")] = ""


class Odd(Connector, Tracking):
    settings: OddSettings


class Lost(Connector, Tracking):
    settings: NothingOfThisName  # type: ignore[name-defined] # noqa: F821


def test_a_declaration_that_helps_nobody_is_refused() -> None:
    assert [
        each.partition(" ")[2] for each in settings_violations(Odd, manifest(options={"twice": ""}, secrets=["key"]))
    ] == [
        "must be a text, a number, true or false, or one of several words",
        "has no default",
        "has no description: Annotated[..., msgspec.Meta(description=...)]",
        "has a default that is not of its type",
        "stands among the manifest's `options` or `secrets` too",
        "stands among the manifest's `options` or `secrets` too",
    ]
    (told,) = settings_violations(Lost, manifest())
    assert "NothingOfThisName" in told


def test_all_that_can_be_set_is_listed() -> None:
    found = listed(Shop, manifest(options={"client_id": "me"}, secrets=["api_key"]))
    assert [(each.name, each.default, each.secret) for each in found[-3:]] == [
        ("options.note", "x", False), ("options.client_id", "me", False), ("secrets.api_key", "", True),
    ]  # fmt: skip
    assert [(each.name, each.type, each.default, each.about) for each in declared(Shop)][3] == (
        "test", "true or false", "false", "Whether.",
    )  # fmt: skip


@pytest.fixture
def shop(workshop: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A plugin that declares one setting. It is loaded in this process at once."""
    monkeypatch.setattr(loader, "import_failures", lambda *_: {})

    def made(name: str) -> Any:
        head = "from typing import Annotated\n\nfrom msgspec import Meta\n\n"
        capital = name.capitalize()

        def spoil(text: str) -> str:
            text = text.replace(f"class {capital}(Connector, Filing):", DECLARATION.format(name=capital))
            text = text.replace("    Connector,", "    Connector, ConnectorSettings,").replace(
                "import Connector,", "import Connector, ConnectorSettings,"
            )
            return text.replace("from gateway", head + "from gateway", 1)

        workshop.make(name, {"connector.py": spoil})
        return workshop

    return made


@pytest.mark.parametrize(("given", "options"), [({}, {"pages": "3"}), ({"pages": 7}, {"pages": "7"})])
def test_numbers_of_the_settings_file_reach_the_connector(shop: Any, given: Any, options: Any) -> None:
    name = f"shelf{len(given)}"
    settings: Settings = shop(name).settings(name, portals={name: {"options": given}})
    plugin = loader.load(settings).connectors[name]
    assert plugin.options(settings.portal(name)) == options


def test_a_wrong_setting_keeps_that_plugin_alone_out(shop: Any) -> None:
    workshop = shop("stand")
    workshop.make("beside")
    registry = loader.load(workshop.settings("stand", "beside", portals={"stand": {"options": {"pages": 10}}}))
    assert set(registry.connectors) == {"beside"}
    (out,) = registry.quarantined
    assert (out.id, out.stage, out.reason) == ("stand", "settings", "options.pages: must be: whole number, 1 to 9")
    assert "[portals.stand.options]" in out.remedy
    assert list(out.services) == ["stand.request"]


def test_the_command_shows_what_can_be_set(shop: Any, tmp_path: Path) -> None:
    workshop = shop("counter")
    config = tmp_path / "gateway.toml"
    config.write_text(f'[plugins]\nfolders = ["{workshop.folder}"]\nenabled = ["counter"]\n')
    said = CliRunner().invoke(main, ["connector", "show", "counter", "--config", str(config)]).output
    assert "options.pages: whole number, 1 to 9; default '3'; Pages that are read.\n" in said
    assert "secrets.api_key: reference; secret\n" in said
