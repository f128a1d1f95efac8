"""What the API sends and takes. Written by `make clients`.

Made of 55c91d845502be85daeae5655d089c471725727eee5f2ec2f5f5caf9d8bae710,
adds up to 7d7338b3cea6c61d6b71ffaee6e0178c02d41dbf94b1437b1b5ff50d08811e72.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

ActionCode: TypeAlias = Literal[
    "act_not_found",
    "act_under_correction",
    "act_unreadable",
    "address_incomplete",
    "adult_only",
    "amount_mismatch",
    "answer_refused",
    "appeal",
    "as_you_asked",
    "choose_slot",
    "confirm",
    "consular_registration_not_found",
    "country_unknown",
    "deadline_passed",
    "declaration_not_accepted",
    "demand_refused",
    "fee_due",
    "form_not_accepted",
    "guardian_consent_missing",
    "guardian_missing",
    "identity_mismatch",
    "minor_only",
    "officer_refused",
    "parcel_lost",
    "parcel_returned",
    "passport_not_found",
    "passport_reported_lost",
    "pay",
    "payment_not_captured",
    "payment_not_made",
    "photo_not_accepted",
    "postcode_invalid",
    "pre_application_expired",
    "provide_document",
    "rate",
    "requester_not_entitled",
    "returned_to_sender",
    "service_unknown",
    "slot_change",
    "slot_due",
    "slot_not_chosen",
    "stamp_already_used",
    "stamp_cancelled",
    "stamp_expired",
    "stamp_invalid",
    "stamp_missing",
    "stamp_not_found",
    "withdraw",
    "withdrawn_at_portal",
    "withdrawn_by_person",
]


ActionType: TypeAlias = Literal["pay", "choose_slot", "provide_document", "confirm", "rate", "appeal", "withdraw"]


class AddressCodeRequest(TypedDict):
    channel: Literal["email", "sms"]


class AddressVerificationRequest(TypedDict):
    channel: Literal["email", "sms"]
    code: str


class AlhalalmadaniaBirthCopyFormAct(TypedDict):
    """
    Record.
    """

    number: str
    register_year: int


AlhalalmadaniaBirthCopyFormCapacity: TypeAlias = Literal[
    "self", "parent", "child", "spouse", "guardian", "representative"
]


class AlhalalmadaniaBirthCopyFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


AlhalalmadaniaBirthCopyFormCopy: TypeAlias = Literal["extract", "full"]


AlhalalmadaniaBirthCopyFormEvidenceItemKind: TypeAlias = Literal["proof_of_capacity", "family_booklet", "other"]


class AlhalalmadaniaBirthCopyFormEvidenceItem(TypedDict):
    """
    Document.
    """

    kind: AlhalalmadaniaBirthCopyFormEvidenceItemKind
    file: str


class AlhalalmadaniaBirthCopyFormPerson(TypedDict):
    """
    Person named in the record.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: str
    cnie: NotRequired[str]
    idcs: NotRequired[str]


AlhalalmadaniaBirthCopyFormRegisterRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


AlhalalmadaniaBirthCopyFormRegisterSource: TypeAlias = Literal["commune", "consular"]


class AlhalalmadaniaBirthCopyFormRegister(TypedDict):
    """
    Register that holds the record. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    source: AlhalalmadaniaBirthCopyFormRegisterSource
    country: NotRequired[str]
    region: NotRequired[AlhalalmadaniaBirthCopyFormRegisterRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    office: str


class AlhalalmadaniaBirthCopyForm(TypedDict):
    register: AlhalalmadaniaBirthCopyFormRegister
    act: AlhalalmadaniaBirthCopyFormAct
    person: AlhalalmadaniaBirthCopyFormPerson
    copy: AlhalalmadaniaBirthCopyFormCopy
    capacity: AlhalalmadaniaBirthCopyFormCapacity
    evidence: NotRequired[list[AlhalalmadaniaBirthCopyFormEvidenceItem]]
    contact: AlhalalmadaniaBirthCopyFormContact


class AlhalalmadaniaBirthCopyRequest(TypedDict):
    """
    Copy of a birth record
    """

    service: Literal["alhalalmadania.birth-copy"]
    form: AlhalalmadaniaBirthCopyForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


AlhalalmadaniaBirthDeclarationFormCapacity: TypeAlias = Literal["father", "mother", "relative", "guardian"]


AlhalalmadaniaBirthDeclarationFormChildSex: TypeAlias = Literal["female", "male"]


class AlhalalmadaniaBirthDeclarationFormChild(TypedDict):
    """
    Child.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    sex: AlhalalmadaniaBirthDeclarationFormChildSex


class AlhalalmadaniaBirthDeclarationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class AlhalalmadaniaBirthDeclarationFormEvent(TypedDict):
    """
    Birth.
    """

    date: str
    place: str
    country: str


AlhalalmadaniaBirthDeclarationFormEvidenceItemKind: TypeAlias = Literal[
    "birth_certificate", "family_booklet", "court_judgment", "other"
]


class AlhalalmadaniaBirthDeclarationFormEvidenceItem(TypedDict):
    """
    Document.
    """

    kind: AlhalalmadaniaBirthDeclarationFormEvidenceItemKind
    file: str


class AlhalalmadaniaBirthDeclarationFormFather(TypedDict):
    """
    Father.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


class AlhalalmadaniaBirthDeclarationFormJudgment(TypedDict):
    """
    Court judgment. Only if the time limit for the declaration has passed.
    """

    court: str
    number: str
    date: str


class AlhalalmadaniaBirthDeclarationFormMother(TypedDict):
    """
    Mother.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


AlhalalmadaniaBirthDeclarationFormRegisterRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


AlhalalmadaniaBirthDeclarationFormRegisterSource: TypeAlias = Literal["commune", "consular"]


class AlhalalmadaniaBirthDeclarationFormRegister(TypedDict):
    """
    Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    source: AlhalalmadaniaBirthDeclarationFormRegisterSource
    country: NotRequired[str]
    region: NotRequired[AlhalalmadaniaBirthDeclarationFormRegisterRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    office: str


class AlhalalmadaniaBirthDeclarationForm(TypedDict):
    register: AlhalalmadaniaBirthDeclarationFormRegister
    event: AlhalalmadaniaBirthDeclarationFormEvent
    child: AlhalalmadaniaBirthDeclarationFormChild
    father: AlhalalmadaniaBirthDeclarationFormFather
    mother: AlhalalmadaniaBirthDeclarationFormMother
    capacity: AlhalalmadaniaBirthDeclarationFormCapacity
    judgment: NotRequired[AlhalalmadaniaBirthDeclarationFormJudgment]
    evidence: NotRequired[list[AlhalalmadaniaBirthDeclarationFormEvidenceItem]]
    contact: AlhalalmadaniaBirthDeclarationFormContact


class AlhalalmadaniaBirthDeclarationRequest(TypedDict):
    """
    Pre-declaration of a birth
    """

    service: Literal["alhalalmadania.birth-declaration"]
    form: AlhalalmadaniaBirthDeclarationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class AlhalalmadaniaDeathCopyFormAct(TypedDict):
    """
    Record.
    """

    number: str
    register_year: int


AlhalalmadaniaDeathCopyFormCapacity: TypeAlias = Literal["spouse", "child", "parent", "heir", "representative"]


class AlhalalmadaniaDeathCopyFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


AlhalalmadaniaDeathCopyFormCopy: TypeAlias = Literal["extract", "full"]


class AlhalalmadaniaDeathCopyFormDeceased(TypedDict):
    """
    Deceased.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


AlhalalmadaniaDeathCopyFormEvidenceItemKind: TypeAlias = Literal["proof_of_capacity", "family_booklet", "other"]


class AlhalalmadaniaDeathCopyFormEvidenceItem(TypedDict):
    """
    Document.
    """

    kind: AlhalalmadaniaDeathCopyFormEvidenceItemKind
    file: str


AlhalalmadaniaDeathCopyFormRegisterRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


AlhalalmadaniaDeathCopyFormRegisterSource: TypeAlias = Literal["commune", "consular"]


class AlhalalmadaniaDeathCopyFormRegister(TypedDict):
    """
    Register that holds the record. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    source: AlhalalmadaniaDeathCopyFormRegisterSource
    country: NotRequired[str]
    region: NotRequired[AlhalalmadaniaDeathCopyFormRegisterRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    office: str


class AlhalalmadaniaDeathCopyForm(TypedDict):
    register: AlhalalmadaniaDeathCopyFormRegister
    act: AlhalalmadaniaDeathCopyFormAct
    deceased: AlhalalmadaniaDeathCopyFormDeceased
    copy: AlhalalmadaniaDeathCopyFormCopy
    capacity: AlhalalmadaniaDeathCopyFormCapacity
    evidence: NotRequired[list[AlhalalmadaniaDeathCopyFormEvidenceItem]]
    contact: AlhalalmadaniaDeathCopyFormContact


class AlhalalmadaniaDeathCopyRequest(TypedDict):
    """
    Copy of a death record
    """

    service: Literal["alhalalmadania.death-copy"]
    form: AlhalalmadaniaDeathCopyForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


AlhalalmadaniaDeathDeclarationFormCapacity: TypeAlias = Literal["spouse", "child", "relative", "representative"]


class AlhalalmadaniaDeathDeclarationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


AlhalalmadaniaDeathDeclarationFormDeceasedSex: TypeAlias = Literal["female", "male"]


class AlhalalmadaniaDeathDeclarationFormDeceased(TypedDict):
    """
    Deceased.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    sex: AlhalalmadaniaDeathDeclarationFormDeceasedSex
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


class AlhalalmadaniaDeathDeclarationFormEvent(TypedDict):
    """
    Death.
    """

    date: str
    place: str
    country: str


AlhalalmadaniaDeathDeclarationFormEvidenceItemKind: TypeAlias = Literal["death_certificate", "court_judgment", "other"]


class AlhalalmadaniaDeathDeclarationFormEvidenceItem(TypedDict):
    """
    Document.
    """

    kind: AlhalalmadaniaDeathDeclarationFormEvidenceItemKind
    file: str


class AlhalalmadaniaDeathDeclarationFormJudgment(TypedDict):
    """
    Court judgment. Only if the time limit for the declaration has passed.
    """

    court: str
    number: str
    date: str


AlhalalmadaniaDeathDeclarationFormRegisterRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


AlhalalmadaniaDeathDeclarationFormRegisterSource: TypeAlias = Literal["commune", "consular"]


class AlhalalmadaniaDeathDeclarationFormRegister(TypedDict):
    """
    Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    source: AlhalalmadaniaDeathDeclarationFormRegisterSource
    country: NotRequired[str]
    region: NotRequired[AlhalalmadaniaDeathDeclarationFormRegisterRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    office: str


class AlhalalmadaniaDeathDeclarationForm(TypedDict):
    register: AlhalalmadaniaDeathDeclarationFormRegister
    event: AlhalalmadaniaDeathDeclarationFormEvent
    deceased: AlhalalmadaniaDeathDeclarationFormDeceased
    capacity: AlhalalmadaniaDeathDeclarationFormCapacity
    judgment: NotRequired[AlhalalmadaniaDeathDeclarationFormJudgment]
    evidence: NotRequired[list[AlhalalmadaniaDeathDeclarationFormEvidenceItem]]
    contact: AlhalalmadaniaDeathDeclarationFormContact


class AlhalalmadaniaDeathDeclarationRequest(TypedDict):
    """
    Pre-declaration of a death
    """

    service: Literal["alhalalmadania.death-declaration"]
    form: AlhalalmadaniaDeathDeclarationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


AlhalalmadaniaDivorceDeclarationFormCapacity: TypeAlias = Literal["spouse", "representative"]


class AlhalalmadaniaDivorceDeclarationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class AlhalalmadaniaDivorceDeclarationFormEvent(TypedDict):
    """
    Divorce.
    """

    date: str
    place: str
    country: str


AlhalalmadaniaDivorceDeclarationFormEvidenceItemKind: TypeAlias = Literal["divorce_judgment", "court_judgment", "other"]


class AlhalalmadaniaDivorceDeclarationFormEvidenceItem(TypedDict):
    """
    Document.
    """

    kind: AlhalalmadaniaDivorceDeclarationFormEvidenceItemKind
    file: str


class AlhalalmadaniaDivorceDeclarationFormHusband(TypedDict):
    """
    Husband.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


class AlhalalmadaniaDivorceDeclarationFormJudgment(TypedDict):
    """
    Court judgment. Only if the time limit for the declaration has passed.
    """

    court: str
    number: str
    date: str


AlhalalmadaniaDivorceDeclarationFormRegisterRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


AlhalalmadaniaDivorceDeclarationFormRegisterSource: TypeAlias = Literal["commune", "consular"]


class AlhalalmadaniaDivorceDeclarationFormRegister(TypedDict):
    """
    Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    source: AlhalalmadaniaDivorceDeclarationFormRegisterSource
    country: NotRequired[str]
    region: NotRequired[AlhalalmadaniaDivorceDeclarationFormRegisterRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    office: str


class AlhalalmadaniaDivorceDeclarationFormWife(TypedDict):
    """
    Wife.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


class AlhalalmadaniaDivorceDeclarationForm(TypedDict):
    register: AlhalalmadaniaDivorceDeclarationFormRegister
    event: AlhalalmadaniaDivorceDeclarationFormEvent
    husband: AlhalalmadaniaDivorceDeclarationFormHusband
    wife: AlhalalmadaniaDivorceDeclarationFormWife
    capacity: AlhalalmadaniaDivorceDeclarationFormCapacity
    judgment: NotRequired[AlhalalmadaniaDivorceDeclarationFormJudgment]
    evidence: NotRequired[list[AlhalalmadaniaDivorceDeclarationFormEvidenceItem]]
    contact: AlhalalmadaniaDivorceDeclarationFormContact


class AlhalalmadaniaDivorceDeclarationRequest(TypedDict):
    """
    Pre-declaration of a divorce
    """

    service: Literal["alhalalmadania.divorce-declaration"]
    form: AlhalalmadaniaDivorceDeclarationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class AlhalalmadaniaMarriageCopyFormAct(TypedDict):
    """
    Record.
    """

    number: str
    register_year: int


