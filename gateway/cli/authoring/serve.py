"""`mre-gateway connector serve`: gateway, stand-in and one filed case, for one connector."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.authoring.form_option import JsonObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.cli.demo.show import Show
    from gateway.connectors.registry import LoadedPlugin
    from gateway.connectors.services import Service

ORDERED_BY: Final = "AB123456"
"""CNIE of the person of the sandbox who orders."""
ADDED: Final = "MRE_GATEWAY__PLUGINS__ADDED"
_CASE_SECONDS: Final = 120.0
RATED: Final = {"rate": {"choice": "5"}}
"""The one optional thing that she does: an appeal would open the case again."""


@click.command("serve")
@click.argument("plugin")
@click.option(
    "--port",
    type=click.IntRange(1, 65531),
    default=8400,
    show_default=True,
    help="The sandboxes take port+1, port+2 and port+4 (e-mail).",
)
@click.option("--state", "state_dir", type=click.Path(path_type=Path), help="Keep everything there and continue there.")
@click.option("--service", help="Name of the service to order; by default the first.")
@click.option(
    "--form",
    type=JsonObject(),
    default="{}",
    help="JSON object laid over the example, however deep, such as the stand-in rejects: '{\"year\": 1955}'.",
)
@click.option(
    "--speed", type=click.FloatRange(min=1), default=259_200.0, help="Simulated seconds in a second; three days."
)
@click.option("--once", is_flag=True, help="Stop when the case has ended.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of progress.")
def command(
    plugin: str,
    port: int,
    state_dir: Path | None,
    service: str | None,
    form: dict[str, Any],
    speed: float,
    once: bool,
    as_json: bool,
) -> None:
    """Start the gateway and PLUGIN's stand-in, file one case and follow it to its end; then stay up until Ctrl-C.

    PLUGIN is a folder or an id, as for `check`; it need not be named in any settings. The case is the example of its
    first service, ordered by a person of the sandbox identity provider, who pays and answers what she is asked, and
    hands in a sample wherever a file is wanted. Exit code 1 if the plugin does not load, or the case does not end well:
    state and logs are kept then. With --form any end is well.
    """
    import asyncio
    import json
    import signal

    from gateway.cli.authoring.named import source_named
    from gateway.cli.demo.processes import NotStarted
    from gateway.sandbox.person import Stuck

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    source = source_named(plugin)
    _add(str(source.folder) if source.origin == str(source.folder) else source.id)

    def tell(facts: dict[str, Any]) -> None:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2) if as_json else told(facts, stays=not once))

    def say(line: str) -> None:
        if not as_json:
            click.echo(line)

    with _folder(state_dir) as folder:
        try:
            run = _run(source.id, folder, port, service, form, speed, say=say, tell=tell, stay=not once)
            case = asyncio.run(run)["case"]
        except (NotStarted, Stuck) as error:
            raise NotServed(f"{explained(str(error))}\nState and logs: {folder}") from error
        except KeyboardInterrupt:
            return
        if case is not None and case["status"] != "completed" and not form:
            raise NotServed(f"the case has ended as {case['status']}\nState and logs: {folder}")


class NotServed(click.ClickException):
    """The case did not come to a good end; what was written on the way is kept."""


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """`given`, or a temporary one that stays where `NotServed` names it."""
    import shutil
    import tempfile

    folder = given or Path(tempfile.mkdtemp(prefix="mre-gateway-"))
    keep = given is not None
    try:
        yield folder
    except NotServed:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


async def _run(
    id: str,
    state_dir: Path,
    port: int,
    name: str | None,
    changes: dict[str, Any],
    speed: float,
    *,
    say: Callable[[str], None],
    tell: Callable[[dict[str, Any]], None],
    stay: bool,
) -> dict[str, Any]:
    import asyncio

    import httpx

    from gateway.cli.demo.journey import Client, Journey, Notes
    from gateway.cli.demo.processes import everything
    from gateway.cli.demo.scenes import Scene
    from gateway.connectors.services import laid_over
    from gateway.sandbox.login import SandboxLogin
    from gateway.sandbox.person import Stuck
    from gateway.sandbox.state import prepare
    from gateway.settings import load

    prepare(state_dir, port=port, sandbox_port=port + 1, speed=speed)
    settings = load(state_dir=state_dir)
    loaded = _loaded(id, settings)
    ordered = _service(loaded, name)
    gateway, sandbox = settings.public_url, settings.sandbox.url
    facts: dict[str, Any] = {"id": id, "gateway": gateway, "sandbox": f"{sandbox}/{id}", "case": None, "token": None}
    async with everything(state_dir, port=port, postgresql=settings.on_postgresql):
        say(f"{id}: gateway {gateway}, stand-in {sandbox}/{id}; state and logs in {state_dir}")
        async with httpx.AsyncClient(trust_env=False, timeout=15.0) as web:
            token = await SandboxLogin(settings.auth.issuers[0].issuer, web).citizen(ORDERED_BY)
            headers = {"Authorization": f"Bearer {token.access_token}", "Accept-Language": "en"}
            facts["token"] = token.access_token
            async with httpx.AsyncClient(base_url=gateway, headers=headers, trust_env=False, timeout=15.0) as http:
                if ordered is not None:
                    form = laid_over(await _with_files(http, ordered), changes)
                    scene = Scene(name=id, about=ordered.id, service=ordered.id, form=form, answers=RATED)
                    journey = Journey(scene, Client(http), web, _lines(say), lambda _: None)
                    try:
                        async with asyncio.timeout(_CASE_SECONDS):
                            await journey.run(Notes(state_dir / "serve.json"), None)
                    except TimeoutError:
                        last = journey.events[-1]["code"] if journey.events else "none"
                        raise Stuck(
                            f"the case is not at an end after {_CASE_SECONDS:.0f} s, its last event is {last}"
                        ) from None
                    facts["case"] = journey.facts
        tell(facts)
        if stay:
            await asyncio.Event().wait()
    return facts


def _lines(say: Callable[[str], None]) -> Show:
    """The journey's steps, a line each."""
    from gateway.cli.demo.show import Show

    class Lines(Show):
        def step(self, portal: str, text: str, scene: str = "") -> None:
            say(f"  {portal:<12} {text}")

        def event(self, scene: str, event: dict[str, Any]) -> None:
            label = event["data"].get("label")
            say(f"  {event['portal'] or 'gateway':<12} {event['text']}" + (f": {label}" if label else ""))

    return Lines()


