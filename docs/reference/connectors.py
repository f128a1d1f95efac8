"""Prints `connectors.md`: the bundled connectors and the levels that they have earned."""

from __future__ import annotations

from pathlib import Path

from gateway.connectors.connector_settings import listed
from gateway.connectors.levels import LEVELS, standing
from gateway.connectors.loader import load
from gateway.connectors.sources import available
from gateway.settings import Plugins, Settings

HEAD = """# Connectors and their levels

A level is earned by the results of the conformance kit, never declared. `mre-gateway connector check ID --write` runs
the kit and writes what each check found, with a digest of all files of the plugin's folder, its stand-in, recordings
and README included; the level is computed from that file each time the plugin is loaded, and a changed file ends it.
A link, a pipe or a file that cannot be read leaves the plugin without a digest, and so without a level. What Python
caches in `__pycache__` is no part of the digest, and of plugins that do not come with the gateway it is never run.

| level | what it takes |
|---|---|
| `connected` | it loads, keeps the contract and speaks with its stand-in |
| `dependable` | it stays right when portal, network or person do not: production loads nothing below |
| `exemplary` | every word of its portal is written down, told in every language, and proved |

A check that the author exempts counts for no level ([the checks](connector-checks.md)).


Results of a bundled connector stand in its folder and come with the release. Those of any other are believed only from
the gateway's own state folder (`connector-results/`), where `check --write` puts them: an author can write what he
likes into his own folder. The digest shows that the files are those that were checked; that the operator ran the kit
himself is what makes the result worth something.

`mre-gateway connector list` shows the levels, `GET /v1/portals` and the window's page of portals show them to
operators, and so does `portal_level` of `GET /v1/services` with the scope `operate`.

An operator who must load a connector that is not there yet signs for it; after the last day it is left out again:

```toml
[[plugins.exceptions]]
plugin = "mairie"
reason = "the portal opens on Monday, its documents are not recorded yet"
signed_by = "N. Alaoui"
until = 2027-03-31
```

| connector | capabilities | level | what the next level lacks |
|---|---|---|---|"""


SETTINGS = """
## Settings of each

Declared by the connector's class, or in its `plugin.toml`. `mre-gateway connector show ID` prints them for any
connector that is loaded. One that does not exist, or does not fit what the class declares, keeps that connector from
being loaded, with the reason. Addresses, certificates and limits are the same for all:
[`[portals.<id>]`](configuration.md).

| setting | type | default | secret | |
|---|---|---|---|---|"""


def main() -> None:
    print(HEAD)
    bundled = [each for each in available(Plugins()) if each.origin == str(each.folder)]
    names = tuple(each.id for each in bundled)
    registry = load(Settings.model_validate({"plugins": {"enabled": names, "strict": True}}))
    settings = []
    for source in bundled:
        found = standing(source, Path("."))
        plugin = registry.connectors[source.id]
        what = ", ".join(each.__name__ for each in plugin.connector_class.capabilities)
        lacks = found.reason or ("" if found.level == LEVELS[-1] else "the kit has no check for it yet")
        print(f"| `{source.id}` | {what} | {found.level or 'none'} | {lacks} |")
        settings += [(source.id, each) for each in listed(plugin.connector_class, plugin.manifest)]
    print(SETTINGS)
    for id, each in settings:
        default = "required" if each.secret else f"`{each.default}`" if each.default else "empty"
        kind, secret = each.type.replace("|", "\\|"), "yes" if each.secret else "no"
        print(f"| `portals.{id}.{each.name}` | {kind} | {default} | {secret} | {each.about} |")


if __name__ == "__main__":
    main()