AlhalalmadaniaMarriageCopyFormCapacity: TypeAlias = Literal["self", "child", "representative"]


class AlhalalmadaniaMarriageCopyFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


AlhalalmadaniaMarriageCopyFormCopy: TypeAlias = Literal["extract", "full"]


AlhalalmadaniaMarriageCopyFormEvidenceItemKind: TypeAlias = Literal["proof_of_capacity", "family_booklet", "other"]


class AlhalalmadaniaMarriageCopyFormEvidenceItem(TypedDict):
    """
    Document.
    """

    kind: AlhalalmadaniaMarriageCopyFormEvidenceItemKind
    file: str


class AlhalalmadaniaMarriageCopyFormHusband(TypedDict):
    """
    Husband.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    cnie: NotRequired[str]


AlhalalmadaniaMarriageCopyFormRegisterRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


AlhalalmadaniaMarriageCopyFormRegisterSource: TypeAlias = Literal["commune", "consular"]


class AlhalalmadaniaMarriageCopyFormRegister(TypedDict):
    """
    Register that holds the record. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    source: AlhalalmadaniaMarriageCopyFormRegisterSource
    country: NotRequired[str]
    region: NotRequired[AlhalalmadaniaMarriageCopyFormRegisterRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    office: str


class AlhalalmadaniaMarriageCopyFormWife(TypedDict):
    """
    Wife.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    cnie: NotRequired[str]


class AlhalalmadaniaMarriageCopyForm(TypedDict):
    register: AlhalalmadaniaMarriageCopyFormRegister
    act: AlhalalmadaniaMarriageCopyFormAct
    husband: AlhalalmadaniaMarriageCopyFormHusband
    wife: AlhalalmadaniaMarriageCopyFormWife
    copy: AlhalalmadaniaMarriageCopyFormCopy
    capacity: AlhalalmadaniaMarriageCopyFormCapacity
    evidence: NotRequired[list[AlhalalmadaniaMarriageCopyFormEvidenceItem]]
    contact: AlhalalmadaniaMarriageCopyFormContact


class AlhalalmadaniaMarriageCopyRequest(TypedDict):
    """
    Copy of a marriage record
    """

    service: Literal["alhalalmadania.marriage-copy"]
    form: AlhalalmadaniaMarriageCopyForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


AlhalalmadaniaMarriageDeclarationFormCapacity: TypeAlias = Literal["spouse", "representative"]


class AlhalalmadaniaMarriageDeclarationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class AlhalalmadaniaMarriageDeclarationFormEvent(TypedDict):
    """
    Marriage.
    """

    date: str
    place: str
    country: str


AlhalalmadaniaMarriageDeclarationFormEvidenceItemKind: TypeAlias = Literal[
    "marriage_document", "court_judgment", "other"
]


class AlhalalmadaniaMarriageDeclarationFormEvidenceItem(TypedDict):
    """
    Document.
    """

    kind: AlhalalmadaniaMarriageDeclarationFormEvidenceItemKind
    file: str


class AlhalalmadaniaMarriageDeclarationFormHusband(TypedDict):
    """
    Husband.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


class AlhalalmadaniaMarriageDeclarationFormJudgment(TypedDict):
    """
    Court judgment. Only if the time limit for the declaration has passed.
    """

    court: str
    number: str
    date: str


AlhalalmadaniaMarriageDeclarationFormRegisterRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


AlhalalmadaniaMarriageDeclarationFormRegisterSource: TypeAlias = Literal["commune", "consular"]


class AlhalalmadaniaMarriageDeclarationFormRegister(TypedDict):
    """
    Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    source: AlhalalmadaniaMarriageDeclarationFormRegisterSource
    country: NotRequired[str]
    region: NotRequired[AlhalalmadaniaMarriageDeclarationFormRegisterRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    office: str


class AlhalalmadaniaMarriageDeclarationFormWife(TypedDict):
    """
    Wife.
    """

    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: NotRequired[str]
    cnie: NotRequired[str]


class AlhalalmadaniaMarriageDeclarationForm(TypedDict):
    register: AlhalalmadaniaMarriageDeclarationFormRegister
    event: AlhalalmadaniaMarriageDeclarationFormEvent
    husband: AlhalalmadaniaMarriageDeclarationFormHusband
    wife: AlhalalmadaniaMarriageDeclarationFormWife
    capacity: AlhalalmadaniaMarriageDeclarationFormCapacity
    judgment: NotRequired[AlhalalmadaniaMarriageDeclarationFormJudgment]
    evidence: NotRequired[list[AlhalalmadaniaMarriageDeclarationFormEvidenceItem]]
    contact: AlhalalmadaniaMarriageDeclarationFormContact


class AlhalalmadaniaMarriageDeclarationRequest(TypedDict):
    """
    Pre-declaration of a marriage
    """

    service: Literal["alhalalmadania.marriage-declaration"]
    form: AlhalalmadaniaMarriageDeclarationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class Anomaly(TypedDict):
    """
    Records of one kind that an auditor should look at.
    """

    type: Literal["look_without_purpose", "denied", "off_hours", "burst", "changed_answer"]
    client: str | None
    actor: str | None
    principal: str | None
    portal: str | None
    operation: str | None
    reason: str | None
    count: int
    first_at: str
    last_at: str
    records: list[int]
    records_url: str
    added: list[str]
    missing: list[str]


class Anomalies(TypedDict):
    since_at: str
    until_at: str
    record_count: int
    complete: bool
    looked_from_at: str | None
    anomalies: list[Anomaly]
    object: Literal["audit_anomalies"]


class AnswerRequest(TypedDict):
    """
    What is sent depends on the action: `choice` for confirm and rate, `choice` or `text` for appeal, `attachments` for provide_document, `slot` for choose_slot.
    """

    choice: NotRequired[str | None]
    text: NotRequired[str | None]
    attachments: NotRequired[list[str]]
    slot: NotRequired[str | None]


class Appointment(TypedDict):
    """
    Times are those of the post, with their offset from UTC.
    """

    portal: str
    portal_title: str
    reference: str
    state: Literal["booked", "cancelled", "missed", "kept"]
    starts_at: str
    ends_at: str
    timezone: str
    post: str
    post_name: str
    address: str | None
    calendar_url: str | None


class Attachment(TypedDict):
    id: str
    media_type: str
    size: int
    sha256: str
    created_at: str
    object: Literal["attachment"]


class AttachmentUpload(TypedDict):
    file: str


class AuditBody(TypedDict):
    """
    A request or an answer behind a record.
    """

    where: str
    opens: bool
    text: str | None
    base64: str | None


class AuditBodies(TypedDict):
    """
    What is kept beside a record of the audit log.
    """

    index: int
    bodies: list[AuditBody]
    object: Literal["audit_bodies"]


class AuditHop(TypedDict):
    """
    One attempt to reach a portal.
    """

    attempt: int
    breaker: NotRequired[str]
    duration_us: NotRequired[int]
    key_id: NotRequired[str]
    method: NotRequired[str]
    operation: NotRequired[str]
    outcome: NotRequired[str]
    portal: str
    request: NotRequired[str]
    response: NotRequired[str]
    status: NotRequired[int]


AuditKind: TypeAlias = Literal["access", "admin", "call", "refusal", "step"]


class AuditLog(TypedDict):
    """
    Where the log is, and by which keys its checkpoints are signed (C2SP).
    """

    origin: str
    vkeys: list[str]
    log: str
    verifier: str


AuditOutcome: TypeAlias = Literal["client_error", "denied", "failed", "ok", "refused", "unavailable", "unknown"]


class Access(TypedDict):
    """
    One access to the person's data.
    """

    occurred_at: str
    call_id: str
    kind: AuditKind
    client: str | None
    operation: str
    purpose: str | None
    portals: list[str]
    outcome: AuditOutcome
    service: str | None
    search: str | None
    agent: str | None
    mandate: str | None
    mandate_purpose: str | None
    reason: str | None
    object: Literal["access"]


class AccessPage(TypedDict):
    data: list[Access]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class AuditSubject(TypedDict):
    """
    What the log calls a person.
    """

    subjects: list[str]
    purpose: str
    object: Literal["audit_subject"]


class AuditSubjectRequest(TypedDict):
    national_id: str
    purpose: Literal["court-order", "subject-request", "incident", "supervision"]


class AuditSum(TypedDict):
    """
    A number of calls of one kind, in a record of summed-up calls.
    """

    code: NotRequired[str]
    count: int
    operation: NotRequired[str]
    outcome: AuditOutcome
    status: NotRequired[int]


class AuditLeaf(TypedDict):
    """
    One leaf of the log. Empty and zero members are left out.
    """

    actor: NotRequired[str]
    at: str
    batch: NotRequired[str]
    call: str
    case: NotRequired[str]
    cases: NotRequired[list[str]]
    client: NotRequired[str]
    code: NotRequired[str]
    cutoff: NotRequired[str]
    decision: NotRequired[str]
    duration_us: NotRequired[int]
    expired: NotRequired[int]
    hops: NotRequired[list[AuditHop]]
    hops_omitted: NotRequired[int]
    idempotency_key: NotRequired[str]
    kind: AuditKind
    mandate: NotRequired[str]
    operation: NotRequired[str]
    outcome: AuditOutcome
    portal: NotRequired[str]
    principal: NotRequired[str]
    purpose: NotRequired[str]
    reason: NotRequired[str]
    request: NotRequired[str]
    response: NotRequired[str]
    rule: NotRequired[str]
    search: NotRequired[str]
    service: NotRequired[str]
    status: NotRequired[int]
    subject: NotRequired[str]
    sums: NotRequired[list[AuditSum]]
    until: NotRequired[str]
    v: int


class AuditRecord(TypedDict):
    """
    One record of the audit log.
    """

    index: int
    leaf_hash: str
    record: AuditLeaf
    object: Literal["audit_record"]


class AuditRecordPage(TypedDict):
    data: list[AuditRecord]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Availability(TypedDict):
    """
    Whether a portal can be reached.
    """

    state: Literal["up", "degraded", "down", "quarantined"]
    reason: str | None
    advice: str | None
    retry_at: str | None


class Calls(TypedDict):
    """
    Calls of the connector's methods, retries within them not counted.
    """

    calls: int
    ok: int
    refused: int
    failed: int
    mean_ms: int
    slowest_ms: int


class CardClaims(TypedDict):
    """
    What a card discloses of its holder; what it does not is left out.
    """

    name: NotRequired[str]
    national_id_ending: NotRequired[str]
    birthdate: NotRequired[str]


CardState: TypeAlias = Literal["valid", "expired", "revoked"]


class CaseDocument(TypedDict):
    id: str
    title: str
    label: str
    media_type: str
    url: str


CaseStatus: TypeAlias = Literal[
    "received", "action_required", "in_progress", "completed", "rejected", "withdrawn", "failed"
]


class Category(TypedDict):
    id: str
    title: str
    service_count: int | None


class Channel(TypedDict):
    consent: bool
    address: str | None
    consented_at: str | None
    state: Literal["verified", "unverified"] | None
    sent_to: str | None
    verified_at: str | None
    code_expires_at: str | None


class ChannelRequest(TypedDict):
    consent: bool
    address: NotRequired[str | None]


class CheckInRequest(TypedDict):
    post: str
    shown: str


class Checkout(TypedDict):
    """
    The card page: send `fields` to `url` by `method` from the person's browser, as an HTML form does.
    """

    payment: str
    url: str
    method: str
    fields: dict[str, str]


ChikayaComplaintConsulateFormAboutSubTheme: TypeAlias = Literal[
    "late-document", "record-error", "unreasoned-refusal", "waiting", "conduct"
]


ChikayaComplaintConsulateFormAboutTheme: TypeAlias = Literal["consular-documents", "reception"]


class ChikayaComplaintConsulateFormAbout(TypedDict):
    """
    Consulate and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    country: str
    consulate: str
    case: NotRequired[str]
    theme: ChikayaComplaintConsulateFormAboutTheme
    sub_theme: ChikayaComplaintConsulateFormAboutSubTheme


class ChikayaComplaintConsulateFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class ChikayaComplaintConsulateFormMessage(TypedDict):
    """
    Your message.
    """

    subject: str
    text: str
    since: NotRequired[str]
    wish: NotRequired[str]


class ChikayaComplaintConsulateFormPerson(TypedDict):
    """
    You.
    """

    cnie: NotRequired[str]
    last_name: NotRequired[str]
    first_name: NotRequired[str]


class ChikayaComplaintConsulateForm(TypedDict):
    about: ChikayaComplaintConsulateFormAbout
    message: ChikayaComplaintConsulateFormMessage
    before_court: bool
    evidence: NotRequired[list[str]]
    person: ChikayaComplaintConsulateFormPerson
    contact: ChikayaComplaintConsulateFormContact


class ChikayaComplaintConsulateRequest(TypedDict):
    """
    Complaint about a consulate
    """

    service: Literal["chikaya.complaint-consulate"]
    form: ChikayaComplaintConsulateForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


ChikayaComplaintFormAboutAdministration: TypeAlias = Literal["interior", "foreign-affairs", "post", "taxes"]


ChikayaComplaintFormAboutPlaceRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


class ChikayaComplaintFormAboutPlace(TypedDict):
    """
    Place. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    country: str
    city: str
    region: NotRequired[ChikayaComplaintFormAboutPlaceRegion]


ChikayaComplaintFormAboutSubTheme: TypeAlias = Literal[
    "late-document",
    "record-error",
    "lost-document",
    "late-decision",
    "unreasoned-refusal",
    "waiting",
    "conduct",
    "lost-parcel",
    "late-parcel",
    "damaged-parcel",
    "paid-not-issued",
    "not-refunded",
]


ChikayaComplaintFormAboutTheme: TypeAlias = Literal[
    "civil-status", "local-permits", "consular-documents", "reception", "parcels", "fee-stamps"
]


ChikayaComplaintFormAboutType: TypeAlias = Literal[
    "civil-status-office",
    "commune",
    "consulate",
    "central-services",
    "agency",
    "delivery-centre",
    "tax-office",
    "online-service",
]


class ChikayaComplaintFormAbout(TypedDict):
    """
    Administration and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    administration: ChikayaComplaintFormAboutAdministration
    type: ChikayaComplaintFormAboutType
    theme: ChikayaComplaintFormAboutTheme
    sub_theme: ChikayaComplaintFormAboutSubTheme
    case: NotRequired[str]
    place: ChikayaComplaintFormAboutPlace


class ChikayaComplaintFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class ChikayaComplaintFormMessage(TypedDict):
    """
    Your message.
    """

    subject: str
    text: str
    since: NotRequired[str]
    wish: NotRequired[str]


class ChikayaComplaintFormPerson(TypedDict):
    """
    You.
    """

    cnie: NotRequired[str]
    last_name: NotRequired[str]
    first_name: NotRequired[str]


class ChikayaComplaintForm(TypedDict):
    about: ChikayaComplaintFormAbout
    message: ChikayaComplaintFormMessage
    before_court: bool
    evidence: NotRequired[list[str]]
    person: ChikayaComplaintFormPerson
    contact: ChikayaComplaintFormContact


class ChikayaComplaintRequest(TypedDict):
    """
    Complaint about an administration
    """

    service: Literal["chikaya.complaint"]
    form: ChikayaComplaintForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


ChikayaObservationFormAboutAdministration: TypeAlias = Literal["interior", "foreign-affairs", "post", "taxes"]


ChikayaObservationFormAboutPlaceRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


class ChikayaObservationFormAboutPlace(TypedDict):
    """
    Place. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    country: str
    city: str
    region: NotRequired[ChikayaObservationFormAboutPlaceRegion]


ChikayaObservationFormAboutSubTheme: TypeAlias = Literal[
    "late-document",
    "record-error",
    "lost-document",
    "late-decision",
    "unreasoned-refusal",
    "waiting",
    "conduct",
    "lost-parcel",
    "late-parcel",
    "damaged-parcel",
    "paid-not-issued",
    "not-refunded",
]


ChikayaObservationFormAboutTheme: TypeAlias = Literal[
    "civil-status", "local-permits", "consular-documents", "reception", "parcels", "fee-stamps"
]


ChikayaObservationFormAboutType: TypeAlias = Literal[
    "civil-status-office",
    "commune",
    "consulate",
    "central-services",
    "agency",
    "delivery-centre",
    "tax-office",
    "online-service",
]


class ChikayaObservationFormAbout(TypedDict):
    """
    Administration and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    administration: ChikayaObservationFormAboutAdministration
    type: ChikayaObservationFormAboutType
    theme: ChikayaObservationFormAboutTheme
    sub_theme: ChikayaObservationFormAboutSubTheme
    case: NotRequired[str]
    place: ChikayaObservationFormAboutPlace


class ChikayaObservationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class ChikayaObservationFormMessage(TypedDict):
    """
    Your message.
    """

    subject: str
    text: str


class ChikayaObservationFormPerson(TypedDict):
    """
    You.
    """

    cnie: NotRequired[str]
    last_name: NotRequired[str]
    first_name: NotRequired[str]


class ChikayaObservationForm(TypedDict):
    about: ChikayaObservationFormAbout
    message: ChikayaObservationFormMessage
    evidence: NotRequired[list[str]]
    person: ChikayaObservationFormPerson
    contact: ChikayaObservationFormContact


class ChikayaObservationRequest(TypedDict):
    """
    Observation about a public service
    """

    service: Literal["chikaya.observation"]
    form: ChikayaObservationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


ChikayaSuggestionFormAboutAdministration: TypeAlias = Literal["interior", "foreign-affairs", "post", "taxes"]


ChikayaSuggestionFormAboutPlaceRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


class ChikayaSuggestionFormAboutPlace(TypedDict):
    """
    Place. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    country: str
    city: str
    region: NotRequired[ChikayaSuggestionFormAboutPlaceRegion]


ChikayaSuggestionFormAboutSubTheme: TypeAlias = Literal[
    "late-document",
    "record-error",
    "lost-document",
    "late-decision",
    "unreasoned-refusal",
    "waiting",
    "conduct",
    "lost-parcel",
    "late-parcel",
    "damaged-parcel",
    "paid-not-issued",
    "not-refunded",
]


ChikayaSuggestionFormAboutTheme: TypeAlias = Literal[
    "civil-status", "local-permits", "consular-documents", "reception", "parcels", "fee-stamps"
]


ChikayaSuggestionFormAboutType: TypeAlias = Literal[
    "civil-status-office",
    "commune",
    "consulate",
    "central-services",
    "agency",
    "delivery-centre",
    "tax-office",
    "online-service",
]


class ChikayaSuggestionFormAbout(TypedDict):
    """
    Administration and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    administration: ChikayaSuggestionFormAboutAdministration
    type: ChikayaSuggestionFormAboutType
    theme: ChikayaSuggestionFormAboutTheme
    sub_theme: ChikayaSuggestionFormAboutSubTheme
    case: NotRequired[str]
    place: ChikayaSuggestionFormAboutPlace


class ChikayaSuggestionFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class ChikayaSuggestionFormMessage(TypedDict):
    """
    Your message.
    """

    subject: str
    text: str


class ChikayaSuggestionFormPerson(TypedDict):
    """
    You.
    """

    cnie: NotRequired[str]
    last_name: NotRequired[str]
    first_name: NotRequired[str]


class ChikayaSuggestionForm(TypedDict):
    about: ChikayaSuggestionFormAbout
    message: ChikayaSuggestionFormMessage
    evidence: NotRequired[list[str]]
    person: ChikayaSuggestionFormPerson
    contact: ChikayaSuggestionFormContact


class ChikayaSuggestionRequest(TypedDict):
    """
    Suggestion for a public service
    """

    service: Literal["chikaya.suggestion"]
    form: ChikayaSuggestionForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class Choice(TypedDict):
    """
    One option of an action, as a form's `x-choices` has them.
    """

    value: str
    title: str


class Commune(TypedDict):
    code: str
    value: str
    name: str
    region: str
    province: str
    object: Literal["commune"]


class CommunePage(TypedDict):
    data: list[Commune]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Concern(TypedDict):
    """
    One way in which a service may concern somebody. Of several, the form's member `when` says which it is.
    """

    whom: Literal["self", "child", "spouse", "parent", "company", "anyone"]
    proof: Literal["claims", "document", "portal", "none"]
    basis: str
    when: str | None
    values: list[str]
    person: list[str]
    requester: str | None
    evidence: list[str]
    kinds: list[str]


class Country(TypedDict):
    code: str
    name: str
    object: Literal["country"]


class CountryPage(TypedDict):
    data: list[Country]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Deadline(TypedDict):
    """
    How long a portal may take by law: of a service, and of one case.
    """

    code: Literal["answer", "acknowledge", "triage"]
    title: str
    days: int | None
    due_on: str | None
    passed: bool
    basis: str | None


DeliveryState: TypeAlias = Literal["pending", "delivered", "failed"]


class Density(TypedDict):
    """
    How many records there are in each piece of time.
    """

    since_at: str
    until_at: str
    seconds: int
    counts: list[int | None]
    total: int
    counted_from_at: str | None
    object: Literal["audit_density"]


class Draft(TypedDict):
    id: str
    service: str
    service_title: str
    client: str
    created_at: str
    updated_at: str
    expires_at: str
    object: Literal["draft"]
    form: dict[str, Any]
    language: str | None
    related_case: str | None


class DraftRequest(TypedDict):
    form: NotRequired[dict[str, Any] | None]
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    service: str


class DraftSummary(TypedDict):
    """
    A draft without what is in it.
    """

    id: str
    service: str
    service_title: str
    client: str
    created_at: str
    updated_at: str
    expires_at: str
    object: Literal["draft"]


class DraftSummaryPage(TypedDict):
    data: list[DraftSummary]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class DraftUpdateRequest(TypedDict):
    """
    As far as the person has come. It is kept as it is: nothing is checked, and nothing need be complete.
    """

    form: NotRequired[dict[str, Any] | None]
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]


