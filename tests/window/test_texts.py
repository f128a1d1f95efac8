"""What the window says: in Arabic and French whole, elsewhere what is fixed; and in a ministry's own name."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from babel.messages.pofile import read_po

from tests.npm import ROOT
from window.app import application
from window.rendering import Formats, Renderer
from window.settings import WindowSettings, load
from window.translations import COMPLETE, chosen

CLIENT = {"person": {"client_id": "demo-window"}}


def test_no_translation_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "window_texts.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == ""
    assert done.returncode == 0, done.stderr


def test_design_system_is_that_of_the_locked_package() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "window_assets.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("ar-MA,fr;q=0.8", "ar"), ("pt, de;q=0.4, fr;q=0.9", "fr"),
     ("zh", "fr"), ("", "fr"), ("en;q=0, it", "it"), ("a;q=x", "fr")],
)  # fmt: skip
def test_language_that_a_browser_wants_most(wanted: str, language: str) -> None:
    assert chosen(wanted, "fr") == language


def test_numbers_are_counted_as_each_language_counts() -> None:
    texts = Renderer(_settings(Path())).texts
    counted = [texts["ar"].ngettext("%(n)s service", "%(n)s services", n) for n in (1, 2, 3, 11)]
    assert counted == ["خدمة واحدة", "خدمتان", "3 خدمات", "11 خدمة"]
    times = [texts["ar"].ngettext("%(n)s free time", "%(n)s free times", n) for n in (11, 23, 99, 100)]
    assert times == ["11 موعدا", "23 موعدا", "99 موعدا", "100 موعد"]


def test_markup_in_a_text_is_only_our_own() -> None:
    texts = Renderer(_settings(Path())).texts["fr"]
    said = texts._("Welcome, %(name)s", name=_bdi("<script>"))
    assert str(said) == "Bienvenue, <bdi>&lt;script&gt;</bdi>"


async def test_theme_gives_name_colours_logo_and_texts(tmp_path: Path) -> None:
    """A ministry's own, by settings and one folder."""
    theme = tmp_path / "theme"
    (theme / "templates" / "home").mkdir(parents=True)
    (theme / "theme.css").write_text(":root { --window-stripe-1: #00f }")
    (theme / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>')
    (theme / "texts.fr.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "How it goes"\nmsgstr "En trois pas"\n',
        encoding="utf-8",
    )
    look = {"theme": str(theme), "name": {"fr": "Guichet de Tunis"}, "owner": {"fr": "Ministère"}}
    page, css = await _first_page(_settings(tmp_path, look=look), "/static/theme/theme.css")
    assert "Guichet de Tunis" in page
    assert "Ministère" in page
    assert "En trois pas" in page
    assert "/static/theme/logo.svg" in page
    assert "/static/theme/theme.css" in page
    assert "#00f" in css


async def test_gateway_that_is_away_is_said_as_such(tmp_path: Path) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with _served(_settings(tmp_path), httpx.MockTransport(away)) as browser:
        page = await browser.get("/", headers={"Accept-Language": "en"})
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert "cannot be reached" in page.text
    assert "Try again" in page.text


async def test_first_page_is_light(tmp_path: Path) -> None:
    """All that a phone loads for it, as it travels, with the files for the next page."""
    settings = _settings(tmp_path)
    async with _served(settings, httpx.MockTransport(_catalogue)) as browser:
        page = await browser.get("/", headers={"Accept-Encoding": "gzip", "Sec-Fetch-Site": "none"})
        assets = Renderer(settings).assets
        names = ("system.css", "window.css", "logo.svg")
        sizes = [len((await browser.get(assets.url(name))).content) for name in names]
        travelled = [int(page.headers["content-length"])]
        for name in names:
            asset = assets.find(name)
            assert asset is not None
            assert asset.compressed is not None
            travelled.append(len(asset.compressed))
    assert sum(sizes) > 0
    assert sum(travelled) < 100_000, travelled


async def test_page_of_who_arrives_has_its_style_inside(tmp_path: Path) -> None:
    """A slow phone then shows it after one request. Who has been here has the files: her page names them."""
    async with _served(_settings(tmp_path), httpx.MockTransport(_catalogue)) as browser:
        arrived = await browser.get("/", headers={"Sec-Fetch-Site": "cross-site", "Cookie": "neighbour=1"})
        (style,) = re.findall(r"<style>(.*?)</style>", arrived.text, re.DOTALL)
        source = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'self' 'sha256-{source}';" in arrived.headers["content-security-policy"]
        assert len(re.findall(r'<link rel="stylesheet" [^>]*media="print"', arrived.text)) == 2
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none", "Cookie": "lang=fr"}, {}):
            later = await browser.get("/", headers=headers)
            assert "<style>" not in later.text
            assert 'media="print"' not in later.text
            assert "sha256" not in later.headers["content-security-policy"]


@pytest.mark.parametrize(("css", "inside"), [(":root { --a: #00f }", True), ("a { background: url(x.png) }", False)])
async def test_theme_that_names_files_stays_one_itself(tmp_path: Path, css: str, inside: bool) -> None:
    """Inside of a page its addresses would be others."""
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme" / "theme.css").write_text(css)
    settings = _settings(tmp_path, look={"theme": str(tmp_path / "theme")})
    async with _served(settings, httpx.MockTransport(_catalogue)) as browser:
        page = await browser.get("/", headers={"Sec-Fetch-Site": "none"})
    assert (css in page.text) == inside
    (link,) = re.findall(r'<link rel="stylesheet" href="/static/theme/[^>]*>', page.text)
    assert ('media="print"' in link) == inside


def test_numbers_of_laws_keep_their_order_in_arabic() -> None:
    """A browser writes 09-08 after Arabic letters as 08-09, unless a mark stands before it."""
    texts = Renderer(_settings(Path())).texts["ar"]
    said = texts._("Your data are used only for what you ask for, and every access to them is recorded (law 09-08).")
    assert "\u200e09-08" in said


def _settings(folder: Path, **over: Any) -> WindowSettings:
    return load(state_dir=folder, profile="demo", sign_in=CLIENT, **over)


def _catalogue(request: httpx.Request) -> httpx.Response:
    body = {"object": "list", "data": [], "has_more": False, "next_cursor": None, "categories": [], "suggestions": []}
    return httpx.Response(200, json=body, headers={"call-id": "call_x"}, request=request)


async def _first_page(settings: WindowSettings, other: str) -> tuple[str, str]:
    async with _served(settings, httpx.MockTransport(_catalogue)) as browser:
        page = await browser.get("/", headers={"Accept-Language": "fr"})
        return page.text, (await browser.get(other)).text


def _served(settings: WindowSettings, gateway: httpx.MockTransport) -> httpx.AsyncClient:
    http = httpx.AsyncClient(base_url=settings.gateway.url, transport=gateway)
    app: Any = application(settings, http=http)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://w")


def _bdi(text: str) -> Any:
    from window.rendering import foreign

    return foreign(text)


def test_example_of_production_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRE_WINDOW__SERVER__PORT", "9443")
    monkeypatch.setenv("MRE_WINDOW__LOOK__LANGUAGE", "ar")
    settings = load(ROOT / "config" / "window.example.toml")
    assert (settings.server.port, settings.look.language, settings.demo) == (9443, "ar", False)
    assert set(settings.sign_in) == {"person", "agent"}


async def test_texts_of_a_spanish_page_say_their_language(tmp_path: Path) -> None:
    """Its frame is Spanish. Its content is French, with the title, and holds no Spanish word."""
    async with _served(_settings(tmp_path), httpx.MockTransport(_catalogue)) as browser:
        page = (await browser.get("/sign-in", headers={"Accept-Language": "es"})).text
    assert '<html lang="es" dir="ltr"' in page
    assert '<title lang="fr">Se connecter – Services aux Marocains du monde</title>' in page
    head, _, content = page.partition('<main id="main" tabindex="-1" lang="fr" dir="ltr">')
    assert "Reino de Marruecos" in head
    assert '<a href="/services">Servicios</a>' in head
    assert ">Se connecter</h1>" in content
    assert "Iniciar sesión" not in content.partition("</main>")[0]


async def test_name_in_another_language_is_marked_as_such(tmp_path: Path) -> None:
    settings = _settings(tmp_path, look={"name": {"fr": "Guichet"}, "owner": {"ar": "وزارة"}})
    async with _served(settings, httpx.MockTransport(_catalogue)) as browser:
        page = (await browser.get("/sign-in", headers={"Accept-Language": "de"})).text
    assert '<small lang="ar">وزارة</small><strong lang="fr">Guichet</strong>' in page


def test_moments_are_written_as_each_language_does() -> None:
    """The Arabic comma is another one than the Latin."""
    said = {language: Formats(language, "Africa/Casablanca").moment("2026-07-01T09:05:00Z") for language in COMPLETE}
    assert said == {"ar": "1 يوليوز 2026، 10:05", "fr": "1 juillet 2026 à 10:05", "en": "1 July 2026, 10:05"}


def test_arabic_has_one_word_for_a_mandate() -> None:
    for path in sorted((ROOT / "window" / "locale" / "ar").rglob("*.po")):
        with path.open("rb") as file:
            of_mandates = [each for each in read_po(file) if "mandate" in str(each.id).lower()]
        assert [each.string for each in of_mandates if "وكال" in str(each.string)] == [], path.name
