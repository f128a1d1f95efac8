"""Refuse names that the project gave up: as a class, a function, a module, a parameter or an attribute.

Each word of the old private language has a standard one in its place, which the message names. A word is refused as a
whole name, with or without leading underscores; those of `ANYWHERE` in compounds too, test names aside, which are
sentences. What a library is called is never refused (`collections.Counter`): definitions are looked at, not uses. The
contract's `find` and `Progress.ask` stay, because connectors of others have them.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CLASSES: Final = {
    "Trip": "StepContext",
    "Wait": "a returned due-at",
    "Desk": "ConnectedPortal, SandboxContext",
    "Gate": "PortalClient",
    "Exchange": "OperationContext",
    "Passage": "RequestContext",
    "Meeting": "BookedAppointment",
    "Wanted": "PendingBooking",
    "Counter": "BookingProvider",
    "Ask": "RequiredAction",
    "Answer": "StoredResponse, ActionReply",
    "Answered": "QueuedReply",
    "Bell": "CaseChangeNotifier",
    "Tally": "IndicatorStore",
    "Papers": "Certificates",
    "Bench": "Harness",
    "Trial": "a name that says what is tried",
    "Trouble": "Outage",
    "Incoming": "BoundedRequest",
    "Guard": "a name that says what is checked",
}
FUNCTIONS: Final = {
    "once": "create_once",
    "trouble": "outage",
    "look": "a name that says what is read",
    "looks": "access_records",
    "promises": "contract checks",
    "trial": "check_in_sandbox",
    "bench": "harness",
}
MODULES: Final = {
    "trip": "step_context",
    "gate": "portal_client",
    "exchange": "call_context",
    "office": "a name that says what it simulates",
    "acquirer": "a name that says what it simulates",
    "courier": "a name that says what it simulates",
    "stand_in": "a name that says what it simulates",
    "counter": "a name that says what it simulates",
    "asks": "required_actions",
    "promises": "contract_checks",
    "counts": "indicator_events",
    "disclosure": "suppression",
    "look": "a name that says what is read",
    "looks": "access_records",
    "words": "text_folding",
    "ending": "shutdown",
    "incoming": "request_body",
    "guard": "production_checks",
    "people": "demo_identities",
    "papers": "certificates",
    "bench": "harness",
    "trial": "sandbox_check",
    "trouble": "outage",
}
VALUES: Final = {
    "pace": "journeys, the settings",
    "gate": "portal_client",
    "trouble": "outage",
    "looks": "access_records",
}
"""Parameters and attributes."""
ANYWHERE: Final = {
    "trip": "step",
    "desk": "connected, context",
    "passage": "context",
    "tally": "indicator_store",
    "nudge": "wake_worker",
    "bell": "notifier",
    "acquirer": "card_payments",
    "courier": "a name that says what it simulates",
}
DISSOLVED: Final = {  # in gateway/: a portal's own forms may ask for an office
    "Office": "services that each use case names",
    "Backend": "services that each use case names",
    "backend_of": "services that each use case names",
    "office": "services that each use case names",
}

_WORDS: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def named(path: str, tree: ast.Module) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Line, name, and what it must not be called: of each definition."""
    yield 1, Path(path).stem.removeprefix("test_"), MODULES
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef():
                yield node.lineno, node.name, CLASSES
                for each in node.body:
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
                        yield each.lineno, each.target.id, VALUES
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.lineno, node.name, FUNCTIONS
            case ast.arg():
                yield node.lineno, node.arg, VALUES
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr, VALUES


def wrong(path: str, text: str) -> list[str]:
    """One line a definition, with what to say instead."""
    found = []
    for line, name, banned in named(path, ast.parse(text)):
        plain = name.strip("_")
        remedy = banned.get(plain) or (DISSOLVED.get(plain) if path.startswith("gateway/") else None)
        if remedy is None and not plain.startswith("test_"):
            words = [each.lower() for each in _WORDS.findall(plain)]
            remedy = next((ANYWHERE[each] for each in words if each in ANYWHERE), None)
        if remedy is not None:
            found.append(f"{path}:{line}: {name} is a name that was given up; now: {remedy}")
    return found


def main() -> int:
    root = Path.cwd()
    if not (root / ".git").exists():
        return 0  # an unpacked archive
    listed = subprocess.run(["git", "ls-files", "-z", "*.py"], cwd=root, capture_output=True, check=True)
    paths = [each for each in listed.stdout.decode().split("\0") if each and (root / each).is_file()]
    if not paths:
        print("no Python file is tracked: nothing was examined", file=sys.stderr)
        return 1
    found = [each for path in paths for each in wrong(path, (root / path).read_text(encoding="utf-8"))]
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
