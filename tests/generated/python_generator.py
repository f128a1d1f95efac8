"""Files a case with the Python client of openapi-generator: `python_generator.py URL TOKEN`."""

import json
import sys
from uuid import uuid4

from client import ApiClient, CaseRequest, CasesApi, Configuration, EchoNoteForm, EchoNoteRequest
from client.exceptions import NotFoundException

url, token = sys.argv[1:]
with ApiClient(Configuration(host=url, access_token=token)) as connection:
    api = CasesApi(connection)
    demand = EchoNoteRequest(service="echo.note", form=EchoNoteForm(text="by openapi-generator"))
    filed = api.create_case(idempotency_key=str(uuid4()), case_request=CaseRequest(demand))
    read = api.get_case(case_id=filed.id)
    page = api.list_cases(limit=100)
    events = api.list_case_events(case_id=filed.id)
    try:
        api.get_case(case_id="case_unknown")
        code = None
    except NotFoundException as error:
        code = json.loads(error.body)["code"]
    print(
        json.dumps(
            {
                "id": filed.id,
                "service": read.service,
                "listed": [each.id for each in page.data],
                "events": [str(each.code.value) for each in events.data],
                "code": code,
            }
        )
    )
