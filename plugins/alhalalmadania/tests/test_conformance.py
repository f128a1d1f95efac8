from __future__ import annotations

from gateway.testing import conformance

test_alhalalmadania_conforms = conformance(__file__)
