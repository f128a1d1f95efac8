"""Models of a SOAP portal's messages, from its WSDL: `mre-gateway connector new --from portal.wsdl`.

The types of a WSDL 1.1, XML Schema, become one module of `msgspec.Struct`, for the values that zeep reads of a message
(`msgspec.convert`). One file: nothing is fetched, and what another file would bring is refused with its name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.testing.model_writer import MOST_BYTES, MOST_SCHEMAS, BadDescription, ModelWriter

if TYPE_CHECKING:
    from lxml.etree import _Element

_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"
_XSD: Final = "http://www.w3.org/2001/XMLSchema"
_HERE: Final = "types/"
_KINDS: Final = {"simpleType": "type", "complexType": "type", "element": "element", "attribute": "attribute"}
_TYPES: Final = {
    "string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None", "bytes": "bytes",
    "decimal": "Decimal", "date": "datetime.date", "dateTime": "datetime.datetime", "time": "datetime.time",
}  # fmt: skip
_BUILT_IN: Final = {
    **dict.fromkeys(
        (
            "integer", "int", "long", "short", "byte", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
            "positiveInteger", "nonNegativeInteger", "negativeInteger", "nonPositiveInteger",
        ),
        "integer",
    ),
    **dict.fromkeys(("float", "double"), "number"),
    **{each: each for each in ("boolean", "decimal", "date", "dateTime", "time")},
    "base64Binary": "bytes",
}  # fmt: skip
"""All others are texts."""
_TEXTS: Final = frozenset({
    "string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN", "ID", "IDREF", "anyURI", "QName",
    "duration", "gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay", "hexBinary",
})  # fmt: skip
_HEAD: Final = '''"""The portal's messages, by its WSDL. Written by `connector new`; yours to change.

