"""The words of our own in forms: what a frontend needs to draw one, beyond JSON Schema.

`authored.schema.json` is what `services.toml` may say, `served.schema.json` what the API answers; both are explained in
`docs/reference/form-vocabulary.md`, which is made from them. `members.toml` has members that many forms ask for.
"""

from __future__ import annotations
