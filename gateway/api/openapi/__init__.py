"""The OpenAPI 3.1 description of the API, for people and for generators of clients.

The framework derives paths and parameters from the routes; the rest is ours: named components, one for each thing
(`schemas`), the forms of services (`forms`), parameters, headers and errors of each operation (`operations`).
"""

from gateway.api.openapi.document import document, openapi_config

__all__ = ["document", "openapi_config"]