They are for the values that zeep reads: `msgspec.convert(zeep.helpers.serialize_object(answer, dict), Message)`. A
member that need not be there is None if it is not, one that may be repeated is a list.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
'''


def models(description: bytes) -> str:
    """The text of a Python module. Raises `BadDescription`."""
    from gateway.safe_xml import Limits, XmlRefused, parse

    try:
        root = parse(description, Limits(bytes=MOST_BYTES))
    except XmlRefused as refused:
        raise BadDescription(f"it is not XML that is read: {refused.reason}") from refused
    if root.tag != f"{_WSDL}definitions":
        raise BadDescription("it is not a WSDL 1.1: its outermost element is not `definitions`")
    for each in root.findall(f"{_WSDL}import"):
        raise BadDescription(f"it imports {_shown(each.get('location'))}; put the types of both into one file")
    schemas = _Reader(root.findall(f"{_WSDL}types/{{{_XSD}}}schema")).schemas()
    return _HEAD + ModelWriter(schemas, _HERE, _TYPES, absent="None").write()


@dataclass(slots=True)
class _Reader:
    """Makes of XML Schema what `ModelWriter` reads."""

    roots: list[_Element]
    globals: dict[tuple[str, str, str], tuple[str, _Element]] = field(default_factory=dict)
    """Kind, namespace and name of each named part -> its name in the module, and itself."""

    def schemas(self) -> dict[str, Any]:
        if not self.roots:
            raise BadDescription("it has no schema in `types`")
        namespaces = {root.get("targetNamespace", "") for root in self.roots}
        if sum(_local(node) in _KINDS for root in self.roots for node in root) > MOST_SCHEMAS:
            raise BadDescription(f"it has more than {MOST_SCHEMAS} named parts")
        taken: set[str] = set()
        for kind in dict.fromkeys(_KINDS.values()):
            for root in self.roots:
                for node in root:
                    self._must_be_here(node, namespaces)
                    if _KINDS.get(_local(node)) == kind:
                        name = node.get("name", "")
                        numbered = (name, *(f"{name} {number}" for number in range(2, MOST_SCHEMAS + 2)))
                        own = next(each for each in numbered if each not in taken)
                        taken.add(own)
                        self.globals[kind, root.get("targetNamespace", ""), name] = (own, node)
        read = {"simpleType": self._simple, "complexType": self._complex}
        return {own: read.get(_local(node), self._typed)(node) for own, node in self.globals.values()}

    def _must_be_here(self, node: _Element, namespaces: set[str]) -> None:
        if (kind := _local(node)) == "import" and node.get("namespace", "") not in namespaces:
            raise BadDescription(f"it imports {_shown(node.get('namespace'))}, which is not in the file")
        if kind in ("include", "redefine", "override"):
            raise BadDescription(f"it includes {_shown(node.get('schemaLocation'))}; put both into one file")

    def _typed(self, node: _Element) -> Any:
        """The type of an element or an attribute: named, or written in it."""
        if (name := node.get("ref")) is not None:
            return self._reference(_KINDS[_local(node)], name, node)
        if (name := node.get("type")) is not None:
            return self._reference("type", name, node)
        for each in node:
            if _local(each) == "complexType":
                return self._complex(each)
            if _local(each) == "simpleType":
                return self._simple(each)
        return True if _local(node) == "element" else {"type": "string"}

    def _reference(self, kind: str, qname: str, at: _Element) -> Any:
        prefix, _, name = qname.rpartition(":")
        namespace = at.nsmap.get(prefix or None, "")
        if namespace == _XSD:
            if name == "anyType":
                return True
            if name in ("anySimpleType", "anyAtomicType"):
                return {"type": "string"}
            if name not in _BUILT_IN and name not in _TEXTS:
                raise BadDescription(f"{_shown(qname)} of {_where(at)} is no type of XML Schema that is read")
            return {"type": _BUILT_IN.get(name, "string")}
        found = self.globals.get((kind, namespace or "", name))
        if found is None:
            raise BadDescription(f"{_where(at)} refers to {_shown(qname)}, which is not in the file")
        return {"$ref": f"{_HERE}{found[0]}"}

    def _simple(self, node: _Element) -> Any:
        for each in node:
            if _local(each) == "restriction":
                base = self._base(each)
                words = [fact.get("value", "") for fact in each if _local(fact) == "enumeration"]
                return {"type": "string", "enum": words} if words and self._is_text(base) else base
            if _local(each) == "list":
                item = each.get("itemType")
                return {"type": "array", "items": self._reference("type", item, each) if item else {"type": "string"}}
        return True  # a union: one of several

    def _base(self, node: _Element) -> Any:
        if (base := node.get("base")) is not None:
            return self._reference("type", base, node)
        return next((self._simple(each) for each in node if _local(each) == "simpleType"), {"type": "string"})

    def _is_text(self, schema: Any) -> bool:
        """Whether the words of an enumeration are texts in the end."""
        nodes = {f"{_HERE}{own}": node for own, node in self.globals.values()}
        seen = set[str]()
        while isinstance(schema, dict) and (name := schema.get("$ref")) is not None and name not in seen:
            seen.add(name)
            inner = next((each for each in nodes[name] if _local(each) == "restriction"), None)
            schema = self._base(inner) if inner is not None else None
        return schema == {"type": "string"} or (isinstance(schema, dict) and "enum" in schema)

    def _complex(self, node: _Element) -> Any:
        if node.get("mixed") in ("true", "1"):
            raise BadDescription(f"{_where(node)} mixes text and elements, which is not read")
        for each in node:
            if _local(each) == "complexContent":
                return self._derived(each)
            if _local(each) == "simpleContent":
                inner = _derivation(each)
                made = self._content(inner)
                made["properties"] = {"_value_1": self._base(inner)} | made["properties"]
                made["required"].append("_value_1")
                return made
        return self._content(node)

    def _derived(self, node: _Element) -> Any:
        inner = _derivation(node)
        own = self._content(inner)
        if _local(inner) == "restriction":  # which says the whole again
            return own
        base = self._reference("type", inner.get("base", ""), inner)
        return {"allOf": [base, own]} if base is not True else own

    def _content(self, node: _Element) -> dict[str, Any]:
        """Elements and attributes, as members of an object."""
        made: dict[str, Any] = {"properties": {}, "required": []}
        self._members(node, made, optional=False)
        return made

    def _members(self, node: _Element, made: dict[str, Any], *, optional: bool) -> None:
        for each in node:
            kind = _local(each)
            if kind in ("sequence", "all", "choice"):
                if _occurs(each, "maxOccurs") > 1:
                    raise BadDescription(f"a {kind} of {_where(each)} may be repeated, which is not read")
                apart = optional or kind == "choice" or _occurs(each, "minOccurs") == 0
                self._members(each, made, optional=apart)
            elif kind == "element":
                self._element(each, made, optional=optional)
            elif kind == "attribute" and each.get("use") != "prohibited":
                self._add(each, self._typed(each), made, required=each.get("use") == "required")
            elif kind in ("group", "attributeGroup"):
                raise BadDescription(f"{_where(each)} uses a {kind}, which is not read; write its parts there")

    def _element(self, node: _Element, made: dict[str, Any], *, optional: bool) -> None:
        most = _occurs(node, "maxOccurs")
        if most == 0:
            return
        schema = self._typed(node)
        if node.get("nillable") in ("true", "1") and schema is not True:
            schema = {"oneOf": [schema, {"type": "null"}]}
        if most > 1:
            schema = {"type": "array", "items": schema}
        self._add(node, schema, made, required=not optional and _occurs(node, "minOccurs") > 0)

    def _add(self, node: _Element, schema: Any, made: dict[str, Any], *, required: bool) -> None:
        name = node.get("name") or (node.get("ref") or "").rpartition(":")[2]
        if not name:
            raise BadDescription(f"a member of {_where(node)} has no name")
        if name in made["properties"]:
            raise BadDescription(f"{_where(node)} has {_shown(name)} twice, which is not read")
        made["properties"][name] = schema
        if required:
            made["required"].append(name)


def _derivation(node: _Element) -> _Element:
    for each in node:
        if _local(each) in ("extension", "restriction"):
            return each
    raise BadDescription(f"{_where(node)} neither extends nor restricts a type")


def _occurs(node: _Element, name: str) -> int:
    told = node.get(name, "1")
    if told == "unbounded":
        return 2
    if not told.isascii() or not told.isdigit() or len(told) > 9:
        raise BadDescription(f"{name} of {_where(node)} is {_shown(told)}")
    return int(told)


def _local(node: _Element) -> str:
    """The name of an element of XML Schema; empty for another."""
    tag = str(node.tag)
    return tag.removeprefix(f"{{{_XSD}}}") if tag.startswith(f"{{{_XSD}}}") else ""


def _where(node: _Element) -> str:
    """The named parts that it is in, outermost first."""
    names = [each.get("name") for each in (*reversed(list(node.iterancestors())), node)]
    return "/".join(each[:40] for each in names if each)[:200] or "the schema"


def _shown(text: str | None) -> str:
    return repr((text or "another file")[:80])
