from gateway.testing import conformance

test_plugin = conformance(__file__)
