"""`config/demo.toml`: what the demo shows. A scene is one case: what is ordered, what the person does when asked."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.settings import bundled


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document of the related case, used once more, and the field of the form that takes it."""

    document: str
    field: str


class Participant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody of the sandbox identity provider, and how she asked to be told."""

    name: str
    cnie: str
    language: str
    email: str
    sms: str = ""
    """Number, if she agrees to be told by SMS too."""


class Scene(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    about: str
    service: str
    person: str = ""
    """CNIE of whose case it is; empty: the first person's."""
    form: dict[str, Any] = {}
    """Laid over the service's example, however deep."""
    after: str = ""
    """The scene whose end, or whose event `upon`, this one waits for."""
    upon: str = ""
    post: str = ""
    """Where the person takes an appointment."""
    answers: dict[str, dict[str, Any]] = {}
    """What the person says when asked, by the action's type."""
    related: str = ""
    """The scene whose case this one is about."""
    evidence: Evidence | None = None


class Scenes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    people: list[Participant]
    scenes: list[Scene]
    """The main journey first."""


def read() -> Scenes:
    """Raises `msgspec.ValidationError`, also for a scene that waits for one that does not come before it."""
    found = msgspec.toml.decode((bundled("config") / "demo.toml").read_bytes(), type=Scenes)
    told: set[str] = set()
    if not found.people:
        raise msgspec.ValidationError("there is nobody in it")
    for scene in found.scenes:
        if scene.person not in ("", *(each.cnie for each in found.people)):
            raise msgspec.ValidationError(f"{scene.name}: its person is not among `people`")
        if not {scene.after, scene.related} - {""} <= told:
            raise msgspec.ValidationError(f"{scene.name}: waits for a scene that does not come before it")
        told.add(scene.name)
    return found
