"""What the demo prints: each step with its portal and how long it took, then what to try next."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

_COLOURS: Final = {"gateway": "cyan", "idp": "magenta"}
_PORTALS: Final = ("yellow", "green", "blue", "bright_red", "bright_cyan", "bright_magenta")
"""Each portal gets the next one when it first appears."""


@dataclass(frozen=True, slots=True)
class Urls:
    gateway: str
    sandbox: str


@dataclass(frozen=True, slots=True)
class Tokens:
    citizen: str
    auditor: str


class Show:
    """Says nothing: for scripts, which get the facts at the end."""

    def begin(self, state_dir: Path, speed: float, about: str) -> None: ...
    def started(self, port: int) -> None: ...
    def step(self, portal: str, text: str) -> None: ...
    def event(self, event: dict[str, Any]) -> None: ...
    def ended(self, facts: dict[str, Any]) -> None: ...
    def next_steps(self, urls: Urls, tokens: Tokens, case: dict[str, Any]) -> None: ...


class Terminal(Show):
    """Tells a person, line by line."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._began = self._last = time.monotonic()
        self._state_dir = Path()
        self._colours = dict(_COLOURS)

    def begin(self, state_dir: Path, speed: float, about: str) -> None:
        self._state_dir = state_dir
        self._console.print(f"[bold]MRE Gateway demo[/bold]: {about}")
        day = 86_400 / speed
        where = f"[dim]state and logs in {state_dir}; a day at the portals takes {day:.1f} s[/dim]\n"
        self._console.print(where, soft_wrap=True)

    def started(self, port: int) -> None:
        self.step("gateway", f"sandboxes on port {port + 1}, gateway on port {port}")

    def step(self, portal: str, text: str) -> None:
        now = time.monotonic()
        colour = self._colours.setdefault(portal, _PORTALS[len(self._colours) % len(_PORTALS)])
        self._console.print(
            f"[dim]{now - self._began:6.1f} s  +{now - self._last:4.1f}[/dim]  [{colour}]{portal:<8}[/{colour}]  {text}"
        )
        self._last = now

    def event(self, event: dict[str, Any]) -> None:
        self.step(event["portal"] or "gateway", f"{event['text']} [dim]({event['status']})[/dim]")

    def ended(self, facts: dict[str, Any]) -> None:
        case, audit = facts["case"], facts["audit"]
        table = Table(title=f"Timeline of {case['id']}", title_justify="left", show_edge=False)
        for column in ("at (UTC)", "portal", "what happened", "status"):
            table.add_column(column)
        for event in case["timeline"]:
            table.add_row(event["at"][:19], event["portal"] or "", event["text"], event["status"])
        self._console.print()
        self._console.print(table)
        seconds = time.monotonic() - self._began
        self._console.print(
            f"\n[bold]{case['status_text']}[/bold] after {seconds:.1f} s: stamp {facts['payment']['stamp']}, "
            f"parcel {(facts['shipment'] or {}).get('number')}"
        )
        agree = "the same as" if audit["matches"] else "[red]not[/red] the same as"
        self._console.print(
            f"Audit log: {audit['records']} records, {audit['hops']} hops, {agree} what the portals counted."
        )

    def next_steps(self, urls: Urls, tokens: Tokens, case: dict[str, Any]) -> None:
        gateway, sandbox = urls.gateway, urls.sandbox
        lines = (
            f"\nGateway    {gateway}   (OpenAPI: {gateway}/schema/openapi.json)",
            f"Sandboxes  {sandbox}   (make one fail: PUT {sandbox}/_faults/{case['filing']['portal']['id']})",
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
