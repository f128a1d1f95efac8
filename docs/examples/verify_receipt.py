"""Verify a receipt: `verify_receipt.py RECEIPT.json JWKS.json`. Nobody is asked; the two files are enough."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jwt


def verify(receipt: str, keys: dict[str, object]) -> dict[str, object]:
    """The claims of the receipt. Raises `jwt.PyJWTError` if it is not genuine."""
    known = {key.key_id: key for key in jwt.PyJWKSet.from_dict(keys).keys}
    key = known.get(jwt.get_unverified_header(receipt).get("kid"))
    if key is None:
        raise jwt.InvalidKeyError("none of these keys signed it")
    return json.loads(jwt.PyJWS().decode(receipt, key, algorithms=["EdDSA"]))


if __name__ == "__main__":
    answer, jwks = (json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:3])
    try:
        claims = verify(answer["receipt"], jwks)
    except jwt.PyJWTError as error:
        sys.exit(f"not genuine: {error}")
    print(f"genuine, signed by {jwt.get_unverified_header(answer['receipt'])['kid']}")
    print(f"{claims['service']['id']}, filed {claims['filed_at']}")
    print(f"deadline {claims['deadline']['on']}, {claims['deadline']['basis']}")
