"""What `services.toml` has to say of whose demand it is, and what is refused of it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.connectors.manifest import ManifestError
from gateway.connectors.services import read_services
from gateway.testing.scaffold import create_plugin

NOBODY = '[[request.subject]]\nwhom = "anyone"\nproof = "none"\nbasis = "a question is about nobody"\n'
with TemporaryDirectory() as made:
    NEW = (create_plugin("skeleton", Path(made)) / "services.toml").read_text()
SKELETON_TEXT = "".join(line for line in NEW.splitlines(keepends=True) if not line.startswith("#"))
TITLE = 'x-title = { ar = "-", fr = "-", en = "-" }'
OWN = '[[request.subject]]\nwhom = "self"\nproof = "claims"\nperson = ["/person"]\nbasis = "assumed: her own"\n'
CHILD = """
[[request.subject]]
whom = "child"
proof = "document"
documents = ["/booklet"]
requester = "/parent"
person = ["/person"]
basis = "assumed: the booklet"
"""
FORM = f"""
[request.form.properties.person]
type = "object"
additionalProperties = false
{TITLE}

[request.form.properties.person.properties]
cnie = {{ type = "string", format = "cnie", x-identity = "cnie", {TITLE} }}
name = {{ type = "string", x-identity = "name", {TITLE} }}

[request.form.properties.parent]
type = "object"
additionalProperties = false
{TITLE}

[request.form.properties.parent.properties]
cnie = {{ type = "string", format = "cnie", x-identity = "cnie", {TITLE} }}

[request.form.properties.booklet]
type = "string"
format = "attachment"
{TITLE}

[request.form.properties.kind]
enum = ["own", "child"]
{TITLE}
"""
WHEN = 'when = "/kind"\nvalues = ["{}"]\n'
BOTH = (
    SKELETON_TEXT.replace(NOBODY, OWN + WHEN.format("own") + CHILD + WHEN.format("child") + FORM)
    .replace('required = ["subject"]', 'required = ["subject", "kind"]')
    .replace('subject = "A question"', 'subject = "A question"\nkind = "own"')
)


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "services.toml"
        path.write_text(text)
        return read_services(path, "skeleton")["skeleton.request"]

    return read_text


def test_each_form_falls_under_one_rule(read):
    service = read(BOTH)
    assert [rule.whom for rule in service.subject] == ["self", "child"]
    own, child = service.rule_for({"kind": "own"}), service.rule_for({"kind": "child"})
    assert (own.whom, own.requesters) == ("self", ("/person",))
    assert (child.whom, child.requesters) == ("child", ("/parent",))
    assert service.rule_for({"kind": "other"}) is None


def test_service_without_a_declaration_is_refused(read):
    assert NOBODY in SKELETON_TEXT
    with pytest.raises(ManifestError, match="whom the service may concern") as raised:
        read(SKELETON_TEXT.replace(NOBODY, ""))
    assert raised.value.key == "request.subject"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        # what stands for whom
        ('format = "cnie", x-identity = "cnie"', 'format = "cnie"', "request.form/person/cnie"),
        ('x-identity = "name"', 'x-identity = "cnie"', "request.form/person/name"),
        ('x-identity = "name"', 'x-identity = "nickname"', "request.form/person/name.x-identity"),
        ('requester = "/parent"\n', "", "request.form/parent/cnie.x-identity"),
        # how it is proved
        ('proof = "claims"', 'proof = "document"', "request.subject.0.proof"),
        ('proof = "claims"', 'proof = "none"', "request.subject.0.proof"),
        ('proof = "document"', 'proof = "claims"', "request.subject.1.proof"),
        ('proof = "document"', 'proof = "none"', "request.subject.1.proof"),
        ('proof = "document"', 'proof = "portal"', "request.subject.1.documents"),
        ('documents = ["/booklet"]\n', "", "request.subject.1.documents"),
        ('documents = ["/booklet"]', 'documents = ["/bookelt"]', "request.subject.1.documents"),
        ('documents = ["/booklet"]', 'documents = ["/kind"]', "request.subject.1.documents"),
        ('whom = "child"', 'whom = "company"', "request.subject.1.person"),
        ('whom = "child"', 'whom = "neighbour"', "request.subject[1].whom"),
        ('requester = "/parent"', 'requester = "/booklet"', "request.form/parent/cnie.x-identity"),
        ('basis = "assumed: her own"', 'basis = ""', "request.subject[0].basis"),
        # which rule it is
        ('when = "/kind"\nvalues = ["own"]', "", "request.subject.when"),
        ('values = ["own"]', 'values = ["child"]', "request.subject.values"),
        ('values = ["own"]', 'values = ["own", "other"]', "request.subject.values"),
        ('required = ["subject", "kind"]', 'required = ["subject"]', "request.subject.when"),
    ],
)
def test_subject_that_leaves_something_open_is_refused(read, old, new, key):
    assert old in BOTH
    with pytest.raises(ManifestError) as raised:
        read(BOTH.replace(old, new, 1))
    assert raised.value.key == key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('person = ["/person"]', 'person = ["/"]'),
        ('person = ["/person"]', 'person = [""]'),
        ('requester = "/parent"\n', ""),
    ],
)
def test_it_is_said_that_a_person_stands_in_an_object_of_its_own(read, old, new):
    assert old in BOTH
    with pytest.raises(ManifestError, match="stands in an object of its own"):
        read(BOTH.replace(old, new, 1))


def test_list_of_persons_is_refused(read):
    """Which of them the person would be cannot be told."""
    listed = f"""
[request.form.properties.people]
type = "array"
{TITLE}

[request.form.properties.people.items]
type = "object"
additionalProperties = false

[request.form.properties.people.items.properties]
cnie = {{ type = "string", format = "cnie", {TITLE} }}
"""
    with pytest.raises(ManifestError) as raised:
        read(BOTH.replace("[request.example]", listed + "\n[request.example]"))
    assert raised.value.key == "request.form/people/items.x-identity"


def test_only_what_is_always_bound_is_read_only(read):
    """Also where several members share one definition: only the one that is bound is marked."""
    both = read(BOTH)
    assert both.always_bound() == []
    assert "readOnly" not in str(both.localised_form("en"))
    text = f"""
[request.form.properties.person]
"$ref" = "#/$defs/somebody"
{TITLE}

[request.form.properties.other]
"$ref" = "#/$defs/somebody"
{TITLE}

[request.form."$defs".somebody]
type = "object"
additionalProperties = false

[request.form."$defs".somebody.properties]
name = {{ type = "string", x-identity = "name", {TITLE} }}
"""
    rule = OWN.replace("self", "child").replace('"claims"', '"portal"') + 'requester = "/other"\n'
    one = read(SKELETON_TEXT.replace(NOBODY, rule + text))
    assert one.always_bound() == ["/other/name"]
    shown = one.localised_form("en")["properties"]
    assert shown["other"]["properties"]["name"]["readOnly"] is True
    assert "readOnly" not in str(shown["person"])
    assert "readOnly" not in str(one.localised_form("en")["$defs"])
