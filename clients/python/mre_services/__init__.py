"""Client of the MRE Services API: file a case with a Moroccan portal, pay, follow it, get its documents.

```python
async with AsyncClient("https://services.example", token) as gateway:
    case = await gateway.cases.file("watiqa.birth-extract", form)
    async for event in gateway.cases.follow(case["id"]):
        print(event["text"])
```
"""

from __future__ import annotations

from mre_services import models
from mre_services.calls import ApiResponse, Download
from mre_services.client import AsyncClient, Client
from mre_services.problems import ApiProblem, GatewayUnreachable, ServiceError
from mre_services.webhook_signature import WebhookInvalid, verify_webhook

__all__ = [
    "ApiProblem",
    "ApiResponse",
    "AsyncClient",
    "Client",
    "Download",
    "GatewayUnreachable",
    "ServiceError",
    "WebhookInvalid",
    "models",
    "verify_webhook",
]
__version__ = "0.2.0"
