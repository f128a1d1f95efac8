from __future__ import annotations

from gateway.testing import conformance

test_rokhas_conforms = conformance(__file__)
