"""Checks of the texts for people: each is there, and in its language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from gateway.connectors.contract import CheckFinding, DocumentRef, Filing, Paying, Progress, Refused, RequiredAction
from gateway.connectors.contract_checks import implements
from gateway.connectors.form_vocabulary import lint
from gateway.connectors.form_vocabulary.check import schemas
from gateway.connectors.manifest import FILENAME
from gateway.connectors.services import FILENAME as SERVICES
from gateway.connectors.text_folding import fold
from gateway.i18n.messages import Messages
from gateway.testing.attacks import play
from gateway.testing.checks.answers import progresses
from gateway.testing.checks.base import Check, Notes
from gateway.testing.examination import Examination
from gateway.testing.texts_in_calls import told_in_calls

_ARABIC: Final = re.compile(r"[\u0600-\u06FF]")
_LETTER: Final = re.compile(r"[^\W\d_]")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML takes without quotes."""


async def _arabic(exam: Examination, notes: Notes) -> None:
    for where, texts in _texts(exam):
        notes.count()
        for problem in _language_problems(texts) if where != f"{FILENAME} title" else ():
            notes.error(where, problem, "write it in that language, as people hear it at the counter")
    for where, texts in _texts(exam):
        for problem in lint.wording(texts):
            if problem.startswith("is not in"):
                notes.error(where, problem, "write it in that language, as people hear it at the counter")
                break


def _language_problems(texts: Mapping[str, str]) -> Iterator[str]:
    arabic = texts["ar"]
    letters = _LETTER.findall(arabic)
    own = [each for each in letters if _ARABIC.match(each)]
    if letters and own and len(own) * 2 < len(letters):
        yield "is mostly not in Arabic letters in ar"
    for language in ("fr", "en"):
        foreign = [each for each in _LETTER.findall(texts[language]) if _ARABIC.match(each)]
        if foreign and len(foreign) * 2 > len(_LETTER.findall(texts[language])):
            yield f"is mostly in Arabic letters in {language}"


def _texts(exam: Examination) -> Iterator[tuple[str, Mapping[str, str]]]:
    for name in (FILENAME, SERVICES):
        path = exam.folder / name
        if path.is_file():
            for at, texts in lint.texts_of(tomllib.loads(path.read_text(encoding="utf-8"))):
                yield f"{name} {at}", texts


class _Texts:
    """Which words the plugin has for people; what it has none for is an error, told once."""

    def __init__(self, exam: Examination, notes: Notes) -> None:
        about = exam.plugin.manifest
        self.messages = Messages.load()
        self.messages.add(about.id, about.errors)
        self.messages.add_choices(about.id, about.choices)
        self.messages.add_documents(about.id, {fold(said): texts for said, texts in about.documents.items()})
        self._portal, self._exam, self._notes = about.id, exam, notes
        self._told: set[tuple[str, str]] = set()

    def code(self, where: str, code: str, said: str) -> None:
        """Of a refusal, or a reason."""
        keys = (f"reason.{self._portal}.{code}", f"reason.{code}", f"problem.{code}.title")
        self._needs(where, "errors", code, keys, f"{said} is told as {code!r}, for which there is no text")

    def action(self, where: str, code: str) -> None:
        """Of what is asked for: without a text of its own people read the same for every one of its kind."""
        keys = (f"reason.{self._portal}.{code}", f"action.{code}")
        self._needs(where, "errors", code, keys, f"asks the person for {code!r}, for which there is no text")

    def option(self, where: str, option: str, action: RequiredAction) -> None:
        if option.isdigit() or (action.type == "provide_document" and option in _members(self._exam)):
            return
        keys = (f"choice.{self._portal}.{option}", f"choice.{option}")
        self._needs(where, "choices", option, keys, f"the option {option!r} of {action.code!r} has no text")

    def document(self, where: str, title: str) -> None:
        keys = (f"document.{self._portal}.{fold(title)}",)
        message = f"announces the document {title!r}, for which there is no text"
        self._needs(where, "documents", title, keys, message)

    def progress(self, where: str, progress: Progress) -> None:
        for each in progress.documents:
            if each.title.strip():  # `documents` says so of the others
                self.document(where, each.title)
        if progress.reason:
            self.code(where, progress.reason, "the end of a demand")
        if progress.ask is not None:
            self.action(where, progress.ask.code)
            for option in progress.ask.options:
                self.option(where, option, progress.ask)

    def _needs(self, where: str, table: str, name: str, keys: Iterable[str], message: str) -> None:
        self._notes.count()
        if (table, name) in self._told or any(self.messages.has(key) for key in keys):
            return
        self._told.add((table, name))
        written = name if _BARE.fullmatch(name) else f'"{name}"'
        self._notes.error(where, message, f"add [{table}.{written}] to {FILENAME}, in ar, fr and en")


async def _refusal_texts(exam: Examination, notes: Notes) -> None:
    """Every code, option and document that a person may meet has words for her."""
    texts, tables = _Texts(exam, notes), exam.tables
    for where, function in tables.unfound.items():
        message = f"the table that `{function}` is called with is not known before the call"
        notes.error(
            where, message, "call it with a constant of a module, `MOTIVES: Final = {...}`, so it can be checked"
        )
    for word, code in sorted((word, code) for word, codes in tables.refusals.items() for code in codes):
        texts.code(tables.where[word], code, repr(word))
    _written(exam, texts)
    for scene in await exam.scenes(every=True):
        for progress in progresses(scene.result):
            texts.progress(scene.where, progress)
        for each in scene.result if isinstance(scene.result, list) else ():
            if isinstance(each, CheckFinding):
                texts.code(scene.where, each.code, "an objection")
    for scene in await exam.objections():
        raised = (await play(exam.plugin, scene, exam.secrets)).error
        if isinstance(raised, Refused):
            texts.code(scene.where, raised.code, f"a refusal of `{scene.operation}`")
    notes.not_applicable("its portal refuses nothing and asks for nothing")


def _written(exam: Examination, texts: _Texts) -> None:
    """What the plugin's code says, whether the stand-in or a recording came to it or not."""
    kind = exam.plugin.connector_class
    called_back = implements(kind, Filing.notice) or implements(kind, Paying.settle)
    for told in told_in_calls(exam.plugin):
        if told.by is RequiredAction:
            texts.action(told.where, told.text)
        elif told.by is DocumentRef:
            texts.document(told.where, told.text)
        elif told.by is CheckFinding or not called_back:  # why a callback was refused is told to no person
            texts.code(told.where, told.text, f"`{told.by.__name__}`")


def _members(exam: Examination) -> set[str]:
    """Names of members of the forms: a document that is asked for is called as the member for it."""
    return {at.rpartition("/")[2] for service in exam.plugin.services.values() for at, _ in schemas(service.form) if at}


CHECKS: Final = (
    Check(
        id="arabic",
        level="connected",
        proves="Every text is in the language that it says it is in: Arabic in Arabic letters.",
        example="plugin.toml errors.too_late: is mostly not in Arabic letters in ar",
        run=_arabic,
    ),
    Check(
        id="refusal_texts",
        level="dependable",
        proves="Every code, option and title of a document that a person may meet has a text in every language.",
        example="mapping.py REFUSALS: 'trop_tard' is told as 'too_late_now', for which there is no text",
        run=_refusal_texts,
    ),
)
