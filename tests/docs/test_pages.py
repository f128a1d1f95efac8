"""What the pages name must exist: links, files, commands, settings, metrics, log events."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from gateway.cli import COMMANDS, main
from gateway.settings import PREFIX, PortalSettings, Settings
from window.settings import WindowSettings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md")])
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:gateway|plugins|config|docs|tests|benchmarks)/[\w./-]*\w/?")
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "gateway").rglob("*.py"))

named = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def text(page: Path, *, code: bool = True) -> str:
    whole = page.read_text(encoding="utf-8")
    return whole if code else re.sub(r"^```.*?^```$", "", whole, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """As the usual sites make them from headings."""
    headings = re.findall(r"^#+ (.*)$", text(page, code=False), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_there_are_pages() -> None:
    assert len(PAGES) > 20


@named
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(text(page, code=False)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), f"{link}: there is {sorted(anchors(target))}"


@named
def test_a_page_says_nothing_twice(page: Path) -> None:
    paragraphs = re.split(r"\n\s*\n|\n(?=- )", text(page, code=False))
    lines = [re.sub(r"\s+", " ", each).strip() for each in paragraphs]
    sentences = [each for line in lines for each in re.split(r"(?<=[.;]) ", line)]
    long = Counter(each for each in sentences if len(each) > 60 and not each.startswith(("|", "-h", "--")))
    generated = {"errors.md", "cli.md"}  # a text for each code and each command
    assert page.name in generated or [each for each, times in long.items() if times > 1] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen:
            continue
        seen.add(page)
        links = [link.partition("#")[0] for link in LINK.findall(text(page)) if not re.match(r"[a-z]+:", link)]
        ahead += [target for link in links if (target := (page.parent / link).resolve()).suffix == ".md"]
    assert {page.relative_to(ROOT).as_posix() for page in set(PAGES) - seen} == set()


@named
def test_files_that_are_named_exist(page: Path) -> None:
    for code in CODE.findall(text(page, code=False)):
        if FILE.fullmatch(code):
            assert (ROOT / code).exists(), code


def commands(group: click.Group) -> dict[str, click.Command]:
    found = {name: group.get_command(click.Context(group), name) for name in group.list_commands(click.Context(group))}
    return {name: command for name, command in found.items() if command is not None}


def asked(page: Path) -> Iterator[str]:
    """Command lines: in code, alone or among others."""
    joined = text(page).replace("\\\n", " ")
    for line in re.findall(r"mre-gateway ([a-z][^`\n|)#]*)", joined):
        yield line.strip().rstrip(".,;:")


@named
def test_commands_and_options_that_are_named_exist(page: Path) -> None:
    for line in asked(page):
        name, *rest = line.split()
        if name not in COMMANDS:
            assert "mre-gateway" not in line, line
            assert not re.search(rf"`mre-gateway {re.escape(name)}", text(page)), line
            continue
        command = commands(main)[name]
        if isinstance(command, click.Group) and rest and not rest[0].startswith(("-", "[")):
            inner = commands(command)
            assert rest[0] in inner, line
            command = inner[rest[0]]
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", line):
            assert option in options or isinstance(command, click.Group), f"{line}: {option}"


def setting(path: list[str]) -> bool:
    model: type[BaseModel] = Settings
    for number, key in enumerate(path):
        if model is Settings and key == "portals":
            model = PortalSettings
            return len(path) <= 2 or _below(PortalSettings, path[number + 2 :])
        return _below(model, path[number:])
    return True


def _below(model: type[BaseModel], path: list[str]) -> bool:
    if not path:
        return True
    field = model.model_fields.get(path[0])
    if field is None:
        return False
    inner = field.annotation
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return _below(inner, path[1:])
    return True  # a table of the operator's own words, or the value itself


@named
def test_settings_that_are_named_exist(page: Path) -> None:
    sections = "|".join(Settings.model_fields)
    for code in CODE.findall(text(page, code=False)):
        if re.fullmatch(rf"(?:{sections})(?:\.[a-z_]+)+", code) and not code.endswith((".py", ".md", ".toml")):
            function = (ROOT / code.replace(".", "/")).parent.with_suffix(".py").is_file()
            named = setting(code.split(".")) or _below(WindowSettings, code.split("."))
            assert named or function or f'"{code}"' in SOURCES, code  # or the name of an operation
    for variable in re.findall(rf"{PREFIX}([A-Z][A-Z_]*)", text(page)):
        if variable != "SECTION__KEY":
            assert setting(variable.lower().split("__")), variable


@named
def test_metrics_that_are_named_are_counted(page: Path) -> None:
    for metric in re.findall(r"mre_gateway_[a-z_]+", text(page)):
        if metric != "mre_gateway_connectors":
            assert f'"{metric.removesuffix("_total")}"' in SOURCES or f"def {metric}" in SOURCES, metric


def test_log_events_that_are_named_are_logged() -> None:
    page = text(ROOT / "docs" / "guides" / "operate.md")
    table = page.split("| event | what to do |")[1].split("\n\n")[0]
    events = [code for row in table.splitlines() for code in CODE.findall(row.split("|")[1] if "|" in row else "")]
    assert len(events) > 8
    for event in events:
        assert f'"{event}"' in SOURCES, event


@named
def test_a_page_names_no_machine_and_no_strange_host(page: Path) -> None:
    assert re.findall(r"/(?:work|root|home)/|TODO|FIXME", text(page)) == []
    known = re.compile(
        r"127\.0\.0\.1|localhost|host|[\w.-]+\.example|keepachangelog\.com|semver\.org|c2sp\.org|schema\.ocsf\.io|openid\.net|www\.rfc-editor\.org"
        r"|www\.standardwebhooks\.com"
    )
    for host in re.findall(r"https?://([^/:\s`\"'<>)]+)", text(page)):
        assert known.fullmatch(host), host
