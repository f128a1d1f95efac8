"""What the demo prints: each step with its scene and its portal, what it came to, then what to try next."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.cli.demo.scenes import Scene, Scenes

_COLOURS: Final = {"gateway": "cyan", "idp": "magenta"}
_PORTALS: Final = ("yellow", "green", "blue", "bright_red", "bright_cyan", "bright_magenta")
"""Each portal gets the next one when it first appears."""
_TOLD: Final = ("action_required", "completed", "rejected", "withdrawn", "failed")
"""The others say nothing that the line does not."""


@dataclass(frozen=True, slots=True)
class Urls:
    gateway: str
    sandbox: str
    window: str


@dataclass(frozen=True, slots=True)
class Tokens:
    citizen: str
    auditor: str


class Show:
    """Says nothing: for scripts, which get the facts at the end."""

    def begin(self, state_dir: Path, speed: float, play: Scenes) -> None: ...
    def started(self, port: int, window: str) -> None: ...
    def scene(self, scene: Scene) -> None: ...
    def step(self, portal: str, text: str, scene: str = "") -> None: ...
    def event(self, scene: str, event: dict[str, Any]) -> None: ...
    def over(self, scene: str) -> None: ...
    def ended(self, facts: dict[str, Any]) -> None: ...
    def next_steps(self, urls: Urls, tokens: Tokens, facts: dict[str, Any]) -> None: ...


class Terminal(Show):
    """Tells a person, line by line. What happens beside the main journey is told when that is over, with its times."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._began = time.monotonic()
        self._state_dir = Path()
        self._colours = dict(_COLOURS)
        self._width = 0
        self._main = self._people = ""
        self._held: list[str] | None = []

    def begin(self, state_dir: Path, speed: float, play: Scenes) -> None:
        self._state_dir = state_dir
        self._width = max(len(scene.name) for scene in play.scenes)
        self._main = play.scenes[0].name
        self._people = _whose_cases(play)
        self._console.print(f"[bold]MRE Gateway demo[/bold]: {play.about}")
        day = 86_400 / speed
        where = f"[dim]state and logs in {state_dir}; a day at the portals takes {day:.1f} s[/dim]\n"
        self._console.print(where, soft_wrap=True)

    def started(self, port: int, window: str) -> None:
        if window:
            self._console.print(f"Window     [bold]{window}[/bold]   (sign in as {self._people})\n", soft_wrap=True)
        self.step("gateway", f"sandboxes on port {port + 1}, gateway on port {port}")

    def scene(self, scene: Scene) -> None:
        self.step("", f"[bold]{scene.about}[/bold]", scene.name)

    def step(self, portal: str, text: str, scene: str = "") -> None:
        colour = self._colours.setdefault(portal, _PORTALS[len(self._colours) % len(_PORTALS)])
        line = (
            f"[dim]{time.monotonic() - self._began:5.1f} s[/dim]  {scene:<{self._width}} "
            f"[{colour}]{portal:<10}[/{colour}]  {text}"
        )
        if self._held is not None and scene not in ("", self._main):
            self._held.append(line)
        else:
            self._console.print(line)

    def event(self, scene: str, event: dict[str, Any]) -> None:
        label, status = event["data"].get("label"), event["status"]
        text = f"{event['text']}[dim]: {escape(label)}[/dim]" if label else event["text"]
        self.step(event["portal"] or "gateway", text + (f" [dim]({status})[/dim]" if status in _TOLD else ""), scene)

    def over(self, scene: str) -> None:
        if scene == self._main and self._held is not None:
            held, self._held = self._held, None
            for line in held:
                self._console.print(line)

    def ended(self, facts: dict[str, Any]) -> None:
        audit = facts["audit"]
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for column in ("", "case", "portals, in the order of the case"):
            table.add_column(column)
        table.add_column("what there is", no_wrap=True)
        names = (self._main, *(other["scene"] for other in facts["more"]))
        for name, case in zip(names, (facts["case"], *facts["more"]), strict=True):
            portals = dict.fromkeys(event["portal"] for event in case["timeline"] if event["portal"])
            table.add_row(name, case["status"], " → ".join(portals), "\n".join(_came_of(case)))
        self._console.print()
        self._console.print(table)
        agree = "the same as" if audit["matches"] else "[red]not[/red] the same as"
        self._console.print(
            f"\n{time.monotonic() - self._began:.1f} s. Audit log: {audit['records']} records, {audit['hops']} hops, "
            f"{agree} what the portals counted."
        )
        for each in facts["mailboxes"]:
            counted = f"{each['emails']} e-mails" + (f", {each['sms']} SMS" if each["sms"] else "")
            line = f"Mailbox of {each['person']} ({each['language']}): {counted}; the newest: {each['newest']}"
            self._console.print(line, soft_wrap=True, markup=False)

    def next_steps(self, urls: Urls, tokens: Tokens, facts: dict[str, Any]) -> None:
        case, mailboxes = facts["case"], facts["mailboxes"]
        gateway, sandbox = urls.gateway, urls.sandbox
        lines = (
            f"\nWindow     {urls.window}   (for people: sign in as {self._people})",
            f"Gateway    {gateway}   (guide: {gateway}/guide, reference: {gateway}/docs)",
            f"OpenAPI    {gateway}/schema/openapi.json",
            f"Sandboxes  {sandbox}/health   (make one fail: PUT {sandbox}/_faults/{case['filing']['portal']})",
            *(f"Mailbox    {each['url']}   ({each['person']}, {each['language']})" for each in mailboxes),
            f"\nTokens, good for ten minutes (another one: mre-gateway token citizen --state {self._state_dir}):",
            f"export TOKEN={tokens.citizen}",
            f"export AUDITOR={tokens.auditor}",
            "\nTry:",
            f"curl {gateway}/v1/services -H 'Accept-Language: ar'",
            f'curl {gateway}/v1/cases/{case["id"]} -H "Authorization: Bearer $TOKEN"',
            f"curl '{gateway}/audit/records?limit=3' -H \"Authorization: Bearer $AUDITOR\"",
            "\nCtrl-C stops everything.",
        )
        for line in lines:
            self._console.print(line, soft_wrap=True, markup=False)


def _came_of(case: dict[str, Any]) -> Iterator[str]:
    """What a case has brought, by the portals' own numbers."""
    for payment in case["payments"][:1]:
        yield f"stamp {payment['stamp']}"
    if case["appointment"]:
        yield f"appointment {case['appointment']['reference']}"
    yield f"file {case['filing']['reference']}"
    if case["shipment"]:
        yield f"parcel {case['shipment']['reference']}"


def _whose_cases(play: Scenes) -> str:
    """Whom to sign in as, and what is then found: `Amina El Fassi for extracts; Youssef Benali for certificate`."""
    first = play.people[0].cnie
    found = {
        each.name: [scene.name for scene in play.scenes if (scene.person or first) == each.cnie] for each in play.people
    }
    return "; ".join(f"{name} for {', '.join(scenes)}" for name, scenes in found.items())
