"""Where secrets come from. The gateway's own sources register through the same hook as a plugin's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.connectors.hookspecs import SecretSource, hookimpl
from gateway.connectors.manifest import Manifest
from gateway.secret import Secret
from gateway.settings import PortalSettings, SecretRef, SettingsError, read_env, read_file


class BuiltinSecrets:
    """`{ env = "NAME" }` and `{ file = "path" }`."""

    @hookimpl
    def gateway_register_secret_sources(self, register: Callable[[str, SecretSource], None]) -> None:
        register("env", read_env)
        register("file", read_file)


def resolve(reference: SecretRef, sources: Mapping[str, SecretSource]) -> Secret:
    """Raises `SettingsError` for a kind that nobody registered, or what the source raises."""
    source = sources.get(reference.kind)
    if source is None:
        raise SettingsError(f"secret: no source for {reference.kind!r}; there are {', '.join(sorted(sources))}")
    return source(reference.reference)


def portal_secrets(
    manifest: Manifest, settings: PortalSettings, sources: Mapping[str, SecretSource]
) -> dict[str, Secret]:
    """Every secret that the plugin names. Raises `SettingsError` naming the first that is missing."""
    found = {}
    for name in manifest.secrets:
        if name not in settings.secrets:
            raise SettingsError(
                f'portals.{manifest.id}.secrets.{name}: not set; give {{ env = "NAME" }} or {{ file = "path" }}'
            )
        found[name] = resolve(settings.secrets[name], sources)
    return found
