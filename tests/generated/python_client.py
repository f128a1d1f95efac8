"""Files a case with the client of openapi-python-client: `python_client.py URL TOKEN`."""

import json
import sys
from uuid import uuid4

from client import AuthenticatedClient
from client.api.cases import create_case, get_case, list_case_events, list_cases
from client.models import Case, CaseEventPage, CasePage, EchoNoteForm, EchoNoteRequest, EchoNoteRequestService, Problem

url, token = sys.argv[1:]
api = AuthenticatedClient(base_url=url, token=token)
demand = EchoNoteRequest(service=EchoNoteRequestService.ECHO_NOTE, form=EchoNoteForm(text="by openapi-python-client"))
filed = create_case.sync(client=api, body=demand, idempotency_key=str(uuid4()))
assert isinstance(filed, Case), filed
read = get_case.sync(filed.id, client=api)
assert isinstance(read, Case), read
page = list_cases.sync(client=api, limit=100)
assert isinstance(page, CasePage), page
events = list_case_events.sync(filed.id, client=api)
assert isinstance(events, CaseEventPage), events
missing = get_case.sync("case_unknown", client=api)
assert isinstance(missing, Problem), missing
print(
    json.dumps(
        {
            "id": filed.id,
            "service": read.service,
            "listed": [each.id for each in page.data],
            "events": [each.code.value for each in events.data],
            "code": missing.code.value,
        }
    )
)