class Drift(TypedDict):
    """
    One difference between the portal's answer and the recorded ones.
    """

    change: str
    member: str | None
    expected: str | None
    found: str | None


EchoMeetingFormBehave: TypeAlias = Literal[
    "complete",
    "refuse",
    "reject_later",
    "unknown_status",
    "slow",
    "never",
    "ask_document",
    "ask_confirm",
    "ask_fee",
    "ask_fee_then_reject",
    "ask_slot",
    "ask_and_forget",
    "no_show",
    "rate",
    "appeal",
]


class EchoMeetingForm(TypedDict):
    text: str
    behave: NotRequired[EchoMeetingFormBehave]


class EchoMeetingRequest(TypedDict):
    """
    Echoed note by appointment
    """

    service: Literal["echo.meeting"]
    form: EchoMeetingForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


EchoNoteFormBehave: TypeAlias = Literal[
    "complete",
    "refuse",
    "reject_later",
    "unknown_status",
    "slow",
    "never",
    "ask_document",
    "ask_confirm",
    "ask_fee",
    "ask_fee_then_reject",
    "ask_slot",
    "ask_and_forget",
    "no_show",
    "rate",
    "appeal",
]


class EchoNoteForm(TypedDict):
    text: str
    behave: NotRequired[EchoNoteFormBehave]


class EchoNoteRequest(TypedDict):
    """
    Echoed note
    """

    service: Literal["echo.note"]
    form: EchoNoteForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


EchoParcelFormBehave: TypeAlias = Literal[
    "complete",
    "refuse",
    "reject_later",
    "unknown_status",
    "slow",
    "never",
    "ask_document",
    "ask_confirm",
    "ask_fee",
    "ask_fee_then_reject",
    "ask_slot",
    "ask_and_forget",
    "no_show",
    "rate",
    "appeal",
]


class EchoParcelFormDeliveryAddress(TypedDict):
    """
    Postal address. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: NotRequired[str]


EchoParcelFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class EchoParcelFormDelivery(TypedDict):
    """
    How to receive it. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: EchoParcelFormDeliveryMethod
    address: NotRequired[EchoParcelFormDeliveryAddress]


class EchoParcelForm(TypedDict):
    text: str
    behave: NotRequired[EchoParcelFormBehave]
    delivery: EchoParcelFormDelivery


class EchoParcelRequest(TypedDict):
    """
    Echoed note by post
    """

    service: Literal["echo.parcel"]
    form: EchoParcelForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


EchoStampedFormBehave: TypeAlias = Literal[
    "complete",
    "refuse",
    "reject_later",
    "unknown_status",
    "slow",
    "never",
    "ask_document",
    "ask_confirm",
    "ask_fee",
    "ask_fee_then_reject",
    "ask_slot",
    "ask_and_forget",
    "no_show",
    "rate",
    "appeal",
]


class EchoStampedForm(TypedDict):
    text: str
    behave: NotRequired[EchoStampedFormBehave]


class EchoStampedRequest(TypedDict):
    """
    Echoed note with a stamp
    """

    service: Literal["echo.stamped"]
    form: EchoStampedForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


EchoVisitFormBehave: TypeAlias = Literal[
    "complete",
    "refuse",
    "reject_later",
    "unknown_status",
    "slow",
    "never",
    "ask_document",
    "ask_confirm",
    "ask_fee",
    "ask_fee_then_reject",
    "ask_slot",
    "ask_and_forget",
    "no_show",
    "rate",
    "appeal",
]


class EchoVisitFormDeliveryAddress(TypedDict):
    """
    Postal address. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: NotRequired[str]


EchoVisitFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class EchoVisitFormDelivery(TypedDict):
    """
    How to receive it. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: EchoVisitFormDeliveryMethod
    address: NotRequired[EchoVisitFormDeliveryAddress]


EchoVisitFormPost: TypeAlias = Literal["lyon", "tanger", "montreal"]


class EchoVisitForm(TypedDict):
    text: str
    behave: NotRequired[EchoVisitFormBehave]
    post: EchoVisitFormPost
    delivery: EchoVisitFormDelivery


class EchoVisitRequest(TypedDict):
    """
    Echoed visit
    """

    service: Literal["echo.visit"]
    form: EchoVisitForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


EndpointState: TypeAlias = Literal["unverified", "enabled", "paused", "disabled"]


Entitlement: TypeAlias = Literal["fast_lane"]


class Card(TypedDict):
    """
    The MRE Services card. `card` and `claims` only where one card is asked for by its holder.
    """

    id: str
    state: CardState
    state_text: str
    entitlements: list[Entitlement]
    entitlement_texts: list[str]
    bound: bool
    issued_at: str
    expires_at: str
    revoked_at: str | None
    card: str | None
    claims: CardClaims | None
    url: str
    status_url: str
    verify_url: str
    object: Literal["card"]


class CardPage(TypedDict):
    data: list[Card]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


EventCode: TypeAlias = Literal[
    "answer_not_delivered",
    "answer_refused",
    "answered",
    "appointment_booked",
    "appointment_cancelled",
    "appointment_kept",
    "appointment_not_booked",
    "appointment_replaced",
    "ask_lapsed",
    "asked",
    "checked_in",
    "checkout_opened",
    "chosen",
    "completed",
    "deadline_near",
    "deadline_passed",
    "demand_kept",
    "document_reused",
    "document_shared",
    "failed",
    "fee_kept",
    "filed",
    "former_appointment_kept",
    "given_up",
    "handed_over",
    "not_taken_back",
    "note_added",
    "offered",
    "paid",
    "parcel_lost",
    "parcel_returned",
    "payment_declined",
    "payment_due",
    "payment_expired",
    "payment_not_needed",
    "payment_not_taken",
    "payment_too_late",
    "portal_step",
    "portal_unavailable",
    "received",
    "refund_refused",
    "refunded",
    "refused",
    "reissue_refused",
    "reissued",
    "rejected",
    "shipped",
    "slot_due",
    "slot_expired",
    "stamp_issued",
    "stamp_not_voided",
    "stamp_used",
    "stamp_used_elsewhere",
    "stamp_voided",
    "undoing_postponed",
    "withdrawal_asked",
    "withdrawal_refused",
    "withdrawn",
    "withdrawn_at_portal",
]


class FailingWebhook(TypedDict):
    id: str
    client: str
    host: str
    state: EndpointState
    reason: str | None
    failed_rounds: int
    failing_since_at: str | None
    succeeded_at: str | None
    waiting: int


