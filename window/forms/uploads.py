"""Files that came with a form: each goes to the API, and what stays in the form is its id."""

from __future__ import annotations

from typing import Final

from litestar.datastructures import UploadFile
from litestar.datastructures.multi_dicts import FormMultiDict

from window.api import Api, ApiProblem
from window.forms.pointers import Schema, schema_at
from window.forms.reading import FILE_SUFFIX, ITEMS_SUFFIX, NAME_SUFFIX, Posted

_NAME: Final = 80


async def take(api: Api, schema: Schema, form: FormMultiDict, posted: Posted) -> dict[str, list[str]]:
    """Hands the files on, writes their ids into `posted`, and gives the problems by the pointer of their field."""
    errors: dict[str, list[str]] = {}
    for name, file in form.multi_items():
        if not isinstance(file, UploadFile) or not name.endswith(FILE_SUFFIX) or not file.filename:
            continue
        pointer = name.removesuffix(FILE_SUFFIX)
        part = schema_at(schema, pointer)
        if part is None:
            continue
        target = f"{pointer}/{posted.add_item(pointer)}" if part.get("type") == "array" else pointer
        try:
            posted.put(target, await hand_on(api, file))
            posted.put(target + NAME_SUFFIX, shortened(file.filename))
        except ApiProblem as problem:
            if problem.status in (401, 403):
                raise
            told = problem.errors[0]["detail"] if problem.errors else problem.detail
            errors.setdefault(pointer, []).append(f"{told} {problem.remedy}".strip())
            if target != pointer:
                posted.remove(pointer + ITEMS_SUFFIX, target.rpartition("/")[2])
    return errors


async def hand_on(api: Api, file: UploadFile) -> str:
    """The id of the attachment. Raises `ApiProblem` for a file that the API does not take."""
    stored = await api.upload(file.filename, await file.read(), file.content_type or "application/octet-stream")
    return str(stored["id"])


def shortened(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 10]}…{name[-8:]}"
