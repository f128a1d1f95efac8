"""The texts of the window and their translations.

`python .ci/window_texts.py` adds to `window/locale` what a translator has to fill in; with `--check` it says what is
missing or contradicts itself, and fails. A text belongs to the file of the folder of templates, or of the page's
module, where it stands; what `layout` has is not asked for again. Arabic and French have all; the other languages have
what `frame` marks: the texts around a page's content.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
WINDOW = ROOT / "window"
LOCALE = WINDOW / "locale"
WHOLE = ("ar", "fr")
FIXED = ("es", "nl", "it", "de")
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
KEYWORDS = {"_": None, "frame": None, "ngettext": (1, 2)}
FRAME = {"frame": None}

Message = str | tuple[str, ...]


def texts(keywords: Mapping[str, tuple[int, ...] | None] = KEYWORDS) -> dict[str, set[Message]]:
    """The messages of each file, without those of `layout`."""
    found: dict[str, set[Message]] = {}
    for path in sorted(WINDOW.rglob("*")):
        if path.suffix == ".html":
            domain, method = path.relative_to(WINDOW / "templates").parts[0], "jinja2.ext:babel_extract"
        elif path.suffix == ".py":
            parts = path.relative_to(WINDOW).with_suffix("").parts
            domain, method = (parts[1] if len(parts) > 1 and parts[0] == "pages" else "layout"), "python"
        else:
            continue
        with path.open("rb") as file:
            for _, message, _, _ in extract(method, file, keywords, (), OPTIONS if method != "python" else None):
                found.setdefault(domain, set()).add(message)
    fixed = found.get("layout", set())
    return {domain: messages - fixed if domain != "layout" else messages for domain, messages in found.items()}


def path_of(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def wanted() -> Iterator[tuple[str, str, set[Message]]]:
    for domain, messages in texts().items():
        for language in WHOLE:
            yield language, domain, messages
    for language in FIXED:
        yield language, "layout", texts(FRAME)["layout"]


def missing() -> list[str]:
    """Each as `language: text`. A translation in any file of the language counts."""
    found = []
    known: dict[str, dict[Message, bool]] = {}
    for language in (*WHOLE, *FIXED):
        known[language] = {}
        for path in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
            for each in read(path, language):
                whole = all(each.string) if isinstance(each.string, tuple) else bool(each.string)
                if each.id and whole and not each.fuzzy:
                    known[language][each.id] = True
    for language, domain, messages in wanted():
        found += [f"{language} {domain}: {each}" for each in sorted(messages, key=str) if each not in known[language]]
    return found


def contradictions() -> list[str]:
    """Texts that two files of a language say differently: they are read together, and one of the two is lost."""
    found = []
    for language in (*WHOLE, *FIXED):
        said: dict[str, dict[str, str]] = {}
        for path in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
            for each in read(path, language):
                if each.id and any(each.string or ()):
                    said.setdefault(str(each.id), {})[str(each.string)] = path.stem
        found += [f"{language} {' and '.join(of.values())} differ: {each}" for each, of in said.items() if len(of) > 1]
    return found


def write() -> None:
    for language, domain, messages in wanted():
        path = path_of(language, domain)
        before = read(path, language)
        after = Catalog(locale=language, header_comment="", fuzzy=False)
        for message in sorted(messages, key=str):
            key = message[0] if isinstance(message, tuple) else message
            old = before.get(key)
            after.add(
                message,
                old.string if old is not None else ("",) * after.num_plurals if isinstance(message, tuple) else "",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, after, width=0, omit_header=False, no_location=True)
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [
            line for line in lines
            if not line.startswith(('"POT-Creation', '"PO-Revision', '"Last-Translator', '"Generated-By', '"Project-Id',
                                    '"Report-Msgid', '"Language-Team'))
        ]  # fmt: skip
        path.write_text("\n".join(kept).strip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    lacking = [*missing(), *contradictions()]
    print("\n".join(lacking))
    sys.exit(bool(lacking) and "--check" in sys.argv)