class Failure(TypedDict):
    operation: str
    outcome: Literal["refused", "unavailable", "unknown", "cancelled", "not_permitted"]
    code: str | None
    code_text: str | None
    count: int


FieldCode: TypeAlias = Literal[
    "act_not_found",
    "act_under_correction",
    "act_unreadable",
    "action_not_open",
    "action_not_supported",
    "additionalProperties",
    "address_code_not_awaited",
    "address_code_wrong",
    "address_codes_used",
    "address_incomplete",
    "address_not_unverified",
    "address_quota_used",
    "adult_only",
    "agent_may_not",
    "agent_unknown",
    "amount_mismatch",
    "another_person",
    "answer_refused",
    "as_you_asked",
    "attachment_empty",
    "attachment_locked",
    "attachment_too_complex",
    "attachment_too_large",
    "attachment_type_refused",
    "attachment_unknown",
    "audit_unavailable",
    "bad_signature",
    "bodies_not_kept",
    "body_too_large",
    "breaker_open",
    "bulkhead_full",
    "callback_not_supported",
    "callback_refused",
    "capability_missing",
    "card_not_accepted",
    "card_not_found",
    "cards_quota_used",
    "case_damaged",
    "case_finished",
    "case_not_found",
    "case_unknown",
    "cases_quota_used",
    "channel_not_offered",
    "client_quota_used",
    "client_unknown",
    "connector_failed",
    "connector_overloaded",
    "connector_quarantined",
    "const",
    "consular_registration_not_found",
    "contentMediaType",
    "country_not_served",
    "country_unknown",
    "cursor_invalid",
    "days_reversed",
    "days_too_many",
    "declaration_not_accepted",
    "delivery_not_found",
    "demand_refused",
    "depth",
    "document_not_found",
    "dpop_nonce_required",
    "dpop_proof_invalid",
    "draft_not_found",
    "draft_too_large",
    "draft_too_many_files",
    "draft_unknown",
    "drafts_quota_used",
    "earliest",
    "enum",
    "erased",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "files_quota_used",
    "filter_invalid",
    "form_invalid",
    "form_not_accepted",
    "format",
    "guardian_consent_missing",
    "guardian_missing",
    "header_repeated",
    "headers_too_large",
    "idempotency_in_progress",
    "idempotency_key_invalid",
    "idempotency_key_missing",
    "idempotency_key_reused",
    "identity",
    "identity_mismatch",
    "identity_not_in_mandate",
    "identity_not_verified",
    "identity_required",
    "insufficient_assurance",
    "insufficient_scope",
    "internal_error",
    "invalid",
    "invalid_request",
    "issuer_keys_pending",
    "issuer_not_entitled",
    "issuer_unavailable",
    "language_unknown",
    "latest",
    "malformed_callback",
    "malformed_json",
    "malformed_request",
    "mandate_code_wrong",
    "mandate_ended",
    "mandate_not_found",
    "mandate_required",
    "mandate_too_narrow",
    "mandate_unknown",
    "mandates_quota_used",
    "maxItems",
    "maxLength",
    "maxProperties",
    "max_bytes",
    "maximum",
    "media_type",
    "method_not_allowed",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "minor_only",
    "multipleOf",
    "must_agree",
    "name_not_verified",
    "not_acceptable",
    "not_found",
    "not_found_at_portal",
    "notes_quota_used",
    "officer_refused",
    "open_cases_quota_used",
    "outcome_unknown",
    "overloaded",
    "parcel_lost",
    "parcel_returned",
    "passport_not_found",
    "passport_reported_lost",
    "pattern",
    "payment_not_captured",
    "payment_not_found",
    "payment_not_made",
    "personal_only",
    "photo_not_accepted",
    "portal_answer_not_authentic",
    "portal_answer_unexpected",
    "portal_busy",
    "portal_denied_gateway",
    "portal_failed",
    "portal_host_refused",
    "portal_redirected",
    "portal_refused",
    "portal_timeout",
    "portal_unavailable",
    "post_elsewhere",
    "post_not_found",
    "post_unknown",
    "postcode_invalid",
    "pre_application_expired",
    "precondition_failed",
    "principal_not_allowed",
    "proof_of_relation_missing",
    "quiet_hours_empty",
    "range",
    "rate_limit_reached",
    "record_expired",
    "record_not_found",
    "refused",
    "replayed",
    "request_timeout",
    "requester_not_entitled",
    "required",
    "return_url_not_allowed",
    "returned_to_sender",
    "service_not_found",
    "service_not_offered",
    "service_unknown",
    "shutting_down",
    "size",
    "slot_invalid",
    "slot_not_chosen",
    "slot_taken",
    "stamp_already_used",
    "stamp_cancelled",
    "stamp_expired",
    "stamp_invalid",
    "stamp_missing",
    "stamp_not_found",
    "store_unavailable",
    "streams_quota_used",
    "text",
    "ticket_invalid",
    "time_without_zone",
    "times_reversed",
    "times_too_far",
    "timezone_unknown",
    "token_algorithm_not_allowed",
    "token_bad_signature",
    "token_binding_failed",
    "token_expired",
    "token_lives_too_long",
    "token_malformed",
    "token_missing",
    "token_not_bound",
    "token_not_yet_valid",
    "token_unknown_key",
    "token_untrusted_issuer",
    "token_wrong_audience",
    "too_late",
    "too_many_cards",
    "too_many_requests",
    "too_many_webhooks",
    "too_old",
    "tracking_number_invalid",
    "tracking_number_not_arrived",
    "tracking_number_unknown",
    "tracking_proof_missing",
    "tracking_tries_used",
    "type",
    "uniqueItems",
    "unsupported_media_type",
    "validations_quota_used",
    "visit_not_found",
    "webhook_not_found",
    "webhook_not_verified",
    "webhook_state",
    "webhook_tries_used",
    "webhook_url",
    "withdrawal_not_supported",
    "withdrawal_too_late",
    "withdrawn_at_portal",
    "withdrawn_by_person",
]


class FieldError(TypedDict):
    """
    `pointer` is a JSON pointer (RFC 6901) into the request body, or `/?name` for a query parameter; `detail` never repeats the value, and left empty it becomes the general text for `code`. `allowed` are the values that are possible, where they can be listed, and `limit` the bound that the value is beyond.
    """

    pointer: str
    code: FieldCode
    detail: str
    allowed: list[str]
    limit: int | None


class Filing(TypedDict):
    portal: str
    portal_title: str
    availability: Availability
    reference: str | None
    portal_status: str | None
    filed_at: str | None


class Finding(TypedDict):
    """
    One thing about a demand that is wrong, or could not be checked.
    """

    kind: Literal["form", "identity", "rights", "documents", "quota", "availability", "portal", "unchecked"]
    blocks: bool
    pointer: str | None
    code: FieldCode
    detail: str
    remedy: str | None
    portal: str | None
    portal_message: str | None


class Gateway(TypedDict):
    name: str
    version: str
    profile: Literal["production", "demo", "embedded"]
    languages: list[str]
    issuers: list[str]
    openapi: str
    jwks_uri: str
    audit: AuditLog


class HolderKey(TypedDict):
    """
    A public key as a JSON Web Key. One with a private half is refused.
    """

    kty: Literal["EC", "OKP"]
    crv: Literal["P-256", "Ed25519"]
    x: str
    y: NotRequired[str | None]
    kid: NotRequired[str]
    use: NotRequired[Literal["sig"]]
    alg: NotRequired[Literal["ES256", "EdDSA", "Ed25519", ""]]


class CardRequest(TypedDict):
    holder_key: NotRequired[HolderKey | None]


class Hour(TypedDict):
    calls: int
    ok: int
    refused: int
    failed: int
    mean_ms: int
    slowest_ms: int
    starts_at: str


class Indicator(TypedDict):
    """
    One quarter of one group. A null has no value, or is suppressed: see `suppressed`.
    """

    quarter: str
    provisional: bool
    portal: str | None
    service: str | None
    post: str | None
    filed: int | None
    completed: int | None
    rejected: int | None
    withdrawn: int | None
    failed: int | None
    not_filed: int | None
    open: int
    days_median: int | None
    days_p90: int | None
    overrun_median: int | None
    overrun_p90: int | None
    within_deadline: float | None
    waited_median: int | None
    waited_p90: int | None
    rated: int | None
    satisfaction: float | None
    suppressed: list[str]


class Indicators(TypedDict):
    data: list[Indicator]
    minimum: int
    timezone: Literal["Africa/Casablanca"]
    object: Literal["indicators"]


class Jwk(TypedDict):
    """
    A public key as a JSON Web Key (RFC 7517, RFC 8037).
    """

    kty: Literal["OKP", "EC"]
    crv: Literal["Ed25519", "P-256"]
    x: str
    y: NotRequired[str]
    kid: str
    use: Literal["sig"]
    alg: Literal["EdDSA", "ES256"]


class Jwks(TypedDict):
    keys: list[Jwk]


class CardIssuer(TypedDict):
    """
    JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc).
    """

    issuer: str
    jwks: Jwks


class LastProbe(TypedDict):
    """
    The last time that the gateway asked whether the portal still answers as recorded, of all operations together.
    """

    probed_at: str
    outcome: Literal["as_recorded", "drift", "failed"]
    differences: int


class Late(TypedDict):
    """
    Cases whose legal term is over, and that the portal has not answered.
    """

    service: str
    service_title: str
    count: int
    oldest_due_on: str


class LatePage(TypedDict):
    data: list[Late]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Mandate(TypedDict):
    """
    A mandate, for the person who gave it and the agent who holds it.
    """

    id: str
    state: Literal["given", "lapsed", "held", "expired", "revoked", "returned"]
    agent: str
    agent_name: str
    holder: str | None
    scope: list[Literal["cases:read", "cases:write", "tracking:read"]]
    services: list[str]
    earlier_cases: bool
    purpose: str | None
    person_name: str | None
    created_at: str
    expires_at: str
    taken_at: str | None
    ended_at: str | None
    code: str | None
    code_expires_at: str | None
    object: Literal["mandate"]


class MandatePage(TypedDict):
    data: list[Mandate]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class MandateRequest(TypedDict):
    """
    What an agent may do for the person, and until when.
    """

    agent: str
    scope: list[Literal["cases:read", "cases:write", "tracking:read"]]
    purpose: str
    expires_at: str
    services: NotRequired[list[str]]
    earlier_cases: NotRequired[bool]


class MandateSummary(TypedDict):
    """
    A mandate that is good now.
    """

    id: str
    state: Literal["given", "held"]
    agent: str
    agent_name: str
    expires_at: str


class Message(TypedDict):
    """
    A message to the person. What it said is not kept.
    """

    object: Literal["message"]
    id: str
    case: str | None
    about: Literal["action", "appointment", "parcel", "end", "code"]
    channel: Literal["email", "sms"]
    state: Literal["waiting", "sent", "delivered", "refused", "undeliverable", "not_sent", "given_up"]
    text: str
    reason: str | None
    created_at: str
    sent_at: str | None


class MessageFailure(TypedDict):
    channel: Literal["email", "sms"]
    state: Literal["refused", "undeliverable", "given_up"]
    reason: str | None
    count: int


class MessagePage(TypedDict):
    data: list[Message]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


Milestone: TypeAlias = Literal[
    "created",
    "paid",
    "processing",
    "ready",
    "posted",
    "in_transit",
    "out_for_delivery",
    "delivery_failed",
    "delivered",
    "returned",
    "lost",
    "refused",
]


class Money(TypedDict):
    amount: int
    currency: str
    text: str


class CaseAction(TypedDict):
    type: ActionType
    code: ActionCode
    title: str
    url: str
    options: list[str]
    choices: list[Choice]
    amount: Money | None
    expires_at: str | None
    optional: bool
    portal_message: str | None
    help: str | None
    posts_url: str | None
    slots_url: str | None
    attachments_url: str | None


class Cost(TypedDict):
    kind: Literal["none", "fixed", "per", "later"]
    text: str
    amount: Money | None
    per: str | None
    portal: str | None


class Note(TypedDict):
    """
    What an agent wrote about a case, for the person too.
    """

    id: str
    case: str
    agency: str
    agency_name: str
    agent: str
    text: str
    created_at: str
    object: Literal["note"]


class NotePage(TypedDict):
    data: list[Note]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class NoteRequest(TypedDict):
    text: str


class Operation(TypedDict):
    calls: int
    ok: int
    refused: int
    failed: int
    mean_ms: int
    slowest_ms: int
    operation: str


class PasseportAfterDamageFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


PasseportAfterDamageFormDamageKind: TypeAlias = Literal["water", "torn", "unreadable", "other"]


class PasseportAfterDamageFormDamage(TypedDict):
    """
    Damage.
    """

    kind: PasseportAfterDamageFormDamageKind
    description: str


class PasseportAfterDamageFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportAfterDamageFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportAfterDamageFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportAfterDamageFormDeliveryMethod
    address: NotRequired[PasseportAfterDamageFormDeliveryAddress]


class PasseportAfterDamageFormLodging(TypedDict):
    """
    Consulate where you will hand in the file.
    """

    country: str
    consulate: str


class PasseportAfterDamageFormPassport(TypedDict):
    """
    Previous passport.
    """

    number: str
    expires_on: NotRequired[str]


class PasseportAfterDamageFormPerson(TypedDict):
    """
    Person the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class PasseportAfterDamageFormRegistration(TypedDict):
    """
    Consular registration.
    """

    consulate: str
    number: str


class PasseportAfterDamageForm(TypedDict):
    lodging: PasseportAfterDamageFormLodging
    registration: PasseportAfterDamageFormRegistration
    person: PasseportAfterDamageFormPerson
    passport: PasseportAfterDamageFormPassport
    damage: PasseportAfterDamageFormDamage
    contact: PasseportAfterDamageFormContact
    delivery: PasseportAfterDamageFormDelivery


class PasseportAfterDamageRequest(TypedDict):
    """
    New passport after damage
    """

    service: Literal["passeport.after-damage"]
    form: PasseportAfterDamageForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class PasseportAfterLossFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class PasseportAfterLossFormDeclaration(TypedDict):
    """
    Declaration of loss.
    """

    on: str
    country: str
    place: str
    circumstances: str
    police_authority: str
    police_reference: str
    police_report: str


class PasseportAfterLossFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportAfterLossFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportAfterLossFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportAfterLossFormDeliveryMethod
    address: NotRequired[PasseportAfterLossFormDeliveryAddress]


class PasseportAfterLossFormLodging(TypedDict):
    """
    Consulate where you will hand in the file.
    """

    country: str
    consulate: str


class PasseportAfterLossFormPassport(TypedDict):
    """
    Previous passport.
    """

    number: str
    expires_on: NotRequired[str]


class PasseportAfterLossFormPerson(TypedDict):
    """
    Person the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class PasseportAfterLossFormRegistration(TypedDict):
    """
    Consular registration.
    """

    consulate: str
    number: str


