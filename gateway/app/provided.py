"""What the routes are given by name: each use case with the services that it needs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.api.catalogue.pages import CataloguePages
from gateway.api.events.streams import EventStreams
from gateway.api.readiness import Readiness
from gateway.api.receipts.written_receipts import WrittenReceipts
from gateway.api.views import Presentation
from gateway.audit.anomalies import WorkingTime
from gateway.audit.reader import AuditReader
from gateway.cases.commands.act_on_case import ActOnCase
from gateway.cases.commands.attempt_reports import AttemptReports
from gateway.cases.commands.card_access import CardAccess
from gateway.cases.commands.case_access import CaseAccess
from gateway.cases.commands.case_notes import CaseNotes
from gateway.cases.commands.choose_slot import ChooseSlot
from gateway.cases.commands.concerned_people import ConcernedPeople
from gateway.cases.commands.draft_access import DraftAccess
from gateway.cases.commands.examine_demand import ExamineDemand
from gateway.cases.commands.file_case import FileCase
from gateway.cases.commands.find_anomalies import FindAnomalies
from gateway.cases.commands.find_appointments import FindAppointments
from gateway.cases.commands.give_event_ticket import GiveEventTicket
from gateway.cases.commands.give_mandate import GiveMandate
from gateway.cases.commands.hand_over_mandate import HandOverMandate
from gateway.cases.commands.issue_card import IssueCard
from gateway.cases.commands.keep_draft import CreateDraft, DeleteDraft, DraftCheck, ReplaceDraft
from gateway.cases.commands.list_accesses import ListAccesses
from gateway.cases.commands.list_cases import ListCases
from gateway.cases.commands.list_mandates import ListMandates
from gateway.cases.commands.open_payment import OpenPayment
from gateway.cases.commands.prefill_form import PrefillForm
from gateway.cases.commands.prove_call import ProveCall
from gateway.cases.commands.read_document import ReadDocument
from gateway.cases.commands.read_feed import ReadFeed
from gateway.cases.commands.read_me import ReadMe
from gateway.cases.commands.receive_callback import ReceiveCallback
from gateway.cases.commands.report_portals import ReportPortals
from gateway.cases.commands.revoke_card import RevokeCard
from gateway.cases.commands.revoke_mandate import RevokeMandate
from gateway.cases.commands.serve_post import ServePost
from gateway.cases.commands.store_attachment import ReuseDocument, StoreAttachment
from gateway.cases.commands.stream_records import StreamRecords
from gateway.cases.commands.take_mandate import TakeMandate
from gateway.cases.commands.track_reference import TrackReference
from gateway.cases.commands.unit_of_work import IdempotentWrites
from gateway.cases.commands.update_preferences import ReadPreferences, UpdatePreferences
from gateway.cases.commands.validate_demand import ValidateDemand
from gateway.cases.commands.withdraw import Withdraw
from gateway.cases.feed import Positions
from gateway.cases.notes import Notes
from gateway.cases.tracking import ProofTracking
from gateway.notifications.commands.change_webhook import ChangeWebhook, PauseWebhook, RemoveWebhook, ResumeWebhook
from gateway.notifications.commands.register_webhook import RegisterWebhook
from gateway.notifications.commands.report_operations import ReportOperations
from gateway.notifications.commands.rotate_webhook_secret import RotateWebhookSecret
from gateway.notifications.commands.send_address_code import SendAddressCode
from gateway.notifications.commands.send_test_event import RepeatDelivery, SendTestEvent
from gateway.notifications.commands.verify_address import VerifyAddress
from gateway.notifications.commands.verify_webhook import VerifyWebhook
from gateway.notifications.commands.webhook_access import WebhookAccess
from gateway.notifications.messages.carriers import channels_of
from gateway.notifications.messages.list_messages import ListMessages
from gateway.time_zones import MOROCCO

if TYPE_CHECKING:
    from gateway.app.gateway import Gateway


def provided_services(gateway: Gateway) -> dict[str, object]:
    """By the name of the parameter that a handler declares."""
    settings, storage, mandates = gateway.settings, gateway.storage, gateway.mandates
    cases, portals, catalogue, cards = gateway.cases, gateway.portals, gateway.catalogue, gateway.cards
    call_seconds = settings.server.call_seconds
    attempts = AttemptReports(storage=storage, quotas=gateway.quotas, audit=gateway.audit)
    access = CaseAccess(cases=cases, catalogue=catalogue, attempts=attempts)
    drafts = gateway.drafts
    draft_access = DraftAccess(drafts=drafts, cases=access, attempts=attempts)
    draft_check = DraftCheck(catalogue=catalogue, drafts=drafts, forms=settings.forms)
    card_access = CardAccess(cards=cards, attempts=attempts)
    writes = IdempotentWrites(
        storage=storage,
        idempotency=gateway.idempotency,
        mandates=mandates,
        audit=gateway.audit,
        accepting=gateway.state.accepting,
        wake_worker=gateway.due.send,
    )
    webhooks = WebhookAccess(endpoints=gateway.endpoints, deliveries=gateway.deliveries, settings=settings.webhooks)
    read_document = ReadDocument(portals=portals, call_seconds=call_seconds)
    store_attachment = StoreAttachment(
        writes=writes,
        attachments=gateway.attachments,
        inspection=gateway.inspection,
        quotas=gateway.quotas,
        accepting=gateway.state.accepting,
    )
    people = ConcernedPeople(audit=gateway.audit, ring=gateway.ring)
    examine = ExamineDemand(
        access=access,
        catalogue=catalogue,
        cases=cases,
        cards=cards,
        examiner=gateway.examiner,
        drafts=draft_access,
        languages=tuple(settings.languages),
    )
    presentation = Presentation(
        messages=gateway.messages, catalogue=catalogue, card_issuer=cards.issuer, public_url=settings.public_url
    )
    return {
        "settings": settings,
        "server_state": gateway.state,
        "messages": gateway.messages,
        "presentation": presentation,
        "catalogue_pages": CataloguePages(
            settings=settings,
            catalogue=catalogue,
            presentation=presentation,
            lookups=gateway.lookups,
            cache=gateway.catalogue_cache,
        ),
        "prefill_form": PrefillForm(cases=cases, access=access, preferences=gateway.preferences),
        "indicators": gateway.indicators,
        "portals": portals,
        "report_portals": ReportPortals(storage=storage, catalogue=catalogue, indicators=gateway.indicators),
        "report_operations": ReportOperations(storage=storage),
        # cases
        "cases": cases,
        "case_access": access,
        "list_cases": ListCases(access=access, cases=cases, catalogue=catalogue),
        "file_case": FileCase(
            writes=writes,
            examine=examine,
            intake=gateway.intake,
            drafts=drafts,
            quotas=gateway.quotas,
            people=people,
        ),
        "validate_demand": ValidateDemand(
            examine=examine, portals=portals, storage=storage, quotas=gateway.quotas, people=people
        ),
        "open_payment": OpenPayment(
            writes=writes, access=access, cases=cases, payments=gateway.payments, clients=gateway.clients
        ),
        "choose_slot": ChooseSlot(
            writes=writes,
            access=access,
            cases=cases,
            catalogue=catalogue,
            appointments=gateway.appointments,
            mandates=mandates,
            call_seconds=call_seconds,
        ),
        "act_on_case": ActOnCase(writes=writes, access=access, cases=cases, attachments=gateway.attachments),
        "withdraw": Withdraw(
            writes=writes,
            access=access,
            cases=cases,
            portals=portals,
            mandates=mandates,
            lease_seconds=settings.journeys.lease_seconds,
        ),
        "read_document": read_document,
        "written_receipts": WrittenReceipts(
            messages=gateway.messages, at_once=settings.server.receipts_written_at_once
        ),
        "store_attachment": store_attachment,
        "reuse_document": ReuseDocument(
            writes=writes, access=access, cases=cases, documents=read_document, store=store_attachment
        ),
        "read_feed": ReadFeed(
            access=access,
            feeds=gateway.feeds,
            positions=Positions(bytes.fromhex(gateway.ring.digest("feed-position"))),
        ),
        "give_event_ticket": GiveEventTicket(writes=writes, access=access, tickets=gateway.tickets),
        "stream_records": StreamRecords(storage=storage, audit=gateway.audit, seconds=settings.events.record_seconds),
        "event_streams": EventStreams(
            verifier=gateway.verifier,
            mandates=mandates,
            quotas=gateway.quotas,
            watcher=gateway.watcher,
            state=gateway.state,
            most=settings.server.event_stream_max,
        ),
        # drafts
        "draft_access": draft_access,
        "create_draft": CreateDraft(
            writes=writes, drafts=drafts, check=draft_check, catalogue=catalogue, quotas=gateway.quotas
        ),
        "replace_draft": ReplaceDraft(writes=writes, access=draft_access, drafts=drafts, check=draft_check),
        "delete_draft": DeleteDraft(writes=writes, access=draft_access, drafts=drafts),
        # portals
        "track_reference": TrackReference(
            portals=portals,
            tracking=ProofTracking(storage, portals, gateway.audit, settings.tracking),
            cases=cases,
            access=access,
            ring=gateway.ring,
            call_seconds=call_seconds,
        ),
        "find_appointments": FindAppointments(
            appointments=gateway.appointments, catalogue=catalogue, call_seconds=call_seconds
        ),
        "receive_callback": ReceiveCallback(
            portals=portals,
            payments=gateway.payments,
            cases=cases,
            callback_seconds=settings.server.callback_seconds,
            wake_worker=gateway.due.send,
        ),
        # cards
        "cards": cards,
        "card_access": card_access,
        "issue_card": IssueCard(writes=writes, cards=cards, quotas=gateway.quotas),
        "revoke_card": RevokeCard(writes=writes, access=card_access, cards=cards),
        # mandates
        "clients": gateway.clients,
        "list_mandates": ListMandates(storage=storage, mandates=mandates, audit=gateway.audit),
        "give_mandate": GiveMandate(
            writes=writes,
            mandates=mandates,
            quotas=gateway.quotas,
            clients=gateway.clients,
            catalogue=catalogue,
            portals=portals,
        ),
        "take_mandate": TakeMandate(writes=writes, mandates=mandates),
        "revoke_mandate": RevokeMandate(writes=writes, mandates=mandates, attempts=attempts),
        "hand_over_mandate": HandOverMandate(writes=writes, mandates=mandates, attempts=attempts),
        # posts
        "serve_post": ServePost(storage=storage, writes=writes, cases=cases, cards=cards, mandates=mandates),
        "case_notes": CaseNotes(storage=storage, writes=writes, access=access, cases=cases, notes=Notes(gateway.vault)),
        # the caller herself
        "read_me": ReadMe(preferences=gateway.preferences, mandates=mandates),
        "list_messages": ListMessages(storage=storage),
        "read_preferences": ReadPreferences(preferences=gateway.preferences),
        "update_preferences": UpdatePreferences(
            writes=writes,
            preferences=gateway.preferences,
            languages=(*settings.languages, *settings.catalogue_languages),
        ),
        "send_address_code": SendAddressCode(
            writes=writes,
            storage=storage,
            preferences=gateway.preferences,
            ring=gateway.ring,
            settings=settings.messages,
            channels=channels_of(settings.messages),
            wake=gateway.wake_messages,
        ),
        "verify_address": VerifyAddress(
            writes=writes, storage=storage, preferences=gateway.preferences, ring=gateway.ring
        ),
        # webhooks
        "deliveries": gateway.deliveries,
        "webhook_access": webhooks,
        "register_webhook": RegisterWebhook(writes=writes, access=webhooks, rules=gateway.webhook_sender.rules),
        "change_webhook": ChangeWebhook(writes=writes, access=webhooks, rules=gateway.webhook_sender.rules),
        "pause_webhook": PauseWebhook(writes=writes, access=webhooks),
        "resume_webhook": ResumeWebhook(writes=writes, access=webhooks),
        "remove_webhook": RemoveWebhook(writes=writes, access=webhooks),
        "rotate_webhook_secret": RotateWebhookSecret(writes=writes, access=webhooks),
        "verify_webhook": VerifyWebhook(writes=writes, access=webhooks, sender=gateway.webhook_sender),
        "send_test_event": SendTestEvent(writes=writes, access=webhooks),
        "repeat_delivery": RepeatDelivery(writes=writes, access=webhooks),
        # the log
        "ring": gateway.ring,
        "checkpointer": gateway.checkpointer,
        "audit_reader": AuditReader(
            storage=storage,
            checkpointer=gateway.checkpointer,
            vault=gateway.vault,
            scan_records=settings.audit.scan_records,
            density_records=settings.audit.density_records,
        ),
        "find_anomalies": FindAnomalies(
            storage=storage,
            catalogue=catalogue,
            scan_records=settings.audit.scan_records,
            working=WorkingTime(
                first_hour=settings.audit.working_hours[0],
                end_hour=settings.audit.working_hours[1],
                days=settings.audit.working_days,
                zone=MOROCCO,
            ),
        ),
        "list_accesses": ListAccesses(storage=storage, access=access, ring=gateway.ring, mandates=mandates),
        "prove_call": ProveCall(storage=storage, checkpointer=gateway.checkpointer, ring=gateway.ring, access=access),
        # the process
        "readiness": Readiness(
            storage=storage,
            audit=gateway.audit,
            anchors=gateway.anchors,
            ring=gateway.ring,
            verifier=gateway.verifier,
            portals=portals,
            state=gateway.state,
            journeys_alive=gateway.journeys_alive,
            blocked_loop=gateway.blocked_loop,
            blocked_told=timedelta(seconds=gateway.settings.server.blocked_loop_told_seconds),
            probed=gateway.settings.plugins.probe_hours > 0,
        ),
        "metrics_page": gateway.metrics_page,
        "published_keys": gateway.published_keys,
    }
