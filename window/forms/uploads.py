"""Files that came with a form: each goes to the API, and what stays in the form is its id."""

from __future__ import annotations

from typing import Final

from litestar.datastructures import UploadFile
from litestar.datastructures.multi_dicts import FormMultiDict

from window.api import Api, ApiProblem
from window.forms.mistakes import Mistake, of_file
from window.forms.pointers import Schema, schema_at
from window.forms.reading import FILE_SUFFIX, ITEMS_SUFFIX, NAME_SUFFIX, Posted
from window.translations import Texts

_NAME: Final = 80


async def take(
    api: Api, schema: Schema, form: FormMultiDict, posted: Posted, texts: Texts, most_bytes: int
) -> dict[str, list[Mistake]]:
    """Hands the files on, writes their ids into `posted`, and gives the problems by the pointer of their field."""
    errors: dict[str, list[Mistake]] = {}
    for name, file in form.items():
        if not isinstance(file, UploadFile) or not name.endswith(FILE_SUFFIX) or not file.filename:
            continue
        pointer = name.removesuffix(FILE_SUFFIX)
        part = schema_at(schema, pointer)
        if part is None:
            continue
        several = part.get("type") == "array"
        target, limits = (f"{pointer}/{posted.add_item(pointer)}", part["items"]) if several else (pointer, part)
        try:
            posted.put(target, await hand_on(api, file))
            posted.put(target + NAME_SUFFIX, shortened(file.filename))
        except ApiProblem as problem:
            if problem.status in (401, 403):
                raise
            errors.setdefault(pointer, []).append(Mistake(of_file(problem, limits, most_bytes, texts)))
            if target != pointer:
                posted.remove(pointer + ITEMS_SUFFIX, target.rpartition("/")[2])
    return errors


async def hand_on(api: Api, file: UploadFile) -> str:
    """The id of the attachment. Raises `ApiProblem` for a file that the API does not take."""
    stored = await api.upload(file.filename, await file.read(), file.content_type or "application/octet-stream")
    return str(stored["id"])


def shortened(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 10]}…{name[-8:]}"