class PasseportAfterLossForm(TypedDict):
    lodging: PasseportAfterLossFormLodging
    registration: PasseportAfterLossFormRegistration
    person: PasseportAfterLossFormPerson
    passport: PasseportAfterLossFormPassport
    declaration: PasseportAfterLossFormDeclaration
    contact: PasseportAfterLossFormContact
    delivery: PasseportAfterLossFormDelivery


class PasseportAfterLossRequest(TypedDict):
    """
    New passport after a loss
    """

    service: Literal["passeport.after-loss"]
    form: PasseportAfterLossForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class PasseportAfterTheftFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class PasseportAfterTheftFormDeclaration(TypedDict):
    """
    Declaration of theft.
    """

    on: str
    country: str
    place: str
    circumstances: str
    police_authority: str
    police_reference: str
    police_report: str


class PasseportAfterTheftFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportAfterTheftFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportAfterTheftFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportAfterTheftFormDeliveryMethod
    address: NotRequired[PasseportAfterTheftFormDeliveryAddress]


class PasseportAfterTheftFormLodging(TypedDict):
    """
    Consulate where you will hand in the file.
    """

    country: str
    consulate: str


class PasseportAfterTheftFormPassport(TypedDict):
    """
    Previous passport.
    """

    number: str
    expires_on: NotRequired[str]


class PasseportAfterTheftFormPerson(TypedDict):
    """
    Person the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class PasseportAfterTheftFormRegistration(TypedDict):
    """
    Consular registration.
    """

    consulate: str
    number: str


class PasseportAfterTheftForm(TypedDict):
    lodging: PasseportAfterTheftFormLodging
    registration: PasseportAfterTheftFormRegistration
    person: PasseportAfterTheftFormPerson
    passport: PasseportAfterTheftFormPassport
    declaration: PasseportAfterTheftFormDeclaration
    contact: PasseportAfterTheftFormContact
    delivery: PasseportAfterTheftFormDelivery


class PasseportAfterTheftRequest(TypedDict):
    """
    New passport after a theft
    """

    service: Literal["passeport.after-theft"]
    form: PasseportAfterTheftForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


PasseportDataChangeFormChangeKind: TypeAlias = Literal["family_name", "given_name", "birth_data", "address"]


class PasseportDataChangeFormChange(TypedDict):
    """
    Change requested.
    """

    kind: PasseportDataChangeFormChangeKind
    new_value: str
    reason: str
    evidence: NotRequired[str]


class PasseportDataChangeFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class PasseportDataChangeFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportDataChangeFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportDataChangeFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportDataChangeFormDeliveryMethod
    address: NotRequired[PasseportDataChangeFormDeliveryAddress]


class PasseportDataChangeFormLodging(TypedDict):
    """
    Consulate where you will hand in the file.
    """

    country: str
    consulate: str


class PasseportDataChangeFormPassport(TypedDict):
    """
    Previous passport.
    """

    number: str
    expires_on: NotRequired[str]


class PasseportDataChangeFormPerson(TypedDict):
    """
    Person the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class PasseportDataChangeFormRegistration(TypedDict):
    """
    Consular registration.
    """

    consulate: str
    number: str


class PasseportDataChangeForm(TypedDict):
    lodging: PasseportDataChangeFormLodging
    registration: PasseportDataChangeFormRegistration
    person: PasseportDataChangeFormPerson
    passport: PasseportDataChangeFormPassport
    change: PasseportDataChangeFormChange
    contact: PasseportDataChangeFormContact
    delivery: PasseportDataChangeFormDelivery


class PasseportDataChangeRequest(TypedDict):
    """
    New passport after a change of data
    """

    service: Literal["passeport.data-change"]
    form: PasseportDataChangeForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class PasseportFirstAdultFormBirthRecord(TypedDict):
    """
    Birth record.
    """

    office: str
    number: str
    register_year: int


class PasseportFirstAdultFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class PasseportFirstAdultFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportFirstAdultFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportFirstAdultFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportFirstAdultFormDeliveryMethod
    address: NotRequired[PasseportFirstAdultFormDeliveryAddress]


class PasseportFirstAdultFormLodging(TypedDict):
    """
    Consulate where you will hand in the file.
    """

    country: str
    consulate: str


class PasseportFirstAdultFormPerson(TypedDict):
    """
    Person the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class PasseportFirstAdultFormRegistration(TypedDict):
    """
    Consular registration.
    """

    consulate: str
    number: str


class PasseportFirstAdultForm(TypedDict):
    lodging: PasseportFirstAdultFormLodging
    registration: PasseportFirstAdultFormRegistration
    person: PasseportFirstAdultFormPerson
    birth_record: PasseportFirstAdultFormBirthRecord
    contact: PasseportFirstAdultFormContact
    delivery: PasseportFirstAdultFormDelivery


class PasseportFirstAdultRequest(TypedDict):
    """
    First passport for an adult at a consulate
    """

    service: Literal["passeport.first-adult"]
    form: PasseportFirstAdultForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class PasseportMinorFormBirthRecord(TypedDict):
    """
    Birth record.
    """

    office: str
    number: str
    register_year: int


class PasseportMinorFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class PasseportMinorFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportMinorFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportMinorFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportMinorFormDeliveryMethod
    address: NotRequired[PasseportMinorFormDeliveryAddress]


PasseportMinorFormGuardianRelation: TypeAlias = Literal["father", "mother", "legal_guardian"]


class PasseportMinorFormGuardian(TypedDict):
    """
    Guardian. The person who comes with the minor and signs. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    relation: PasseportMinorFormGuardianRelation
    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    consent: bool
    authorisation: NotRequired[str]
    family_booklet: NotRequired[str]


class PasseportMinorFormLodging(TypedDict):
    """
    Consulate where you will hand in the file.
    """

    country: str
    consulate: str


class PasseportMinorFormPassport(TypedDict):
    """
    Previous passport.
    """

    number: str
    expires_on: NotRequired[str]


class PasseportMinorFormPerson(TypedDict):
    """
    Minor the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: str
    birth_place: str


class PasseportMinorFormRegistration(TypedDict):
    """
    Consular registration.
    """

    consulate: str
    number: str


class PasseportMinorForm(TypedDict):
    lodging: PasseportMinorFormLodging
    registration: PasseportMinorFormRegistration
    person: PasseportMinorFormPerson
    guardian: PasseportMinorFormGuardian
    birth_record: PasseportMinorFormBirthRecord
    passport: NotRequired[PasseportMinorFormPassport]
    contact: PasseportMinorFormContact
    delivery: PasseportMinorFormDelivery


class PasseportMinorRequest(TypedDict):
    """
    Passport for a minor at a consulate
    """

    service: Literal["passeport.minor"]
    form: PasseportMinorForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class PasseportRenewalAdultFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class PasseportRenewalAdultFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportRenewalAdultFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportRenewalAdultFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportRenewalAdultFormDeliveryMethod
    address: NotRequired[PasseportRenewalAdultFormDeliveryAddress]


class PasseportRenewalAdultFormLodging(TypedDict):
    """
    Consulate where you will hand in the file.
    """

    country: str
    consulate: str


class PasseportRenewalAdultFormPassport(TypedDict):
    """
    Previous passport.
    """

    number: str
    expires_on: NotRequired[str]


class PasseportRenewalAdultFormPerson(TypedDict):
    """
    Person the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class PasseportRenewalAdultFormRegistration(TypedDict):
    """
    Consular registration.
    """

    consulate: str
    number: str


class PasseportRenewalAdultForm(TypedDict):
    lodging: PasseportRenewalAdultFormLodging
    registration: PasseportRenewalAdultFormRegistration
    person: PasseportRenewalAdultFormPerson
    passport: PasseportRenewalAdultFormPassport
    contact: PasseportRenewalAdultFormContact
    delivery: PasseportRenewalAdultFormDelivery


class PasseportRenewalAdultMoroccoFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class PasseportRenewalAdultMoroccoFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


PasseportRenewalAdultMoroccoFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class PasseportRenewalAdultMoroccoFormDelivery(TypedDict):
    """
    How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: PasseportRenewalAdultMoroccoFormDeliveryMethod
    address: NotRequired[PasseportRenewalAdultMoroccoFormDeliveryAddress]


class PasseportRenewalAdultMoroccoFormLodging(TypedDict):
    """
    Office where you will hand in the file in Morocco.
    """

    province: str
    office: str


class PasseportRenewalAdultMoroccoFormPassport(TypedDict):
    """
    Previous passport.
    """

    number: str
    expires_on: NotRequired[str]


class PasseportRenewalAdultMoroccoFormPerson(TypedDict):
    """
    Person the passport is for.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class PasseportRenewalAdultMoroccoForm(TypedDict):
    lodging: PasseportRenewalAdultMoroccoFormLodging
    person: PasseportRenewalAdultMoroccoFormPerson
    passport: PasseportRenewalAdultMoroccoFormPassport
    contact: PasseportRenewalAdultMoroccoFormContact
    delivery: PasseportRenewalAdultMoroccoFormDelivery


class PasseportRenewalAdultMoroccoRequest(TypedDict):
    """
    Passport renewal for an adult in Morocco
    """

    service: Literal["passeport.renewal-adult-morocco"]
    form: PasseportRenewalAdultMoroccoForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class PasseportRenewalAdultRequest(TypedDict):
    """
    Passport renewal for an adult at a consulate
    """

    service: Literal["passeport.renewal-adult"]
    form: PasseportRenewalAdultForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class PayRequest(TypedDict):
    return_url: NotRequired[str | None]


class Payment(TypedDict):
    """
    Something to pay for a case, and what became of it.
    """

    portal: str
    portal_title: str
    id: str
    case: str
    code: ActionCode
    amount: Money
    state: Literal["due", "paid", "refunded", "cancelled"]
    reference: str | None
    stamp: str | None
    paid_at: str | None
    refunded_at: str | None
    url: str
    object: Literal["payment"]


class PaymentPage(TypedDict):
    data: list[Payment]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Post(TypedDict):
    portal: str
    portal_title: str
    id: str
    name: str
    country: str
    city: str
    timezone: str
    address: str | None
    opening_hours: list[str]
    services: list[str]
    slots_url: str | None
    illustrative: bool
    object: Literal["post"]


class PostPage(TypedDict):
    data: list[Post]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Probe(TypedDict):
    """
    What came of the last time that the gateway asked whether the portal still answers as recorded.
    """

    operation: str
    outcome: Literal["as_recorded", "drift", "failed"]
    code: str | None
    code_text: str | None
    probed_at: str
    drift: list[Drift]


ProblemCode: TypeAlias = Literal[
    "act_not_found",
    "act_under_correction",
    "act_unreadable",
    "action_not_open",
    "action_not_supported",
    "address_code_not_awaited",
    "address_code_wrong",
    "address_codes_used",
    "address_incomplete",
    "address_not_unverified",
    "address_quota_used",
    "adult_only",
    "amount_mismatch",
    "another_person",
    "answer_refused",
    "as_you_asked",
    "attachment_empty",
    "attachment_locked",
    "attachment_too_complex",
    "attachment_too_large",
    "attachment_type_refused",
    "audit_unavailable",
    "bad_signature",
    "bodies_not_kept",
    "body_too_large",
    "breaker_open",
    "bulkhead_full",
    "callback_not_supported",
    "callback_refused",
    "capability_missing",
    "card_not_accepted",
    "card_not_found",
    "cards_quota_used",
    "case_damaged",
    "case_finished",
    "case_not_found",
    "cases_quota_used",
    "channel_not_offered",
    "client_quota_used",
    "client_unknown",
    "connector_failed",
    "connector_overloaded",
    "connector_quarantined",
    "consular_registration_not_found",
    "country_unknown",
    "cursor_invalid",
    "declaration_not_accepted",
    "delivery_not_found",
    "demand_refused",
    "document_not_found",
    "dpop_nonce_required",
    "dpop_proof_invalid",
    "draft_not_found",
    "drafts_quota_used",
    "erased",
    "files_quota_used",
    "filter_invalid",
    "form_invalid",
    "form_not_accepted",
    "guardian_consent_missing",
    "guardian_missing",
    "header_repeated",
    "headers_too_large",
    "idempotency_in_progress",
    "idempotency_key_invalid",
    "idempotency_key_missing",
    "idempotency_key_reused",
    "identity_mismatch",
    "identity_not_in_mandate",
    "identity_not_verified",
    "identity_required",
    "insufficient_assurance",
    "insufficient_scope",
    "internal_error",
    "invalid_request",
    "issuer_keys_pending",
    "issuer_not_entitled",
    "issuer_unavailable",
    "malformed_callback",
    "malformed_json",
    "malformed_request",
    "mandate_code_wrong",
    "mandate_ended",
    "mandate_not_found",
    "mandate_required",
    "mandate_too_narrow",
    "mandate_unknown",
    "mandates_quota_used",
    "method_not_allowed",
    "minor_only",
    "name_not_verified",
    "not_acceptable",
    "not_found",
    "not_found_at_portal",
    "notes_quota_used",
    "officer_refused",
    "open_cases_quota_used",
    "outcome_unknown",
    "overloaded",
    "parcel_lost",
    "parcel_returned",
    "passport_not_found",
    "passport_reported_lost",
    "payment_not_captured",
    "payment_not_found",
    "payment_not_made",
    "personal_only",
    "photo_not_accepted",
    "portal_answer_not_authentic",
    "portal_answer_unexpected",
    "portal_busy",
    "portal_denied_gateway",
    "portal_failed",
    "portal_host_refused",
    "portal_redirected",
    "portal_refused",
    "portal_timeout",
    "portal_unavailable",
    "post_not_found",
    "postcode_invalid",
    "pre_application_expired",
    "precondition_failed",
    "principal_not_allowed",
    "proof_of_relation_missing",
    "rate_limit_reached",
    "record_expired",
    "record_not_found",
    "replayed",
    "request_timeout",
    "requester_not_entitled",
    "return_url_not_allowed",
    "returned_to_sender",
    "service_not_found",
    "service_not_offered",
    "service_unknown",
    "shutting_down",
    "slot_invalid",
    "slot_not_chosen",
    "slot_taken",
    "stamp_already_used",
    "stamp_cancelled",
    "stamp_expired",
    "stamp_invalid",
    "stamp_missing",
    "stamp_not_found",
    "store_unavailable",
    "streams_quota_used",
    "ticket_invalid",
    "token_algorithm_not_allowed",
    "token_bad_signature",
    "token_binding_failed",
    "token_expired",
    "token_lives_too_long",
    "token_malformed",
    "token_missing",
    "token_not_bound",
    "token_not_yet_valid",
    "token_unknown_key",
    "token_untrusted_issuer",
    "token_wrong_audience",
    "too_late",
    "too_many_cards",
    "too_many_requests",
    "too_many_webhooks",
    "too_old",
    "tracking_number_invalid",
    "tracking_number_not_arrived",
    "tracking_number_unknown",
    "tracking_proof_missing",
    "tracking_tries_used",
    "unsupported_media_type",
    "validations_quota_used",
    "visit_not_found",
    "webhook_not_found",
    "webhook_not_verified",
    "webhook_state",
    "webhook_tries_used",
    "withdrawal_not_supported",
    "withdrawal_too_late",
    "withdrawn_at_portal",
    "withdrawn_by_person",
]


