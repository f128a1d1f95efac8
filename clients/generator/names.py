"""How each operation of the API is called in the clients: the one list that is written by hand.

A key is an `operationId`, with a media type behind it where the operation answers in several. A value is
`resource.method`, with the method that goes through all pages behind `+`. An operation that is missing here, or is here
and no longer in the description, ends the generator.
"""

from __future__ import annotations

from typing import Final

METHODS: Final = {
    "listServices": "services.list + each",
    "getService": "services.get",
    "getFormVocabulary": "services.form_vocabulary",
    "listCommunes": "places.communes + each_commune",
    "listCountries": "places.countries + each_country",
    "listProvinces": "places.provinces + each_province",
    "listPosts": "posts.list + each",
    "listSlots": "slots.list + each",
    "listCases": "cases.list + each",
    "createCase": "cases.file",
    "validateCase": "cases.validate",
    "getCase": "cases.get",
    "actOnCase": "cases.act",
    "chooseSlot": "cases.choose_slot",
    "payCase": "cases.pay",
    "withdrawCase": "cases.withdraw",
    "listCaseEvents application/json": "cases.events + each_event",
    "listCaseEvents text/event-stream": "cases.follow",
    "getReceipt application/json": "cases.receipt",
    "getReceipt text/html": "cases.receipt_html",
    "getReceipt application/pdf": "cases.receipt_pdf",
    "getDocument": "cases.document",
    "listPayments": "payments.list + each",
    "getPayment": "payments.get",
    "createAttachment": "attachments.upload",
    "reuseDocument": "attachments.reuse",
    "listDrafts": "drafts.list + each",
    "createDraft": "drafts.create",
    "getDraft": "drafts.get",
    "updateDraft": "drafts.update",
    "deleteDraft": "drafts.delete",
    "listEvents application/json": "events.list",
    "listEvents text/event-stream": "events.stream",
    "createEventTicket": "events.ticket",
    "track": "tracking.get",
    "getMe": "me.get",
    "getMyPreferences": "me.preferences",
    "updateMyPreferences": "me.update_preferences",
    "listMyMessages": "me.messages + each_message",
    "listMyAccesses": "me.accesses + each_access",
    "listMandates": "mandates.list + each",
    "giveMandate": "mandates.give",
    "takeMandate": "mandates.take",
    "revokeMandate": "mandates.revoke",
    "listCards": "cards.list + each",
    "createCard": "cards.create",
    "getCard application/json": "cards.get",
    "getCard image/svg+xml": "cards.svg",
    "getCard image/png": "cards.png",
    "revokeCard": "cards.revoke",
    "getCardStatusList": "cards.status_list",
    "getCardIssuer": "cards.issuer",
    "listWebhooks": "webhooks.list + each",
    "createWebhook": "webhooks.create",
    "getWebhook": "webhooks.get",
    "updateWebhook": "webhooks.update",
    "deleteWebhook": "webhooks.delete",
    "pauseWebhook": "webhooks.pause",
    "resumeWebhook": "webhooks.resume",
    "verifyWebhook": "webhooks.verify",
    "testWebhook": "webhooks.test",
    "rotateWebhookSecret": "webhooks.rotate_secret",
    "listWebhookDeliveries": "webhooks.deliveries + each_delivery",
    "getWebhookDelivery": "webhooks.delivery",
    "redeliverWebhook": "webhooks.redeliver",
    "listIndicators application/json": "indicators.list",
    "listIndicators text/csv": "indicators.csv",
    "listRecords": "audit.records + each_record",
    "getRecord": "audit.record",
    "getBodies": "audit.bodies",
    "exportRecords application/x-ndjson": "audit.export",
    "exportRecords text/csv": "audit.export_csv",
    "resolveSubject": "audit.resolve_subject",
    "getReceiptOfCall": "audit.receipt",
    "getGateway": "gateway.get",
    "getKeys": "gateway.keys",
    "getResourceMetadata": "gateway.resource_metadata",
}

LEFT_OUT: Final = {"withdrawCaseByOldPath": "deprecated: `cases.withdraw` is the same"}
"""Operations without a method, and why."""

MEDIA_PARAMETERS: Final = frozenset({"format", "ticket"})
"""Query parameters that the clients do not offer: the method says the format, and a client sends its token. Where an
operation has a format without a method of its own (`ocsf`), `request` reaches it."""
