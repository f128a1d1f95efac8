"""`plugin.toml`: what a person or a tool may ask about a plugin without importing its code."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from gateway.connectors.api_version import NotARange, versions
from gateway.connectors.auth_schemes import check_auth
from gateway.connectors.contract import API_VERSION
from gateway.connectors.manifest_error import ManifestError as ManifestError
from gateway.connectors.toml_file import control_characters, read_toml

FILENAME: Final = "plugin.toml"
LANGUAGES: Final = ("ar", "fr", "en")
"""Languages in which every text of a plugin must be there. A plugin may add more; of those the catalogue shows
`catalogue_languages` (settings)."""

Texts = dict[str, str]
"""One text, by language."""

T = TypeVar("T")


class ApiMismatch(ManifestError):
    """The plugin was written for another version of the connector contract."""


class Exemption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That one check of the conformance kit does not hold, why, and until when. It counts for no level."""

    check: str
    """Its id: docs/reference/connector-checks.md."""
    reason: Annotated[str, msgspec.Meta(min_length=10, max_length=300)]
    """Why it cannot hold now."""
    until: date
    """The last day, at most a year ahead."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{1,30}$")]
    """The name by which settings, addresses and records know the portal; that of the folder, or of the entry point."""
    api: int | str
    """The version of the connector contract that it is written for, `1`, or those that it works with, `">=1,<3"`."""
    lifecycle: Literal["preview", "stable", "deprecated"]
    """What may be expected of it: `preview` may change, `deprecated` goes."""
    version_added: str
    """Release of the gateway in which it first was there."""
    owners: Annotated[list[str], msgspec.Meta(min_length=1)]
    """Who runs the portal."""
    title: Texts
    """What the portal is called."""
    hosts: list[str] = []
    """The portal's live hosts, and those of its card pages, a bank's too. Requests go nowhere else, and a payer's
    browser is sent nowhere else; in sandbox mode only to the sandbox."""
    secrets: list[str] = []
    """Names. The values come from the settings, `[portals.<id>.secrets]`."""
    sign: bool = True
    """Add an RFC 9421 signature to every request."""
    options: dict[str, str] = {}
    """Defaults of plain settings, overridden by `[portals.<id>.options]`."""
    errors: dict[str, Texts] = {}
    """What the plugin's own refusal codes mean, for people: code -> text by language."""
    choices: dict[str, Texts] = {}
    """What the options of the plugin's own actions are called, for people: option -> text by language."""
    documents: dict[str, Texts] = {}
    """What the portal's documents are called, for people: the portal's own title -> text by language. Capitals and
    accents do not count."""
    auth: dict[str, Any] = msgspec.field(default_factory=lambda: {"scheme": "none"})
    """How the gateway proves to the portal who it is: `scheme`, and what that scheme needs."""
    carries: Literal["", "email", "sms"] = ""
    """Of a plugin that registers a notifier: to which of a person's addresses it carries messages."""
    once_by_key: bool = False
    """The portal promises that a second creation with one key has no effect. Only then may its stand-in do so."""
    exemptions: tuple[Exemption, ...] = ()
    """Checks of the conformance kit that this plugin does not hold yet."""
    certificate: Literal["", "mutual_tls", "signature"] = ""
    """What our certificate (`[portals.<id>.tls]`) is for: shown to the portal on every connection, or to sign messages
    with. Empty: the portal wants none."""


def read_manifest(path: Path) -> Manifest:
    """Read and check `plugin.toml`. The contract's version is looked at first: another one may have other keys.

    Raises `ApiMismatch`, or `ManifestError` for anything else.
    """
    values = read_toml(path)
    api = values.get("api")
    if not isinstance(api, int | str) or isinstance(api, bool):
        raise ManifestError(path, "api", "must be the version of the connector contract, an integer, or bounds of it")
    try:
        fits = versions(api)
    except NotARange as error:
        raise ManifestError(path, "api", str(error)) from error
    if not fits:
        raise ApiMismatch(path, "api", f"written for version {api}, this gateway has version {API_VERSION}")
    manifest = typed(values, Manifest, path)
    check_texts(manifest.title, path, "title", one_line=True)
    for owner in manifest.owners:
        check_line(owner, path, "owners")
    for code, texts in manifest.errors.items():
        check_texts(texts, path, f"errors.{code}")
    for option, texts in manifest.choices.items():
        check_texts(texts, path, f"choices.{option}", one_line=True)
    for said, texts in manifest.documents.items():
        check_texts(texts, path, f"documents.{said}", one_line=True)
    check_auth(manifest.auth, manifest.secrets, path)
    return manifest


def typed(values: Any, shape: type[T], path: Path, prefix: str = "") -> T:
    """`values` as `shape`; the error names the key, below `prefix`."""
    try:
        return msgspec.convert(values, shape)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        key = where.rstrip("`").lstrip(".")
        raise ManifestError(path, ".".join(part for part in (prefix, key) if part), problem) from error


def check_texts(texts: Texts, path: Path, key: str, *, one_line: bool = False) -> None:
    for language in LANGUAGES:
        if not texts.get(language, "").strip():
            raise ManifestError(path, f"{key}.{language}", "text is missing")
    for language, text in texts.items() if one_line else ():
        check_line(text, path, f"{key}.{language}")


def check_line(text: str, path: Path, key: str) -> None:
    if control_characters(text):
        raise ManifestError(path, key, "is more than one line")