class Problem(TypedDict):
    """
    The body of every error. What does not apply is null.
    """

    type: str
    title: str
    status: int
    detail: str
    code: ProblemCode
    origin: Literal["client", "gateway", "connector", "portal"]
    retry_safe: bool
    remedy: str
    call_id: str
    portal: str | None
    portal_message: str | None
    retry_after: int | None
    quota: str | None
    errors: list[FieldError]


class Profile(TypedDict):
    """
    What the identity provider vouches for. Null: it says nothing of it, or says that it is not verified.
    """

    cnie: str | None
    name: str | None
    family_name: str | None
    given_name: str | None
    family_name_ar: str | None
    given_name_ar: str | None
    birthdate: str | None
    email: str | None
    phone: str | None


class Me(TypedDict):
    """
    Who the caller is here, by the token of the call.
    """

    kind: Literal["citizen", "app", "agent", "auditor", "operator", "agency"]
    client: str
    client_name: str
    assurance: str | None
    scopes: list[
        Literal[
            "cases:read",
            "cases:write",
            "tracking:read",
            "operate",
            "audit:list",
            "audit:bodies",
            "audit:export",
            "subjects:resolve",
            "webhooks:manage",
        ]
    ]
    token_expires_at: str
    posts: list[str]
    portals: list[str]
    languages: list[str]
    language: str | None
    profile: Profile | None
    mandates: list[MandateSummary] | None
    object: Literal["me"]


class Province(TypedDict):
    code: str
    value: str
    name: str
    region: str
    object: Literal["province"]


class ProvincePage(TypedDict):
    data: list[Province]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Quarantine(TypedDict):
    """
    Why the connector is left out.
    """

    stage: str
    reason: str
    remedy: str


class PortalSummary(TypedDict):
    portal: str
    portal_title: str
    availability: Availability
    breaker: Literal["closed", "half_open", "open"] | None
    quarantine: Quarantine | None
    level: Literal["connected", "dependable", "exemplary"] | None
    since_at: str
    until_at: str
    traffic: Calls
    late: list[Late]
    last_probe: LastProbe | None
    object: Literal["portal"]


class PortalSummaryPage(TypedDict):
    data: list[PortalSummary]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Queue(TypedDict):
    queue: Literal["journeys", "outbox", "messages", "webhooks"]
    due: int
    taken: int
    overdue_seconds: int


class QuietHours(TypedDict):
    """
    The part of each day in which no messages are sent; over midnight where `start` is later than `end`.
    """

    start: str
    end: str
    timezone: str


class Preferences(TypedDict):
    language: str | None
    email: Channel
    sms: Channel
    details: bool
    quiet_hours: QuietHours | None
    updated_at: str | None
    object: Literal["preferences"]


class PreferencesRequest(TypedDict):
    """
    All of them: what is left out goes back to its default.
    """

    language: NotRequired[str | None]
    email: NotRequired[ChannelRequest]
    sms: NotRequired[ChannelRequest]
    details: NotRequired[bool]
    quiet_hours: NotRequired[QuietHours | None]


Reason: TypeAlias = Literal[
    "act_not_found",
    "act_under_correction",
    "act_unreadable",
    "action_not_open",
    "action_not_supported",
    "address_code_not_awaited",
    "address_code_wrong",
    "address_codes_used",
    "address_incomplete",
    "address_not_unverified",
    "address_quota_used",
    "adult_only",
    "amount_mismatch",
    "another_person",
    "answer_refused",
    "as_you_asked",
    "attachment_empty",
    "attachment_locked",
    "attachment_too_complex",
    "attachment_too_large",
    "attachment_type_refused",
    "audit_unavailable",
    "bad_signature",
    "bodies_not_kept",
    "body_too_large",
    "breaker_open",
    "bulkhead_full",
    "callback_not_supported",
    "callback_refused",
    "capability_missing",
    "card_not_accepted",
    "card_not_found",
    "cards_quota_used",
    "case_damaged",
    "case_finished",
    "case_not_found",
    "cases_quota_used",
    "channel_not_offered",
    "client_quota_used",
    "client_unknown",
    "connector_failed",
    "connector_overloaded",
    "connector_quarantined",
    "consular_registration_not_found",
    "country_unknown",
    "cursor_invalid",
    "declaration_not_accepted",
    "delivery_not_found",
    "demand_refused",
    "document_not_found",
    "dpop_nonce_required",
    "dpop_proof_invalid",
    "draft_not_found",
    "drafts_quota_used",
    "erased",
    "files_quota_used",
    "filter_invalid",
    "form_invalid",
    "form_not_accepted",
    "guardian_consent_missing",
    "guardian_missing",
    "header_repeated",
    "headers_too_large",
    "idempotency_in_progress",
    "idempotency_key_invalid",
    "idempotency_key_missing",
    "idempotency_key_reused",
    "identity_mismatch",
    "identity_not_in_mandate",
    "identity_not_verified",
    "identity_required",
    "insufficient_assurance",
    "insufficient_scope",
    "internal_error",
    "invalid_request",
    "issuer_keys_pending",
    "issuer_not_entitled",
    "issuer_unavailable",
    "malformed_callback",
    "malformed_json",
    "malformed_request",
    "mandate_code_wrong",
    "mandate_ended",
    "mandate_not_found",
    "mandate_required",
    "mandate_too_narrow",
    "mandate_unknown",
    "mandates_quota_used",
    "method_not_allowed",
    "minor_only",
    "name_not_verified",
    "not_acceptable",
    "not_found",
    "not_found_at_portal",
    "notes_quota_used",
    "officer_refused",
    "open_cases_quota_used",
    "outcome_unknown",
    "overloaded",
    "parcel_lost",
    "parcel_returned",
    "passport_not_found",
    "passport_reported_lost",
    "payment_not_captured",
    "payment_not_found",
    "payment_not_made",
    "personal_only",
    "photo_not_accepted",
    "portal_answer_not_authentic",
    "portal_answer_unexpected",
    "portal_busy",
    "portal_denied_gateway",
    "portal_failed",
    "portal_host_refused",
    "portal_redirected",
    "portal_refused",
    "portal_timeout",
    "portal_unavailable",
    "post_not_found",
    "postcode_invalid",
    "pre_application_expired",
    "precondition_failed",
    "principal_not_allowed",
    "proof_of_relation_missing",
    "rate_limit_reached",
    "record_expired",
    "record_not_found",
    "replayed",
    "request_timeout",
    "requester_not_entitled",
    "return_url_not_allowed",
    "returned_to_sender",
    "service_not_found",
    "service_not_offered",
    "service_unknown",
    "shutting_down",
    "slot_invalid",
    "slot_not_chosen",
    "slot_taken",
    "stamp_already_used",
    "stamp_cancelled",
    "stamp_expired",
    "stamp_invalid",
    "stamp_missing",
    "stamp_not_found",
    "store_unavailable",
    "streams_quota_used",
    "ticket_invalid",
    "token_algorithm_not_allowed",
    "token_bad_signature",
    "token_binding_failed",
    "token_expired",
    "token_lives_too_long",
    "token_malformed",
    "token_missing",
    "token_not_bound",
    "token_not_yet_valid",
    "token_unknown_key",
    "token_untrusted_issuer",
    "token_wrong_audience",
    "too_late",
    "too_many_cards",
    "too_many_requests",
    "too_many_webhooks",
    "too_old",
    "tracking_number_invalid",
    "tracking_number_not_arrived",
    "tracking_number_unknown",
    "tracking_proof_missing",
    "tracking_tries_used",
    "unsupported_media_type",
    "validations_quota_used",
    "visit_not_found",
    "webhook_not_found",
    "webhook_not_verified",
    "webhook_state",
    "webhook_tries_used",
    "withdrawal_not_supported",
    "withdrawal_too_late",
    "withdrawn_at_portal",
    "withdrawn_by_person",
]


class EventData(TypedDict):
    """
    What belongs to the event's `code`; what does not is left out.
    """

    reason: NotRequired[Reason]
    amount: NotRequired[Money | None]
    reference: NotRequired[str]
    stamp: NotRequired[str]
    round: NotRequired[int]
    action: NotRequired[ActionType | None]
    why: NotRequired[ActionCode]
    choice: NotRequired[str]
    document: NotRequired[str]
    from_case: NotRequired[str]
    post: NotRequired[str]
    starts_at: NotRequired[str | None]
    deadline: NotRequired[Literal["answer", "acknowledge", "triage", ""]]
    due_on: NotRequired[str | None]
    label: NotRequired[str]
    milestone: NotRequired[Milestone | None]
    portal_occurred_at: NotRequired[str | None]


class CaseEvent(TypedDict):
    id: str
    case: str
    service: str
    number: int
    occurred_at: str
    code: EventCode
    text: str
    status: CaseStatus
    portal: str | None
    data: EventData
    object: Literal["event"]


class CaseEventPage(TypedDict):
    data: list[CaseEvent]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class FeedPage(TypedDict):
    data: list[CaseEvent]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]
    position: str


class ReceiptDeadline(TypedDict):
    on: str | None
    basis: str


class ReceiptFee(TypedDict):
    amount: int
    currency: str


class ReceiptForm(TypedDict):
    """
    The form itself is not in a receipt.
    """

    salt: str
    sha256: str


class ReceiptPortal(TypedDict):
    id: str
    reference: str


class ReceiptService(TypedDict):
    id: str
    version: int
    title: str


class ReceiptClaims(TypedDict):
    """
    The claims of a receipt (law 55-19).
    """

    iss: str
    sub: str
    iat: int
    service: ReceiptService
    filed_at: str
    form: ReceiptForm
    attachments: list[str]
    competent_body: str
    deadline: ReceiptDeadline
    appeal: str
    language: str
    silence_is_acceptance: NotRequired[bool]
    silence_source: NotRequired[str]
    portal: NotRequired[ReceiptPortal | None]
    fee: NotRequired[ReceiptFee | None]


class Receipt(TypedDict):
    case: str
    receipt: str
    claims: ReceiptClaims
    object: Literal["receipt"]


class Refusal(TypedDict):
    """
    What a portal refused last: the demand, or an answer to what it had asked.
    """

    portal: str
    portal_title: str
    code: str
    text: str
    errors: list[FieldError]
    portal_message: str | None


class RemovedWebhook(TypedDict):
    id: str
    deleted: bool
    object: Literal["webhook"]


RendezvousAdoulActFormAct: TypeAlias = Literal["marriage", "power_of_attorney", "succession", "other"]


class RendezvousAdoulActFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RendezvousAdoulActFormDocuments(TypedDict):
    """
    Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment.
    """

    identity: NotRequired[str]
    birth_extract: NotRequired[str]
    other: NotRequired[str]


class RendezvousAdoulActFormPerson(TypedDict):
    """
    Applicant.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]


class RendezvousAdoulActForm(TypedDict):
    post: str
    act: RendezvousAdoulActFormAct
    subject: str
    person: RendezvousAdoulActFormPerson
    contact: RendezvousAdoulActFormContact
    documents: NotRequired[RendezvousAdoulActFormDocuments]


class RendezvousAdoulActRequest(TypedDict):
    """
    Adoul act
    """

    service: Literal["rendezvous.adoul-act"]
    form: RendezvousAdoulActForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RendezvousCnieFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RendezvousCnieFormDocuments(TypedDict):
    """
    Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment.
    """

    birth_extract: NotRequired[str]
    photo: NotRequired[str]
    previous_card: NotRequired[str]
    loss_declaration: NotRequired[str]
    other: NotRequired[str]


RendezvousCnieFormKind: TypeAlias = Literal["first", "renewal", "change", "loss"]


class RendezvousCnieFormPerson(TypedDict):
    """
    Applicant.
    """

    cnie: NotRequired[str]
    last_name_latin: str
    first_name_latin: str
    last_name_arabic: str
    first_name_arabic: str
    birth_date: str


class RendezvousCnieForm(TypedDict):
    """
    Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    post: str
    kind: RendezvousCnieFormKind
    person: RendezvousCnieFormPerson
    contact: RendezvousCnieFormContact
    documents: NotRequired[RendezvousCnieFormDocuments]


class RendezvousCnieRequest(TypedDict):
    """
    National identity card (CNIE): application and appointment
    """

    service: Literal["rendezvous.cnie"]
    form: RendezvousCnieForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RendezvousConsularRegistrationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RendezvousConsularRegistrationFormDocuments(TypedDict):
    """
    Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment.
    """

    identity: NotRequired[str]
    proof_of_address: NotRequired[str]
    photo: NotRequired[str]
    other: NotRequired[str]


