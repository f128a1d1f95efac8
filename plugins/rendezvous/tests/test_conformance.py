from __future__ import annotations

from gateway.testing import conformance

test_rendezvous_conforms = conformance(__file__)
