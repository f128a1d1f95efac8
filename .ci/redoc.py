"""Write `gateway/api/reference/redoc.standalone.js` from the npm package of Redoc: `npm pack redoc@2.5.4`, then
`.venv/bin/python .ci/redoc.py redoc-2.5.4.tgz`.

One address is taken out: the picture beside "API docs by Redocly", which the page would fetch from a foreign host. And
the line that names a source map, which is not shipped.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import tarfile
from pathlib import Path
from typing import Final

VERSION: Final = "2.5.4"
INTEGRITY: Final = "M6jWhG1qoBnH6TFmzJnstyCZ87HmOY/UzDm78mHiYihEdlV/YcS9ogOo1NlElnJMeLsyxHFe2yFc4sNjHTrABQ=="
"""SHA-512 of the package, as npm's registry gives it."""
FOLDER: Final = Path(__file__).parent.parent / "gateway" / "api" / "reference" / "assets"
_PICTURE: Final = re.compile(rb'"https://cdn\.redoc\.ly/[^"]*"')
_SOURCE_MAP: Final = re.compile(rb"\n//# sourceMappingURL=\S+\s*$")


def main() -> None:
    package = Path(sys.argv[1])
    digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if digest != INTEGRITY:
        raise SystemExit(f"{package} is not redoc {VERSION}: its SHA-512 is {digest}")
    with tarfile.open(package) as archive:

        def read(name: str) -> bytes:
            found = archive.extractfile(f"package/{name}")
            assert found is not None
            return found.read()

        script, pictures = _PICTURE.subn(b'"data:,"', read("bundles/redoc.standalone.js"))
        assert pictures == 1, pictures
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / "redoc.standalone.js").write_bytes(_SOURCE_MAP.sub(b"\n", script))
        licences = read("LICENSE") + b"\n" + read("bundles/redoc.standalone.js.LICENSE.txt")
        (FOLDER / "redoc.standalone.js.LICENSE.txt").write_bytes(licences)


if __name__ == "__main__":
    main()