class RendezvousConsularRegistrationFormPerson(TypedDict):
    """
    Applicant.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]


class RendezvousConsularRegistrationFormResidence(TypedDict):
    """
    Residence abroad.
    """

    country: str
    city: str
    since: str


class RendezvousConsularRegistrationForm(TypedDict):
    post: str
    residence: RendezvousConsularRegistrationFormResidence
    person: RendezvousConsularRegistrationFormPerson
    contact: RendezvousConsularRegistrationFormContact
    documents: NotRequired[RendezvousConsularRegistrationFormDocuments]


class RendezvousConsularRegistrationRequest(TypedDict):
    """
    Consular registration
    """

    service: Literal["rendezvous.consular-registration"]
    form: RendezvousConsularRegistrationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RendezvousLegalisationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RendezvousLegalisationFormDocuments(TypedDict):
    """
    Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment.
    """

    to_legalise: NotRequired[str]
    identity: NotRequired[str]
    other: NotRequired[str]


class RendezvousLegalisationFormPerson(TypedDict):
    """
    Applicant.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]


class RendezvousLegalisationForm(TypedDict):
    post: str
    document: str
    copies: int
    person: RendezvousLegalisationFormPerson
    contact: RendezvousLegalisationFormContact
    documents: NotRequired[RendezvousLegalisationFormDocuments]


class RendezvousLegalisationRequest(TypedDict):
    """
    Legalisation of a document or a signature
    """

    service: Literal["rendezvous.legalisation"]
    form: RendezvousLegalisationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RendezvousLifeAttestationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RendezvousLifeAttestationFormDocuments(TypedDict):
    """
    Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment.
    """

    identity: NotRequired[str]
    other: NotRequired[str]


class RendezvousLifeAttestationFormPerson(TypedDict):
    """
    Applicant.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]


class RendezvousLifeAttestationForm(TypedDict):
    post: str
    use: str
    person: RendezvousLifeAttestationFormPerson
    contact: RendezvousLifeAttestationFormContact
    documents: NotRequired[RendezvousLifeAttestationFormDocuments]


class RendezvousLifeAttestationRequest(TypedDict):
    """
    Attestation of life
    """

    service: Literal["rendezvous.life-attestation"]
    form: RendezvousLifeAttestationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RendezvousResidenceAttestationFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RendezvousResidenceAttestationFormDocuments(TypedDict):
    """
    Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment.
    """

    proof_of_address: NotRequired[str]
    identity: NotRequired[str]
    other: NotRequired[str]


class RendezvousResidenceAttestationFormPerson(TypedDict):
    """
    Applicant.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]


class RendezvousResidenceAttestationForm(TypedDict):
    post: str
    use: str
    person: RendezvousResidenceAttestationFormPerson
    contact: RendezvousResidenceAttestationFormContact
    documents: NotRequired[RendezvousResidenceAttestationFormDocuments]


class RendezvousResidenceAttestationRequest(TypedDict):
    """
    Attestation of residence
    """

    service: Literal["rendezvous.residence-attestation"]
    form: RendezvousResidenceAttestationForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class ResourceMetadata(TypedDict):
    """
    OAuth 2.0 Protected Resource Metadata (RFC 9728).
    """

    resource: str
    resource_name: str
    authorization_servers: list[str]
    scopes_supported: list[
        Literal[
            "cases:read",
            "cases:write",
            "tracking:read",
            "operate",
            "audit:list",
            "audit:bodies",
            "audit:export",
            "subjects:resolve",
            "webhooks:manage",
        ]
    ]
    bearer_methods_supported: list[Literal["header"]]
    jwks_uri: str
    dpop_signing_alg_values_supported: list[str]
    dpop_bound_access_tokens_required: bool
    tls_client_certificate_bound_access_tokens: bool
    resource_documentation: str


class ReuseRequest(TypedDict):
    """
    Once only: a document that the gateway already received need not be handed in again.
    """

    from_case: str
    document: str
    consent: bool


class RokhasBusinessPermitFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RokhasBusinessPermitFormLand(TypedDict):
    """
    Land or premises.
    """

    province: str
    commune: str
    address: str
    title: NotRequired[str]


RokhasBusinessPermitFormOwnerKind: TypeAlias = Literal["person", "company"]


class RokhasBusinessPermitFormOwner(TypedDict):
    """
    Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    kind: RokhasBusinessPermitFormOwnerKind
    name: str
    cnie: NotRequired[str]
    trade_register: NotRequired[str]
    trade_register_extract: NotRequired[str]


RokhasBusinessPermitFormProjectActivity: TypeAlias = Literal["commerce", "crafts", "services", "food"]


class RokhasBusinessPermitFormProject(TypedDict):
    """
    Project.
    """

    description: str
    activity: RokhasBusinessPermitFormProjectActivity
    sign: str
    area: int


class RokhasBusinessPermitForm(TypedDict):
    owner: RokhasBusinessPermitFormOwner
    land: RokhasBusinessPermitFormLand
    project: RokhasBusinessPermitFormProject
    contact: RokhasBusinessPermitFormContact
    plans: NotRequired[list[str]]
    deed: NotRequired[str]


class RokhasBusinessPermitRequest(TypedDict):
    """
    Permit for a business
    """

    service: Literal["rokhas.business-permit"]
    form: RokhasBusinessPermitForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RokhasConstructionPermitFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RokhasConstructionPermitFormLand(TypedDict):
    """
    Land or premises.
    """

    province: str
    commune: str
    address: str
    title: NotRequired[str]


RokhasConstructionPermitFormOwnerKind: TypeAlias = Literal["person", "company"]


class RokhasConstructionPermitFormOwner(TypedDict):
    """
    Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    kind: RokhasConstructionPermitFormOwnerKind
    name: str
    cnie: NotRequired[str]
    trade_register: NotRequired[str]
    trade_register_extract: NotRequired[str]


RokhasConstructionPermitFormProjectUse: TypeAlias = Literal["dwelling", "commerce", "industry", "mixed"]


class RokhasConstructionPermitFormProject(TypedDict):
    """
    Project.
    """

    description: str
    use: RokhasConstructionPermitFormProjectUse
    floors: int
    area: int


class RokhasConstructionPermitForm(TypedDict):
    owner: RokhasConstructionPermitFormOwner
    land: RokhasConstructionPermitFormLand
    project: RokhasConstructionPermitFormProject
    contact: RokhasConstructionPermitFormContact
    plans: NotRequired[list[str]]
    deed: NotRequired[str]


class RokhasConstructionPermitRequest(TypedDict):
    """
    Building permit
    """

    service: Literal["rokhas.construction-permit"]
    form: RokhasConstructionPermitForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RokhasDemolitionPermitFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RokhasDemolitionPermitFormLand(TypedDict):
    """
    Land or premises.
    """

    province: str
    commune: str
    address: str
    title: NotRequired[str]


RokhasDemolitionPermitFormOwnerKind: TypeAlias = Literal["person", "company"]


class RokhasDemolitionPermitFormOwner(TypedDict):
    """
    Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    kind: RokhasDemolitionPermitFormOwnerKind
    name: str
    cnie: NotRequired[str]
    trade_register: NotRequired[str]
    trade_register_extract: NotRequired[str]


class RokhasDemolitionPermitFormProject(TypedDict):
    """
    Project.
    """

    description: str
    area: int
    occupied: bool


class RokhasDemolitionPermitForm(TypedDict):
    owner: RokhasDemolitionPermitFormOwner
    land: RokhasDemolitionPermitFormLand
    project: RokhasDemolitionPermitFormProject
    contact: RokhasDemolitionPermitFormContact
    plans: NotRequired[list[str]]
    deed: NotRequired[str]


class RokhasDemolitionPermitRequest(TypedDict):
    """
    Demolition permit
    """

    service: Literal["rokhas.demolition-permit"]
    form: RokhasDemolitionPermitForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RokhasOccupancyCertificateFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RokhasOccupancyCertificateFormLand(TypedDict):
    """
    Land or premises.
    """

    province: str
    commune: str
    address: str
    title: NotRequired[str]


RokhasOccupancyCertificateFormOwnerKind: TypeAlias = Literal["person", "company"]


class RokhasOccupancyCertificateFormOwner(TypedDict):
    """
    Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    kind: RokhasOccupancyCertificateFormOwnerKind
    name: str
    cnie: NotRequired[str]
    trade_register: NotRequired[str]
    trade_register_extract: NotRequired[str]


RokhasOccupancyCertificateFormProjectCertificate: TypeAlias = Literal["dwelling", "conformity"]


class RokhasOccupancyCertificateFormProject(TypedDict):
    """
    Project.
    """

    description: str
    certificate: RokhasOccupancyCertificateFormProjectCertificate
    permit: str


class RokhasOccupancyCertificateForm(TypedDict):
    owner: RokhasOccupancyCertificateFormOwner
    land: RokhasOccupancyCertificateFormLand
    project: RokhasOccupancyCertificateFormProject
    contact: RokhasOccupancyCertificateFormContact
    plans: NotRequired[list[str]]
    deed: NotRequired[str]


class RokhasOccupancyCertificateRequest(TypedDict):
    """
    Occupancy permit or certificate of conformity
    """

    service: Literal["rokhas.occupancy-certificate"]
    form: RokhasOccupancyCertificateForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RokhasPublicDomainPermitFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RokhasPublicDomainPermitFormLand(TypedDict):
    """
    Land or premises.
    """

    province: str
    commune: str
    address: str
    title: NotRequired[str]


RokhasPublicDomainPermitFormOwnerKind: TypeAlias = Literal["person", "company"]


class RokhasPublicDomainPermitFormOwner(TypedDict):
    """
    Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    kind: RokhasPublicDomainPermitFormOwnerKind
    name: str
    cnie: NotRequired[str]
    trade_register: NotRequired[str]
    trade_register_extract: NotRequired[str]


RokhasPublicDomainPermitFormProjectKind: TypeAlias = Literal["terrace", "site", "stall", "hoarding"]


class RokhasPublicDomainPermitFormProject(TypedDict):
    """
    Project.
    """

    description: str
    kind: RokhasPublicDomainPermitFormProjectKind
    area: int
    starts: str
    days: int


class RokhasPublicDomainPermitForm(TypedDict):
    owner: RokhasPublicDomainPermitFormOwner
    land: RokhasPublicDomainPermitFormLand
    project: RokhasPublicDomainPermitFormProject
    contact: RokhasPublicDomainPermitFormContact
    plans: NotRequired[list[str]]
    deed: NotRequired[str]


class RokhasPublicDomainPermitRequest(TypedDict):
    """
    Permit to use public ground
    """

    service: Literal["rokhas.public-domain-permit"]
    form: RokhasPublicDomainPermitForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RokhasRepairPermitFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class RokhasRepairPermitFormLand(TypedDict):
    """
    Land or premises.
    """

    province: str
    commune: str
    address: str
    title: NotRequired[str]


RokhasRepairPermitFormOwnerKind: TypeAlias = Literal["person", "company"]


class RokhasRepairPermitFormOwner(TypedDict):
    """
    Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    kind: RokhasRepairPermitFormOwnerKind
    name: str
    cnie: NotRequired[str]
    trade_register: NotRequired[str]
    trade_register_extract: NotRequired[str]


RokhasRepairPermitFormProjectWorks: TypeAlias = Literal["facade", "roof", "interior", "fence"]


class RokhasRepairPermitFormProject(TypedDict):
    """
    Project.
    """

    description: str
    works: RokhasRepairPermitFormProjectWorks


class RokhasRepairPermitForm(TypedDict):
    owner: RokhasRepairPermitFormOwner
    land: RokhasRepairPermitFormLand
    project: RokhasRepairPermitFormProject
    contact: RokhasRepairPermitFormContact
    plans: NotRequired[list[str]]
    deed: NotRequired[str]


class RokhasRepairPermitRequest(TypedDict):
    """
    Repair permit
    """

    service: Literal["rokhas.repair-permit"]
    form: RokhasRepairPermitForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class RotateWebhookSecretRequest(TypedDict):
    overlap_seconds: NotRequired[int | None]


class ServiceStep(TypedDict):
    portal: str
    portal_title: str
    step: Literal["fee", "filing", "later_fee", "appointment", "delivery"]
    title: str
    availability: Availability


class Service(TypedDict):
    portal: str
    portal_title: str
    id: str
    version: int
    language: str
    title: str
    summary: str
    category: Category
    audience: list[Literal["person", "child", "business"]]
    concerns: list[Concern]
    who: str | None
    bring: str | None
    competent_body: str | None
    appeal: str | None
    availability: Availability
    cost: Cost
    deadlines: list[Deadline]
    deadline_text: str
    delivery_text: str
    steps: list[ServiceStep]
    purpose: str
    acr: Literal["low", "substantial", "high"]
    result_languages: list[str]
    available: bool
    form: dict[str, Any] | None
    example: dict[str, Any] | None
    prefill: dict[str, Any] | None
    portal_level: Literal["connected", "dependable", "exemplary"] | None
    object: Literal["service"]


class ShapeChange(TypedDict):
    """
    Good answers that look otherwise than those before.
    """

    operation: str
    status: int
    added: list[str]
    missing: list[str]
    first_seen_at: str
    last_seen_at: str


class Shipment(TypedDict):
    portal: str
    portal_title: str
    reference: str
    milestone: Milestone | None
    tracking_url: str


class Case(TypedDict):
    id: str
    service: str
    service_title: str
    status: CaseStatus
    status_text: str
    reason: Reason | None
    reason_text: str | None
    refusal: Refusal | None
    language: str
    client: str
    created_at: str
    updated_at: str
    checked_at: str | None
    fast_lane: bool
    deadlines: list[Deadline]
    actions: list[CaseAction]
    payments: list[Payment]
    appointment: Appointment | None
    related_case: str | None
    filing: Filing
    shipment: Shipment | None
    documents: list[CaseDocument]
    checkout: Checkout | None
    receipt_url: str
    events_url: str
    object: Literal["case"]


class CasePage(TypedDict):
    data: list[Case]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class Slot(TypedDict):
    id: str
    portal: str
    post: str
    starts_at: str
    ends_at: str
    timezone: str
    object: Literal["slot"]


