"""Work out a record's leaf hash anew: `leaf_hash.py RECORD.json`, an answer of `/audit/records/{index}`."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any


def leaf_hash(record: dict[str, Any]) -> str:
    """RFC 8785 and RFC 6962. A record holds no floats and its members have ASCII names, so sorting is all it takes."""
    leaf = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"\x00" + leaf.encode()).hexdigest()


if __name__ == "__main__":
    answer = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if leaf_hash(answer["record"]) != answer["leaf_hash"]:
        sys.exit(f"record {answer['index']}: the leaf hash is WRONG")
    print(f"record {answer['index']}: the leaf hash is right")
