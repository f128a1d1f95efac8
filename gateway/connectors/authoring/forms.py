"""A demand in a portal's words. The form has passed its schema in `services.toml` before a connector sees it."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from typing import Any, Literal, TypeVar, overload

from gateway.connectors.contract import Attachment, Refused, Value

_T = TypeVar("_T")


def offered(words: Mapping[str, _T], service: str) -> _T:
    """What the portal calls this service, by the name after the dot. Raises `Refused("service_not_offered")`."""
    name = service.rpartition(".")[2]
    if name not in words:
        raise Refused("service_not_offered")
    return words[name]


def arabic_or_french(language: str) -> Literal["ar", "fr"]:
    """The administration writes in these two; whoever reads another language gets French."""
    return "ar" if language == "ar" else "fr"


@overload
def under_names(names: Mapping[str, str], value: None, *, optional: Collection[str] = ()) -> None: ...
@overload
def under_names(
    names: Mapping[str, str], value: Mapping[str, Any] | Value, *, optional: Collection[str] = ()
) -> dict[str, Any]: ...
@overload
def under_names(
    names: Mapping[str, str], value: object, *, optional: Collection[str] = ()
) -> dict[str, Any] | None: ...
def under_names(names: Mapping[str, str], value: object, *, optional: Collection[str] = ()) -> dict[str, Any] | None:
    """A value of the contract, the form or a part of it, with the portal's names: `names` are the portal's -> ours.
    What they do not name is left out. None stays None; anything else gives a dictionary. A form has all that they name
    (`KeyError`) but for the `optional` ones, by our name, which become None."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return {theirs: getattr(value, ours) for theirs, ours in names.items()}
    return {theirs: value.get(ours) if ours in optional else value[ours] for theirs, ours in names.items()}


def file_in_json(file: Attachment, *, name: str, media_type: str, content: str) -> dict[str, str]:
    """A file as a member of a JSON message, its content in Base64; the arguments are the portal's names."""
    return {name: file.filename, media_type: file.media_type, content: base64.b64encode(file.content).decode()}


def lost_parcel(action: str, answer: Mapping[str, Any]) -> str:
    """The parcel for which `reissue` asks for another document. Raises `Refused("action_not_supported")`."""
    parcel = answer.get("parcel")
    if action != "reissue" or not isinstance(parcel, str):
        raise Refused("action_not_supported")
    return parcel