class SlotPage(TypedDict):
    data: list[Slot]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class StrangeAnswer(TypedDict):
    """
    An answer that the connector does not know: its shape alone.
    """

    operation: str
    code: str
    status: int
    shape: list[str]
    count: int
    first_seen_at: str
    last_seen_at: str


class Portal(TypedDict):
    portal: str
    portal_title: str
    availability: Availability
    breaker: Literal["closed", "half_open", "open"] | None
    quarantine: Quarantine | None
    level: Literal["connected", "dependable", "exemplary"] | None
    since_at: str
    until_at: str
    traffic: Calls
    late: list[Late]
    last_probe: LastProbe | None
    object: Literal["portal"]
    hours: list[Hour]
    operations: list[Operation]
    failures: list[Failure]
    strange_answers: list[StrangeAnswer]
    shape_changes: list[ShapeChange]
    probes: list[Probe]
    delays: list[Indicator]


class Suggestion(TypedDict):
    id: str
    title: str
    url: str


class ServiceList(TypedDict):
    data: list[Service]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]
    categories: list[Category]
    suggestions: list[Suggestion]


class TakeRequest(TypedDict):
    code: str


class Ticket(TypedDict):
    ticket: str
    url: str
    expires_at: str
    object: Literal["ticket"]


class TicketRequest(TypedDict):
    case: NotRequired[str | None]


class TrackingStep(TypedDict):
    occurred_at: str
    text: str
    label: str
    milestone: Milestone | None
    place: str | None


class Tracking(TypedDict):
    portal: str
    portal_title: str
    reference: str
    status: CaseStatus
    status_text: str
    portal_status: str | None
    milestone: Milestone | None
    history: list[TrackingStep]
    object: Literal["tracking"]


class Validation(TypedDict):
    service: str
    valid: bool
    fee: Money | None
    findings: list[Finding]
    object: Literal["validation"]


class Visit(TypedDict):
    """
    An appointment at a post. `name` is told once, when the person has come.
    """

    case: str
    service: str
    service_title: str
    status: CaseStatus
    status_text: str
    portal: str
    post: str
    reference: str
    starts_at: str
    ends_at: str
    timezone: str
    fast_lane: bool
    checked_in_at: str | None
    name: str | None
    object: Literal["visit"]


class Agenda(TypedDict):
    """
    A post's day: who waits there, the fast lane first, then who has not come, by time.
    """

    post: str
    held_on: str
    visits: list[Visit]
    object: Literal["agenda"]


class WatiqaBirthExtractFormAct(TypedDict):
    """
    Birth record.
    """

    number: str
    register_year: int


class WatiqaBirthExtractFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class WatiqaBirthExtractFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


WatiqaBirthExtractFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class WatiqaBirthExtractFormDelivery(TypedDict):
    """
    How to receive the document. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: WatiqaBirthExtractFormDeliveryMethod
    address: NotRequired[WatiqaBirthExtractFormDeliveryAddress]


class WatiqaBirthExtractFormParents(TypedDict):
    """
    Parents.
    """

    father_latin: str
    father_arabic: str
    mother_latin: str
    mother_arabic: str


class WatiqaBirthExtractFormPerson(TypedDict):
    """
    Person the document is about.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


WatiqaBirthExtractFormRegistryBornIn: TypeAlias = Literal["morocco", "abroad"]


WatiqaBirthExtractFormRegistryRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


class WatiqaBirthExtractFormRegistry(TypedDict):
    """
    Birth register. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    born_in: WatiqaBirthExtractFormRegistryBornIn
    country: NotRequired[str]
    region: NotRequired[WatiqaBirthExtractFormRegistryRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    arrondissement: NotRequired[str]
    office: str


class WatiqaBirthExtractForm(TypedDict):
    registry: WatiqaBirthExtractFormRegistry
    person: WatiqaBirthExtractFormPerson
    parents: WatiqaBirthExtractFormParents
    act: WatiqaBirthExtractFormAct
    copies: int
    contact: WatiqaBirthExtractFormContact
    delivery: WatiqaBirthExtractFormDelivery


class WatiqaBirthExtractRequest(TypedDict):
    """
    Birth extract
    """

    service: Literal["watiqa.birth-extract"]
    form: WatiqaBirthExtractForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class WatiqaBirthFullCopyFormAct(TypedDict):
    """
    Birth record.
    """

    number: str
    register_year: int


class WatiqaBirthFullCopyFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class WatiqaBirthFullCopyFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


WatiqaBirthFullCopyFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class WatiqaBirthFullCopyFormDelivery(TypedDict):
    """
    How to receive the document. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: WatiqaBirthFullCopyFormDeliveryMethod
    address: NotRequired[WatiqaBirthFullCopyFormDeliveryAddress]


class WatiqaBirthFullCopyFormParents(TypedDict):
    """
    Parents.
    """

    father_latin: str
    father_arabic: str
    mother_latin: str
    mother_arabic: str


class WatiqaBirthFullCopyFormPerson(TypedDict):
    """
    Person the document is about.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


WatiqaBirthFullCopyFormRegistryBornIn: TypeAlias = Literal["morocco", "abroad"]


WatiqaBirthFullCopyFormRegistryRegion: TypeAlias = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"
]


class WatiqaBirthFullCopyFormRegistry(TypedDict):
    """
    Birth register. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    born_in: WatiqaBirthFullCopyFormRegistryBornIn
    country: NotRequired[str]
    region: NotRequired[WatiqaBirthFullCopyFormRegistryRegion]
    province: NotRequired[str]
    commune: NotRequired[str]
    arrondissement: NotRequired[str]
    office: str


class WatiqaBirthFullCopyForm(TypedDict):
    registry: WatiqaBirthFullCopyFormRegistry
    person: WatiqaBirthFullCopyFormPerson
    parents: WatiqaBirthFullCopyFormParents
    act: WatiqaBirthFullCopyFormAct
    copies: int
    contact: WatiqaBirthFullCopyFormContact
    delivery: WatiqaBirthFullCopyFormDelivery


class WatiqaBirthFullCopyRequest(TypedDict):
    """
    Full copy of a birth record
    """

    service: Literal["watiqa.birth-full-copy"]
    form: WatiqaBirthFullCopyForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


class WatiqaConsularRegistrationCertificateFormContact(TypedDict):
    """
    How to reach you.
    """

    email: str
    phone: str


class WatiqaConsularRegistrationCertificateFormDeliveryAddress(TypedDict):
    """
    Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    name: str
    lines: list[str]
    city: str
    postcode: NotRequired[str]
    country: str
    phone: str


WatiqaConsularRegistrationCertificateFormDeliveryMethod: TypeAlias = Literal["post", "pickup"]


class WatiqaConsularRegistrationCertificateFormDelivery(TypedDict):
    """
    How to receive the document. Rules between members are in the form itself: `GET /v1/services/{service_id}`.
    """

    method: WatiqaConsularRegistrationCertificateFormDeliveryMethod
    address: NotRequired[WatiqaConsularRegistrationCertificateFormDeliveryAddress]


class WatiqaConsularRegistrationCertificateFormPerson(TypedDict):
    """
    Person the document is about.
    """

    cnie: NotRequired[str]
    last_name_latin: NotRequired[str]
    first_name_latin: NotRequired[str]
    last_name_arabic: NotRequired[str]
    first_name_arabic: NotRequired[str]
    birth_date: NotRequired[str]
    birth_place: str


class WatiqaConsularRegistrationCertificateFormRegistration(TypedDict):
    """
    Consular registration.
    """

    country: str
    consulate: str
    number: str


class WatiqaConsularRegistrationCertificateForm(TypedDict):
    registration: WatiqaConsularRegistrationCertificateFormRegistration
    person: WatiqaConsularRegistrationCertificateFormPerson
    contact: WatiqaConsularRegistrationCertificateFormContact
    delivery: WatiqaConsularRegistrationCertificateFormDelivery


class WatiqaConsularRegistrationCertificateRequest(TypedDict):
    """
    Consular registration certificate
    """

    service: Literal["watiqa.consular-registration-certificate"]
    form: WatiqaConsularRegistrationCertificateForm
    language: NotRequired[str | None]
    related_case: NotRequired[str | None]
    card: NotRequired[str | None]
    draft: NotRequired[str | None]


CaseRequest: TypeAlias = (
    WatiqaBirthExtractRequest
    | WatiqaBirthFullCopyRequest
    | WatiqaConsularRegistrationCertificateRequest
    | AlhalalmadaniaBirthCopyRequest
    | AlhalalmadaniaMarriageCopyRequest
    | AlhalalmadaniaDeathCopyRequest
    | AlhalalmadaniaBirthDeclarationRequest
    | AlhalalmadaniaMarriageDeclarationRequest
    | AlhalalmadaniaDivorceDeclarationRequest
    | AlhalalmadaniaDeathDeclarationRequest
    | ChikayaComplaintRequest
    | ChikayaComplaintConsulateRequest
    | ChikayaObservationRequest
    | ChikayaSuggestionRequest
    | RokhasConstructionPermitRequest
    | RokhasRepairPermitRequest
    | RokhasDemolitionPermitRequest
    | RokhasOccupancyCertificateRequest
    | RokhasBusinessPermitRequest
    | RokhasPublicDomainPermitRequest
    | RendezvousConsularRegistrationRequest
    | RendezvousCnieRequest
    | RendezvousLegalisationRequest
    | RendezvousAdoulActRequest
    | RendezvousResidenceAttestationRequest
    | RendezvousLifeAttestationRequest
    | EchoNoteRequest
    | EchoStampedRequest
    | EchoParcelRequest
    | EchoVisitRequest
    | EchoMeetingRequest
    | PasseportRenewalAdultRequest
    | PasseportRenewalAdultMoroccoRequest
    | PasseportFirstAdultRequest
    | PasseportMinorRequest
    | PasseportAfterLossRequest
    | PasseportAfterTheftRequest
    | PasseportAfterDamageRequest
    | PasseportDataChangeRequest
)


class Webhook(TypedDict):
    """
    An endpoint of webhooks.
    """

    id: str
    url: str
    description: str | None
    event_types: list[
        Literal[
            "case.created",
            "case.updated",
            "case.action_required",
            "case.completed",
            "case.failed",
            "case.rejected",
            "case.withdrawn",
            "webhook.disabled",
        ]
    ]
    state: EndpointState
    disabled_reason: Literal["failing", "gone"] | None
    disabled_at: str | None
    first_failure_at: str | None
    verified_at: str | None
    created_at: str
    updated_at: str
    secret: str | None
    secret_created_at: str
    previous_secret_expires_at: str | None
    object: Literal["webhook"]


class WebhookCaseEventData(TypedDict):
    """
    What happened to a case: ids and words, nothing about a person.
    """

    case: str
    number: int
    service: str
    status: CaseStatus
    code: EventCode
    portal: str | None


class WebhookCaseEvent(TypedDict):
    type: Literal[
        "case.created",
        "case.updated",
        "case.action_required",
        "case.completed",
        "case.failed",
        "case.rejected",
        "case.withdrawn",
        "webhook.disabled",
    ]
    timestamp: str
    data: WebhookCaseEventData


class WebhookChallengeAnswer(TypedDict):
    """
    What a receiver answers to `webhook.verification`, with status 200.
    """

    challenge: str


class WebhookDelivery(TypedDict):
    """
    One event for one endpoint.
    """

    id: str
    webhook: str
    event: str
    event_type: Literal[
        "case.created",
        "case.updated",
        "case.action_required",
        "case.completed",
        "case.failed",
        "case.rejected",
        "case.withdrawn",
        "webhook.disabled",
        "webhook.test",
        "webhook.verification",
    ]
    case: str | None
    state: DeliveryState
    attempts: int
    last_outcome: (
        Literal[
            "delivered",
            "refused",
            "redirected",
            "timeout",
            "address_refused",
            "name_unknown",
            "connect_failed",
            "tls_failed",
            "broken",
        ]
        | None
    )
    last_status: int | None
    created_at: str
    first_attempt_at: str | None
    last_attempt_at: str | None
    next_attempt_at: str | None
    repeat_of: str | None
    payload: dict[str, Any]
    object: Literal["webhook_delivery"]


class WebhookDeliveryPage(TypedDict):
    data: list[WebhookDelivery]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class WebhookDisabledEventData(TypedDict):
    webhook: str
    reason: Literal["failing", "gone"]


class WebhookDisabledEvent(TypedDict):
    type: Literal["webhook.disabled"]
    timestamp: str
    data: WebhookDisabledEventData


class WebhookPage(TypedDict):
    data: list[Webhook]
    has_more: bool
    next_cursor: str | None
    object: Literal["list"]


class WebhookRequest(TypedDict):
    url: str
    event_types: NotRequired[
        list[
            Literal[
                "case.created",
                "case.updated",
                "case.action_required",
                "case.completed",
                "case.failed",
                "case.rejected",
                "case.withdrawn",
                "webhook.disabled",
            ]
        ]
    ]
    description: NotRequired[str | None]


class WebhookTestEventData(TypedDict):
    webhook: str


class WebhookTestEvent(TypedDict):
    type: Literal["webhook.test"]
    timestamp: str
    data: WebhookTestEventData


class WebhookUpdateRequest(TypedDict):
    """
    What is left out, or null, stays as it is.
    """

    url: NotRequired[str | None]
    event_types: NotRequired[
        list[
            Literal[
                "case.created",
                "case.updated",
                "case.action_required",
                "case.completed",
                "case.failed",
                "case.rejected",
                "case.withdrawn",
                "webhook.disabled",
            ]
        ]
        | None
    ]
    description: NotRequired[str | None]


class WebhookVerificationEventData(TypedDict):
    webhook: str
    challenge: str


class WebhookVerificationEvent(TypedDict):
    type: Literal["webhook.verification"]
    timestamp: str
    data: WebhookVerificationEventData


class Worker(TypedDict):
    """
    A process that works on something. One that has nothing to do is not listed.
    """

    name: str
    leases: int
    expires_at: str


class Operations(TypedDict):
    since_at: str
    until_at: str
    queues: list[Queue]
    workers: list[Worker]
    message_failures: list[MessageFailure]
    webhooks: list[FailingWebhook]
    object: Literal["operations"]
