"""Which certificate authorities are believed on the way out: the system's, or those of one file (`ca_bundle`)."""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

from gateway.settings import SettingsError


def tls_context(ca_bundle: str = "") -> ssl.SSLContext:
    """For a client. `ca_bundle` is a PEM file that takes the place of the system's. Raises `SettingsError`."""
    if not ca_bundle:
        return _of_system()
    try:
        Path(ca_bundle).open("rb").close()  # what `ssl` raises does not name the file
        context = ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:  # `SSLError` is one
        raise SettingsError(f"ca_bundle: {ca_bundle} cannot be used: {error.strerror or 'no certificate'}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@cache
def _of_system() -> ssl.SSLContext:
    """One for all: to read the system's authorities takes some 30 ms."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
