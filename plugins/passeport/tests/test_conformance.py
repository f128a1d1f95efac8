from __future__ import annotations

from gateway.testing import conformance

test_passeport_conforms = conformance(__file__)
