"""Whatever stands in a plugin's TOML is that plugin's affair alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.connectors.loader import PluginError, load, plugin_code
from gateway.connectors.manifest import ManifestError
from gateway.connectors.sources import NoPlugin, at
from gateway.connectors.toml_file import read_toml, shown

DEEP = "[" * 3_000 + "]" * 3_000
TABLES = "[" + ".".join(["a"] * 700) + "]\nx = 1\n"
UNUSABLE = {
    "brackets": (f"x = {DEEP}\n".encode(), "nested too deep"),
    "tables": (TABLES.encode(), "nested too deep"),
    "digits": (b"x = " + b"9" * 6_000, "not valid TOML"),
    "65 bits": (b"x = 9223372036854775808", "more than 64 bits"),
    "date": (b"x = 2026-13-45", "not valid TOML"),
    "bytes": (b'x = "\xff"', "not valid TOML"),
    "large": (b"# " + b"x" * 4_194_304, "larger than"),
    "escape": (b'[title]\nen = "\\u001b[31mred"', "title.en: has a control character"),
    "turned": (b'[title]\nen = "a\\u202eb"', "title.en: has a control character"),
    "isolate without an end": (b'[title]\nar = "a\\u2068b"', "title.ar: has a control character"),
    "end of no isolate": (b'[title]\nar = "a\\u2069\\u2067b"', "title.ar: has a control character"),
    "isolate over lines": (b'[title]\nar = "a\\u2066b\\nc\\u2069"', "title.ar: has a control character"),
    "turned in an isolate": (b'[title]\nar = "\\u2066\\u202eb\\u2069"', "title.ar: has a control character"),
    "delete": (b'x = ["\\u007f"]', "x.0: has a control character"),
    "a key": (b'[x]\n"a\\u001b" = 1', "x: has a key with a control character"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_used_is_told_with_its_place(tmp_path, name):
    content, said = UNUSABLE[name]
    path = tmp_path / "plugin.toml"
    path.write_bytes(content)
    with pytest.raises(ManifestError, match=said):
        read_toml(path)


def test_texts_of_several_lines_are_read(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text('x = """one\n\ttwo é ـ"""\n')
    assert read_toml(path) == {"x": "one\n\ttwo é ـ"}


def test_a_latin_name_within_arabic_may_be_isolated(workshop):
    path = workshop.make("sound") / "plugin.toml"
    path.write_text(path.read_text().replace('ar = "', 'ar = "\u2067بوابة \u2066Watiqa\u2069\u2069 ', 1))
    assert "\u2066Watiqa\u2069" in path.read_text()
    assert list(workshop.load("sound").connectors) == ["sound"]


@pytest.mark.parametrize("file", ["plugin.toml", "services.toml"])
@pytest.mark.parametrize("name", UNUSABLE)
def test_a_plugin_with_such_a_file_is_left_out_alone(workshop, file, name):
    workshop.make("sound")
    made = workshop.make("odd")
    (made / file).write_bytes(UNUSABLE[name][0])

    registry = workshop.load("odd", "sound")

    assert list(registry.connectors) == ["sound"]
    assert registry.why_out("odd").stage in ("manifest", "services")


@pytest.mark.parametrize("file", ["plugin.toml", "services.toml", "__init__.py", "more.py"])
def test_a_pipe_in_the_place_of_a_file_keeps_nobody_waiting(workshop, file):
    workshop.make("sound")
    made = workshop.make("odd")
    (made / file).unlink(missing_ok=True)
    os.mkfifo(made / file)

    registry = workshop.load("odd", "sound")

    assert "sound" in registry.connectors
    assert ("odd" in registry.connectors) == (file == "more.py")


def test_a_pipe_is_no_project(tmp_path):
    os.mkfifo(tmp_path / "pyproject.toml")
    assert at(tmp_path).folder == tmp_path
    (tmp_path / "pyproject.toml").unlink()
    (tmp_path / "pyproject.toml").write_text(f"x = {DEEP}\n")
    with pytest.raises(NoPlugin):
        at(tmp_path)


@pytest.mark.parametrize("key", ["title", "choices.yes", 'documents."Un reçu"'])
def test_a_name_is_one_line(workshop, key):
    made = workshop.make("odd")
    path = made / "plugin.toml"
    texts = '{ar = "a", fr = "b", en = "c\\nd"}'
    if key == "title":
        path.write_text(path.read_text().replace('en = "', 'en = "x\\n', 1))
    else:
        table, name = key.split(".", 1)
        path.write_text(f"{path.read_text()}\n[{table}]\n{name} = {texts}\n")
    assert "is more than one line" in workshop.load("odd").why_out("odd").reason


def test_what_nobody_expected_of_a_file_is_the_plugins_affair(workshop, monkeypatch):
    workshop.make("odd")
    workshop.make("sound")
    read = Path.read_text

    def failing(path, **more):
        if path.name == "plugin.toml" and path.parent.name == "odd":
            raise ArithmeticError
        return read(path, **more)

    monkeypatch.setattr(Path, "read_text", failing)
    registry = load(workshop.settings("odd", "sound"))
    assert "ArithmeticError" in registry.why_out("odd").reason
    assert list(registry.connectors) == ["sound"]


class Unsayable(Exception):
    def __str__(self):
        raise LookupError


@pytest.mark.parametrize(
    ("raised", "reason"),
    [(KeyboardInterrupt(), "KeyboardInterrupt: "), (GeneratorExit(), "GeneratorExit: "),
     (SystemExit(3), "SystemExit: 3"),
     (ValueError("\x1b[31m\ud800"), "ValueError: ?[31m?"), (Unsayable(), "Unsayable")],
)  # fmt: skip
def test_whatever_a_plugin_raises_is_its_own_failure(raised, reason):
    with pytest.raises(PluginError) as told, plugin_code("odd", "import", "x"):
        raise raised
    assert told.value.reason == reason


def test_what_is_shown_does_nothing_to_a_terminal():
    assert shown("a\x1b[2J\u202e\u2066\ud800\nb é") == "a?[2J???\nb é"