def _add(plugin: str) -> None:
    """For this process and its children."""
    import json
    import os

    named = json.loads(os.environ.get(ADDED) or "[]")
    os.environ[ADDED] = json.dumps([*named, plugin])


def _loaded(id: str, settings: Any) -> LoadedPlugin:
    from gateway.connectors.loader import load

    registry = load(settings)
    if id in registry.connectors:
        return registry.connectors[id]
    out = registry.why_out(id)
    if out is None:
        raise click.ClickException(f"{id} registers no connector")
    raise click.ClickException(f"{id} is left out at stage {out.stage}: {out.reason}\n{out.remedy}")


def _service(plugin: LoadedPlugin, name: str | None) -> Service | None:
    services = plugin.services
    if name is None:
        return next((each for each in services.values() if each.example), None)
    found = services.get(name if "." in name else f"{plugin.manifest.id}.{name}")
    if found is None:
        raise click.UsageError(f"no service {name!r}: there are {', '.join(services) or 'none'}")
    return found


async def _with_files(http: Any, service: Service) -> dict[str, Any]:
    """The example, with a file uploaded for each one that it names. Raises `Stuck`."""
    from copy import deepcopy

    from gateway.cases.forms import FORM, files_named
    from gateway.sandbox.person import upload
    from gateway.sandbox.sample_files import sample_file

    form = deepcopy(service.example)
    for _, limits in files_named(service.example, service.form):
        kept = await upload(http, sample_file(limits.media_types, limits.max_bytes))
        put_at(form, limits.place.removeprefix(FORM), kept)
    return form


def put_at(document: Any, pointer: str, value: Any) -> None:
    """Replace what stands at a JSON pointer (RFC 6901), in lists too."""
    *steps, last = (each.replace("~1", "/").replace("~0", "~") for each in pointer.removeprefix("/").split("/"))
    for each in steps:
        document = document[int(each) if isinstance(document, list) else each]
    document[int(last) if isinstance(document, list) else last] = value


def explained(problem: str) -> str:
    """What went wrong, and for what an author can mend in the example, how."""
    from gateway.sandbox.demo_identities import PEOPLE

    if ": another_person: " not in problem:
        return problem
    person = PEOPLE[ORDERED_BY]
    return (
        f"{problem}\nThe example is ordered by {person.name}, CNIE {person.cnie}, born {person.birthdate}: "
        "name her in it (docs/reference/sandboxes.md)"
    )


def told(facts: dict[str, Any], *, stays: bool) -> str:
    """What there is now. Only of a gateway that `stays` it says how to call it."""
    gateway, case, host = facts["gateway"], facts["case"], facts["sandbox"].rpartition("/")[0]
    lines = [""]
    if stays:
        lines += [
            f"Gateway    {gateway}   (reference: {gateway}/docs)",
            f"Stand-in   {facts['sandbox']}   (make it fail: PUT {host}/_faults/{facts['id']})",
            f"export TOKEN={facts['token']}",
        ]
    if case is None:
        lines.append("It has no service with an example: nothing was filed.")
    else:
        reference = case["filing"].get("reference")
        lines.append(
            f"Case       {case['id']}: {case['status']}, {f'filed as {reference}' if reference else 'not filed'}"
        )
        if refusal := case.get("refusal"):
            quoted = refusal["portal_message"]
            lines.append(f"Why        {refusal['text']}" + (f" “{quoted}”" if quoted else ""))
            lines += [f"           {each['pointer']}: {each['detail']}" for each in refusal["errors"]]
        lines += [
            f"Document   {each.get('title') or each['id']} ({each.get('media_type', '?')})"
            for each in case.get("documents", ())
        ]
        if stays:
            lines.append(f'curl {gateway}/v1/cases/{case["id"]} -H "Authorization: Bearer $TOKEN"')
    return "\n".join([*lines, *(["", "Ctrl-C stops everything."] if stays else [])])
