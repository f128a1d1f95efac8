/**
 * What the API sends and takes. Written by `make clients`.
 *
 * Made of 55c91d845502be85daeae5655d089c471725727eee5f2ec2f5f5caf9d8bae710,
adds up to 571d24fbe087636ad014dc4bf4818c6ad3d47b5d2d9ee39ccf0894e8cccaa0da.
 */
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One access to the person's data. */
        Access: {
            occurred_at: string;
            call_id: string;
            kind: components["schemas"]["AuditKind"];
            client: string | null;
            operation: string;
            purpose: string | null;
            portals: string[];
            outcome: components["schemas"]["AuditOutcome"];
            /** @description The service that was asked for. */
            service: string | null;
            /** @description What an auditor searched for. */
            search: string | null;
            /** @description The agent who acted for the person, or tried to; no name. */
            agent: string | null;
            /** @description The mandate it was done under, or that it was about. */
            mandate: string | null;
            /** @description What the person gave that mandate for. */
            mandate_purpose: string | null;
            /** @description Why it was denied; `named_by_another_person` if another person's form names this one, whether or not it was taken; `tried_by_another_person` if somebody else tried to reach what is this person's; `shown_to_another_person` if an agent's list told of this one. */
            reason: string | null;
            /** @enum {string} */
            object: "access";
        };
        AccessPage: {
            data: components["schemas"]["Access"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /**
         * @description Why something is to be done, or to be paid.
         * @enum {string}
         */
        ActionCode: "act_not_found" | "act_under_correction" | "act_unreadable" | "address_incomplete" | "adult_only" | "amount_mismatch" | "answer_refused" | "appeal" | "as_you_asked" | "choose_slot" | "confirm" | "consular_registration_not_found" | "country_unknown" | "deadline_passed" | "declaration_not_accepted" | "demand_refused" | "fee_due" | "form_not_accepted" | "guardian_consent_missing" | "guardian_missing" | "identity_mismatch" | "minor_only" | "officer_refused" | "parcel_lost" | "parcel_returned" | "passport_not_found" | "passport_reported_lost" | "pay" | "payment_not_captured" | "payment_not_made" | "photo_not_accepted" | "postcode_invalid" | "pre_application_expired" | "provide_document" | "rate" | "requester_not_entitled" | "returned_to_sender" | "service_unknown" | "slot_change" | "slot_due" | "slot_not_chosen" | "stamp_already_used" | "stamp_cancelled" | "stamp_expired" | "stamp_invalid" | "stamp_missing" | "stamp_not_found" | "withdraw" | "withdrawn_at_portal" | "withdrawn_by_person";
        /** @enum {string} */
        ActionType: "pay" | "choose_slot" | "provide_document" | "confirm" | "rate" | "appeal" | "withdraw";
        AddressCodeRequest: {
            /** @enum {string} */
            channel: "email" | "sms";
        };
        AddressVerificationRequest: {
            /** @enum {string} */
            channel: "email" | "sms";
            /** @description The six digits that were sent. */
            code: string;
        };
        /** @description A post's day: who waits there, the fast lane first, then who has not come, by time. */
        Agenda: {
            post: string;
            /** @description The day, as it is dated at the post. */
            held_on: string;
            /** @description 500 at most. */
            visits: components["schemas"]["Visit"][];
            /** @enum {string} */
            object: "agenda";
        };
        AlhalalmadaniaBirthCopyForm: {
            register: components["schemas"]["AlhalalmadaniaBirthCopyFormRegister"];
            act: components["schemas"]["AlhalalmadaniaBirthCopyFormAct"];
            person: components["schemas"]["AlhalalmadaniaBirthCopyFormPerson"];
            copy: components["schemas"]["AlhalalmadaniaBirthCopyFormCopy"];
            capacity: components["schemas"]["AlhalalmadaniaBirthCopyFormCapacity"];
            /** @description Supporting documents. Up to 5 MB a file. If a document is missing, the civil-status officer will ask you for it. */
            evidence?: components["schemas"]["AlhalalmadaniaBirthCopyFormEvidenceItem"][];
            contact: components["schemas"]["AlhalalmadaniaBirthCopyFormContact"];
        };
        /** @description Record. */
        AlhalalmadaniaBirthCopyFormAct: {
            /** @description Number of the record. In the family booklet and at the top of an earlier extract. */
            number: string;
            /** @description Year of the register. May be later than the event itself, when it was declared late. */
            register_year: number;
        };
        /**
         * @description Your relationship to the person concerned. If the record is not your own, attach proof of this relationship.
         * @enum {string}
         */
        AlhalalmadaniaBirthCopyFormCapacity: "self" | "parent" | "child" | "spouse" | "guardian" | "representative";
        /** @description How to reach you. */
        AlhalalmadaniaBirthCopyFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Kind of copy.
         * @enum {string}
         */
        AlhalalmadaniaBirthCopyFormCopy: "extract" | "full";
        /** @description Document. */
        AlhalalmadaniaBirthCopyFormEvidenceItem: {
            kind: components["schemas"]["AlhalalmadaniaBirthCopyFormEvidenceItemKind"];
            /** @description File. */
            file: string;
        };
        /**
         * @description Kind of document.
         * @enum {string}
         */
        AlhalalmadaniaBirthCopyFormEvidenceItemKind: "proof_of_capacity" | "family_booklet" | "other";
        /** @description Person named in the record. */
        AlhalalmadaniaBirthCopyFormPerson: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Civil and social digital identifier (IDCS). Ten digits, assigned when the birth was registered. */
            idcs?: string;
        };
        /** @description Register that holds the record. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        AlhalalmadaniaBirthCopyFormRegister: {
            source: components["schemas"]["AlhalalmadaniaBirthCopyFormRegisterSource"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["AlhalalmadaniaBirthCopyFormRegisterRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Civil-status office or consulate. */
            office: string;
        };
        /**
         * @description Region.
         * @enum {string}
         */
        AlhalalmadaniaBirthCopyFormRegisterRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description Where is the register kept?
         * @enum {string}
         */
        AlhalalmadaniaBirthCopyFormRegisterSource: "commune" | "consular";
        /** @description Copy of a birth record */
        AlhalalmadaniaBirthCopyRequest: {
            /** @enum {string} */
            service: "alhalalmadania.birth-copy";
            form: components["schemas"]["AlhalalmadaniaBirthCopyForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        AlhalalmadaniaBirthDeclarationForm: {
            register: components["schemas"]["AlhalalmadaniaBirthDeclarationFormRegister"];
            event: components["schemas"]["AlhalalmadaniaBirthDeclarationFormEvent"];
            child: components["schemas"]["AlhalalmadaniaBirthDeclarationFormChild"];
            father: components["schemas"]["AlhalalmadaniaBirthDeclarationFormFather"];
            mother: components["schemas"]["AlhalalmadaniaBirthDeclarationFormMother"];
            capacity: components["schemas"]["AlhalalmadaniaBirthDeclarationFormCapacity"];
            judgment?: components["schemas"]["AlhalalmadaniaBirthDeclarationFormJudgment"];
            /** @description Supporting documents. Up to 5 MB a file. If a document is missing, the civil-status officer will ask you for it. */
            evidence?: components["schemas"]["AlhalalmadaniaBirthDeclarationFormEvidenceItem"][];
            contact: components["schemas"]["AlhalalmadaniaBirthDeclarationFormContact"];
        };
        /**
         * @description Your relationship to the child.
         * @enum {string}
         */
        AlhalalmadaniaBirthDeclarationFormCapacity: "father" | "mother" | "relative" | "guardian";
        /** @description Child. */
        AlhalalmadaniaBirthDeclarationFormChild: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            sex: components["schemas"]["AlhalalmadaniaBirthDeclarationFormChildSex"];
        };
        /**
         * @description Sex.
         * @enum {string}
         */
        AlhalalmadaniaBirthDeclarationFormChildSex: "female" | "male";
        /** @description How to reach you. */
        AlhalalmadaniaBirthDeclarationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Birth. */
        AlhalalmadaniaBirthDeclarationFormEvent: {
            /** @description Date of birth. Within thirty days, or within a year for a birth abroad. After that, a court judgment is needed. */
            date: string;
            /** @description Place. */
            place: string;
            /** @description Country. */
            country: string;
        };
        /** @description Document. */
        AlhalalmadaniaBirthDeclarationFormEvidenceItem: {
            kind: components["schemas"]["AlhalalmadaniaBirthDeclarationFormEvidenceItemKind"];
            /** @description File. */
            file: string;
        };
        /**
         * @description Kind of document.
         * @enum {string}
         */
        AlhalalmadaniaBirthDeclarationFormEvidenceItemKind: "birth_certificate" | "family_booklet" | "court_judgment" | "other";
        /** @description Father. */
        AlhalalmadaniaBirthDeclarationFormFather: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Court judgment. Only if the time limit for the declaration has passed. */
        AlhalalmadaniaBirthDeclarationFormJudgment: {
            /** @description Court. */
            court: string;
            /** @description Judgment number. */
            number: string;
            /** @description Date of the judgment. */
            date: string;
        };
        /** @description Mother. */
        AlhalalmadaniaBirthDeclarationFormMother: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        AlhalalmadaniaBirthDeclarationFormRegister: {
            source: components["schemas"]["AlhalalmadaniaBirthDeclarationFormRegisterSource"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["AlhalalmadaniaBirthDeclarationFormRegisterRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Civil-status office or consulate. */
            office: string;
        };
        /**
         * @description Region.
         * @enum {string}
         */
        AlhalalmadaniaBirthDeclarationFormRegisterRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description Where is the register kept?
         * @enum {string}
         */
        AlhalalmadaniaBirthDeclarationFormRegisterSource: "commune" | "consular";
        /** @description Pre-declaration of a birth */
        AlhalalmadaniaBirthDeclarationRequest: {
            /** @enum {string} */
            service: "alhalalmadania.birth-declaration";
            form: components["schemas"]["AlhalalmadaniaBirthDeclarationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        AlhalalmadaniaDeathCopyForm: {
            register: components["schemas"]["AlhalalmadaniaDeathCopyFormRegister"];
            act: components["schemas"]["AlhalalmadaniaDeathCopyFormAct"];
            deceased: components["schemas"]["AlhalalmadaniaDeathCopyFormDeceased"];
            copy: components["schemas"]["AlhalalmadaniaDeathCopyFormCopy"];
            capacity: components["schemas"]["AlhalalmadaniaDeathCopyFormCapacity"];
            /** @description Supporting documents. Up to 5 MB a file. If a document is missing, the civil-status officer will ask you for it. */
            evidence?: components["schemas"]["AlhalalmadaniaDeathCopyFormEvidenceItem"][];
            contact: components["schemas"]["AlhalalmadaniaDeathCopyFormContact"];
        };
        /** @description Record. */
        AlhalalmadaniaDeathCopyFormAct: {
            /** @description Number of the record. In the family booklet and at the top of an earlier extract. */
            number: string;
            /** @description Year of the register. May be later than the event itself, when it was declared late. */
            register_year: number;
        };
        /**
         * @description Your relationship to the deceased. If the record is not your own, attach proof of this relationship.
         * @enum {string}
         */
        AlhalalmadaniaDeathCopyFormCapacity: "spouse" | "child" | "parent" | "heir" | "representative";
        /** @description How to reach you. */
        AlhalalmadaniaDeathCopyFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Kind of copy.
         * @enum {string}
         */
        AlhalalmadaniaDeathCopyFormCopy: "extract" | "full";
        /** @description Deceased. */
        AlhalalmadaniaDeathCopyFormDeceased: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Document. */
        AlhalalmadaniaDeathCopyFormEvidenceItem: {
            kind: components["schemas"]["AlhalalmadaniaDeathCopyFormEvidenceItemKind"];
            /** @description File. */
            file: string;
        };
        /**
         * @description Kind of document.
         * @enum {string}
         */
        AlhalalmadaniaDeathCopyFormEvidenceItemKind: "proof_of_capacity" | "family_booklet" | "other";
        /** @description Register that holds the record. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        AlhalalmadaniaDeathCopyFormRegister: {
            source: components["schemas"]["AlhalalmadaniaDeathCopyFormRegisterSource"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["AlhalalmadaniaDeathCopyFormRegisterRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Civil-status office or consulate. */
            office: string;
        };
        /**
         * @description Region.
         * @enum {string}
         */
        AlhalalmadaniaDeathCopyFormRegisterRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description Where is the register kept?
         * @enum {string}
         */
        AlhalalmadaniaDeathCopyFormRegisterSource: "commune" | "consular";
        /** @description Copy of a death record */
        AlhalalmadaniaDeathCopyRequest: {
            /** @enum {string} */
            service: "alhalalmadania.death-copy";
            form: components["schemas"]["AlhalalmadaniaDeathCopyForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        AlhalalmadaniaDeathDeclarationForm: {
            register: components["schemas"]["AlhalalmadaniaDeathDeclarationFormRegister"];
            event: components["schemas"]["AlhalalmadaniaDeathDeclarationFormEvent"];
            deceased: components["schemas"]["AlhalalmadaniaDeathDeclarationFormDeceased"];
            capacity: components["schemas"]["AlhalalmadaniaDeathDeclarationFormCapacity"];
            judgment?: components["schemas"]["AlhalalmadaniaDeathDeclarationFormJudgment"];
            /** @description Supporting documents. Up to 5 MB a file. If a document is missing, the civil-status officer will ask you for it. */
            evidence?: components["schemas"]["AlhalalmadaniaDeathDeclarationFormEvidenceItem"][];
            contact: components["schemas"]["AlhalalmadaniaDeathDeclarationFormContact"];
        };
        /**
         * @description Your relationship to the deceased.
         * @enum {string}
         */
        AlhalalmadaniaDeathDeclarationFormCapacity: "spouse" | "child" | "relative" | "representative";
        /** @description How to reach you. */
        AlhalalmadaniaDeathDeclarationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Deceased. */
        AlhalalmadaniaDeathDeclarationFormDeceased: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            sex: components["schemas"]["AlhalalmadaniaDeathDeclarationFormDeceasedSex"];
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /**
         * @description Sex.
         * @enum {string}
         */
        AlhalalmadaniaDeathDeclarationFormDeceasedSex: "female" | "male";
        /** @description Death. */
        AlhalalmadaniaDeathDeclarationFormEvent: {
            /** @description Date of death. Within thirty days. After that, a court judgment is needed. */
            date: string;
            /** @description Place. */
            place: string;
            /** @description Country. */
            country: string;
        };
        /** @description Document. */
        AlhalalmadaniaDeathDeclarationFormEvidenceItem: {
            kind: components["schemas"]["AlhalalmadaniaDeathDeclarationFormEvidenceItemKind"];
            /** @description File. */
            file: string;
        };
        /**
         * @description Kind of document.
         * @enum {string}
         */
        AlhalalmadaniaDeathDeclarationFormEvidenceItemKind: "death_certificate" | "court_judgment" | "other";
        /** @description Court judgment. Only if the time limit for the declaration has passed. */
        AlhalalmadaniaDeathDeclarationFormJudgment: {
            /** @description Court. */
            court: string;
            /** @description Judgment number. */
            number: string;
            /** @description Date of the judgment. */
            date: string;
        };
        /** @description Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        AlhalalmadaniaDeathDeclarationFormRegister: {
            source: components["schemas"]["AlhalalmadaniaDeathDeclarationFormRegisterSource"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["AlhalalmadaniaDeathDeclarationFormRegisterRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Civil-status office or consulate. */
            office: string;
        };
        /**
         * @description Region.
         * @enum {string}
         */
        AlhalalmadaniaDeathDeclarationFormRegisterRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description Where is the register kept?
         * @enum {string}
         */
        AlhalalmadaniaDeathDeclarationFormRegisterSource: "commune" | "consular";
        /** @description Pre-declaration of a death */
        AlhalalmadaniaDeathDeclarationRequest: {
            /** @enum {string} */
            service: "alhalalmadania.death-declaration";
            form: components["schemas"]["AlhalalmadaniaDeathDeclarationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        AlhalalmadaniaDivorceDeclarationForm: {
            register: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormRegister"];
            event: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormEvent"];
            husband: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormHusband"];
            wife: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormWife"];
            capacity: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormCapacity"];
            judgment?: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormJudgment"];
            /** @description Supporting documents. Up to 5 MB a file. If a document is missing, the civil-status officer will ask you for it. */
            evidence?: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormEvidenceItem"][];
            contact: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormContact"];
        };
        /**
         * @description You are.
         * @enum {string}
         */
        AlhalalmadaniaDivorceDeclarationFormCapacity: "spouse" | "representative";
        /** @description How to reach you. */
        AlhalalmadaniaDivorceDeclarationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Divorce. */
        AlhalalmadaniaDivorceDeclarationFormEvent: {
            /** @description Date of the divorce judgment. Within thirty days. After that, a court judgment is needed. */
            date: string;
            /** @description Place. */
            place: string;
            /** @description Country. */
            country: string;
        };
        /** @description Document. */
        AlhalalmadaniaDivorceDeclarationFormEvidenceItem: {
            kind: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormEvidenceItemKind"];
            /** @description File. */
            file: string;
        };
        /**
         * @description Kind of document.
         * @enum {string}
         */
        AlhalalmadaniaDivorceDeclarationFormEvidenceItemKind: "divorce_judgment" | "court_judgment" | "other";
        /** @description Husband. */
        AlhalalmadaniaDivorceDeclarationFormHusband: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Court judgment. Only if the time limit for the declaration has passed. */
        AlhalalmadaniaDivorceDeclarationFormJudgment: {
            /** @description Court. */
            court: string;
            /** @description Judgment number. */
            number: string;
            /** @description Date of the judgment. */
            date: string;
        };
        /** @description Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        AlhalalmadaniaDivorceDeclarationFormRegister: {
            source: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormRegisterSource"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["AlhalalmadaniaDivorceDeclarationFormRegisterRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Civil-status office or consulate. */
            office: string;
        };
        /**
         * @description Region.
         * @enum {string}
         */
        AlhalalmadaniaDivorceDeclarationFormRegisterRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description Where is the register kept?
         * @enum {string}
         */
        AlhalalmadaniaDivorceDeclarationFormRegisterSource: "commune" | "consular";
        /** @description Wife. */
        AlhalalmadaniaDivorceDeclarationFormWife: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Pre-declaration of a divorce */
        AlhalalmadaniaDivorceDeclarationRequest: {
            /** @enum {string} */
            service: "alhalalmadania.divorce-declaration";
            form: components["schemas"]["AlhalalmadaniaDivorceDeclarationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        AlhalalmadaniaMarriageCopyForm: {
            register: components["schemas"]["AlhalalmadaniaMarriageCopyFormRegister"];
            act: components["schemas"]["AlhalalmadaniaMarriageCopyFormAct"];
            husband: components["schemas"]["AlhalalmadaniaMarriageCopyFormHusband"];
            wife: components["schemas"]["AlhalalmadaniaMarriageCopyFormWife"];
            copy: components["schemas"]["AlhalalmadaniaMarriageCopyFormCopy"];
            capacity: components["schemas"]["AlhalalmadaniaMarriageCopyFormCapacity"];
            /** @description Supporting documents. Up to 5 MB a file. If a document is missing, the civil-status officer will ask you for it. */
            evidence?: components["schemas"]["AlhalalmadaniaMarriageCopyFormEvidenceItem"][];
            contact: components["schemas"]["AlhalalmadaniaMarriageCopyFormContact"];
        };
        /** @description Record. */
        AlhalalmadaniaMarriageCopyFormAct: {
            /** @description Number of the record. In the family booklet and at the top of an earlier extract. */
            number: string;
            /** @description Year of the register. May be later than the event itself, when it was declared late. */
            register_year: number;
        };
        /**
         * @description You are. If the record is not your own, attach proof of this relationship.
         * @enum {string}
         */
        AlhalalmadaniaMarriageCopyFormCapacity: "self" | "child" | "representative";
        /** @description How to reach you. */
        AlhalalmadaniaMarriageCopyFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Kind of copy.
         * @enum {string}
         */
        AlhalalmadaniaMarriageCopyFormCopy: "extract" | "full";
        /** @description Document. */
        AlhalalmadaniaMarriageCopyFormEvidenceItem: {
            kind: components["schemas"]["AlhalalmadaniaMarriageCopyFormEvidenceItemKind"];
            /** @description File. */
            file: string;
        };
        /**
         * @description Kind of document.
         * @enum {string}
         */
        AlhalalmadaniaMarriageCopyFormEvidenceItemKind: "proof_of_capacity" | "family_booklet" | "other";
        /** @description Husband. */
        AlhalalmadaniaMarriageCopyFormHusband: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Register that holds the record. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        AlhalalmadaniaMarriageCopyFormRegister: {
            source: components["schemas"]["AlhalalmadaniaMarriageCopyFormRegisterSource"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["AlhalalmadaniaMarriageCopyFormRegisterRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Civil-status office or consulate. */
            office: string;
        };
        /**
         * @description Region.
         * @enum {string}
         */
        AlhalalmadaniaMarriageCopyFormRegisterRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description Where is the register kept?
         * @enum {string}
         */
        AlhalalmadaniaMarriageCopyFormRegisterSource: "commune" | "consular";
        /** @description Wife. */
        AlhalalmadaniaMarriageCopyFormWife: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Copy of a marriage record */
        AlhalalmadaniaMarriageCopyRequest: {
            /** @enum {string} */
            service: "alhalalmadania.marriage-copy";
            form: components["schemas"]["AlhalalmadaniaMarriageCopyForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        AlhalalmadaniaMarriageDeclarationForm: {
            register: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormRegister"];
            event: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormEvent"];
            husband: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormHusband"];
            wife: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormWife"];
            capacity: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormCapacity"];
            judgment?: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormJudgment"];
            /** @description Supporting documents. Up to 5 MB a file. If a document is missing, the civil-status officer will ask you for it. */
            evidence?: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormEvidenceItem"][];
            contact: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormContact"];
        };
        /**
         * @description You are.
         * @enum {string}
         */
        AlhalalmadaniaMarriageDeclarationFormCapacity: "spouse" | "representative";
        /** @description How to reach you. */
        AlhalalmadaniaMarriageDeclarationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Marriage. */
        AlhalalmadaniaMarriageDeclarationFormEvent: {
            /** @description Date of the marriage. Within thirty days. After that, a court judgment is needed. */
            date: string;
            /** @description Place. */
            place: string;
            /** @description Country. */
            country: string;
        };
        /** @description Document. */
        AlhalalmadaniaMarriageDeclarationFormEvidenceItem: {
            kind: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormEvidenceItemKind"];
            /** @description File. */
            file: string;
        };
        /**
         * @description Kind of document.
         * @enum {string}
         */
        AlhalalmadaniaMarriageDeclarationFormEvidenceItemKind: "marriage_document" | "court_judgment" | "other";
        /** @description Husband. */
        AlhalalmadaniaMarriageDeclarationFormHusband: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Court judgment. Only if the time limit for the declaration has passed. */
        AlhalalmadaniaMarriageDeclarationFormJudgment: {
            /** @description Court. */
            court: string;
            /** @description Judgment number. */
            number: string;
            /** @description Date of the judgment. */
            date: string;
        };
        /** @description Register in which the record will be made. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        AlhalalmadaniaMarriageDeclarationFormRegister: {
            source: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormRegisterSource"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["AlhalalmadaniaMarriageDeclarationFormRegisterRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Civil-status office or consulate. */
            office: string;
        };
        /**
         * @description Region.
         * @enum {string}
         */
        AlhalalmadaniaMarriageDeclarationFormRegisterRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description Where is the register kept?
         * @enum {string}
         */
        AlhalalmadaniaMarriageDeclarationFormRegisterSource: "commune" | "consular";
        /** @description Wife. */
        AlhalalmadaniaMarriageDeclarationFormWife: {
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date?: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
        };
        /** @description Pre-declaration of a marriage */
        AlhalalmadaniaMarriageDeclarationRequest: {
            /** @enum {string} */
            service: "alhalalmadania.marriage-declaration";
            form: components["schemas"]["AlhalalmadaniaMarriageDeclarationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        Anomalies: {
            since_at: string;
            until_at: string;
            /** @description How many records were looked at. */
            record_count: number;
            /** @description Whether these are all of that time, else the newest ones. */
            complete: boolean;
            /** @description Time of the earliest of them. */
            looked_from_at: string | null;
            anomalies: components["schemas"]["Anomaly"][];
            /** @enum {string} */
            object: "audit_anomalies";
        };
        /** @description Records of one kind that an auditor should look at. */
        Anomaly: {
            /**
             * @description A look of staff at a person's data without a purpose; denied attempts; what staff did outside `audit.working_hours`; a minute with many times a client's usual calls; a portal's answer with another shape.
             * @enum {string}
             */
            type: "look_without_purpose" | "denied" | "off_hours" | "burst" | "changed_answer";
            client: string | null;
            /** @description The agent, by pseudonym. */
            actor: string | null;
            principal: string | null;
            portal: string | null;
            operation: string | null;
            /** @description Why it was denied. */
            reason: string | null;
            /** @description How many records, or calls that one record sums up. */
            count: number;
            first_at: string;
            last_at: string;
            /** @description Indexes of the newest of them, five at most. */
            records: number[];
            /** @description GET the records around them. */
            records_url: string;
            /** @description Of a changed answer: what is new in it. */
            added: string[];
            /** @description Of a changed answer: what is not there any more. */
            missing: string[];
        };
        /** @description What is sent depends on the action: `choice` for confirm and rate, `choice` or `text` for appeal, `attachments` for provide_document, `slot` for choose_slot. */
        AnswerRequest: {
            /** @description One of the action's `options`. */
            choice?: string | null;
            /** @description The person's own words: confirm, appeal. */
            text?: string | null;
            /** @description Files handed in before, for provide_document. */
            attachments?: string[];
            /** @description A slot's `id`, for choose_slot. */
            slot?: string | null;
        };
        /** @description Times are those of the post, with their offset from UTC. */
        Appointment: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            /** @description The portal's number of the appointment. */
            reference: string;
            /** @enum {string} */
            state: "booked" | "cancelled" | "missed" | "kept";
            starts_at: string;
            ends_at: string;
            /** @description IANA name. */
            timezone: string;
            /** @description Id of the post. */
            post: string;
            post_name: string;
            address: string | null;
            /** @description iCalendar file (RFC 5545). */
            calendar_url: string | null;
        };
        Attachment: {
            id: string;
            media_type: string;
            size: number;
            sha256: string;
            created_at: string;
            /** @enum {string} */
            object: "attachment";
        };
        AttachmentUpload: {
            file: string;
        };
        /** @description What is kept beside a record of the audit log. */
        AuditBodies: {
            index: number;
            bodies: components["schemas"]["AuditBody"][];
            /** @enum {string} */
            object: "audit_bodies";
        };
        /** @description A request or an answer behind a record. */
        AuditBody: {
            /** @description JSON pointer into the record, to the commitment. */
            where: string;
            /** @description Whether this is what the log committed to. */
            opens: boolean;
            /** @description The content, if it is UTF-8. */
            text: string | null;
            /** @description The content otherwise. */
            base64: string | null;
        };
        /** @description One attempt to reach a portal. */
        AuditHop: {
            attempt: number;
            breaker?: string;
            duration_us?: number;
            key_id?: string;
            method?: string;
            operation?: string;
            outcome?: string;
            portal: string;
            request?: string;
            response?: string;
            status?: number;
        };
        /**
         * @description What the record is about.
         * @enum {string}
         */
        AuditKind: "access" | "admin" | "call" | "refusal" | "step";
        /** @description One leaf of the log. Empty and zero members are left out. */
        AuditLeaf: {
            actor?: string;
            at: string;
            batch?: string;
            call: string;
            case?: string;
            cases?: string[];
            client?: string;
            code?: string;
            cutoff?: string;
            decision?: string;
            duration_us?: number;
            expired?: number;
            hops?: components["schemas"]["AuditHop"][];
            hops_omitted?: number;
            idempotency_key?: string;
            kind: components["schemas"]["AuditKind"];
            mandate?: string;
            operation?: string;
            outcome: components["schemas"]["AuditOutcome"];
            portal?: string;
            principal?: string;
            purpose?: string;
            reason?: string;
            request?: string;
            response?: string;
            rule?: string;
            search?: string;
            service?: string;
            status?: number;
            subject?: string;
            sums?: components["schemas"]["AuditSum"][];
            until?: string;
            v: number;
        };
        /** @description Where the log is, and by which keys its checkpoints are signed (C2SP). */
        AuditLog: {
            origin: string;
            vkeys: string[];
            log: string;
            verifier: string;
        };
        /**
         * @description How it ended.
         * @enum {string}
         */
        AuditOutcome: "client_error" | "denied" | "failed" | "ok" | "refused" | "unavailable" | "unknown";
        /** @description One record of the audit log. */
        AuditRecord: {
            index: number;
            /** @description RFC 6962 leaf hash, hex. */
            leaf_hash: string;
            record: components["schemas"]["AuditLeaf"];
            /** @enum {string} */
            object: "audit_record";
        };
        AuditRecordPage: {
            data: components["schemas"]["AuditRecord"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description What the log calls a person. */
        AuditSubject: {
            /** @description Each can be given to the filter `subject`. */
            subjects: string[];
            purpose: string;
            /** @enum {string} */
            object: "audit_subject";
        };
        AuditSubjectRequest: {
            /** @description Of the identity card (CNIE). */
            national_id: string;
            /**
             * @description Why it is asked. It stands in the record, which the person sees.
             * @enum {string}
             */
            purpose: "court-order" | "subject-request" | "incident" | "supervision";
        };
        /** @description A number of calls of one kind, in a record of summed-up calls. */
        AuditSum: {
            code?: string;
            count: number;
            operation?: string;
            outcome: components["schemas"]["AuditOutcome"];
            status?: number;
        };
        /** @description Whether a portal can be reached. */
        Availability: {
            /**
             * @description How the portal answers at this moment. `quarantined`: its connector could not be loaded.
             * @enum {string}
             */
            state: "up" | "degraded" | "down" | "quarantined";
            /** @description Why, when it is quarantined. */
            reason: string | null;
            /** @description In the catalogue, for people: what to expect if it is not up. */
            advice: string | null;
            /** @description In the catalogue: a portal that is down is tried again then. */
            retry_at: string | null;
        };
        /** @description Calls of the connector's methods, retries within them not counted. */
        Calls: {
            calls: number;
            ok: number;
            /** @description The portal said no, in its own words. */
            refused: number;
            /** @description It could not be asked, or its answer was lost or not understood. */
            failed: number;
            /** @description Milliseconds of a call on average, retries included. */
            mean_ms: number;
            slowest_ms: number;
        };
        /** @description The MRE Services card. `card` and `claims` only where one card is asked for by its holder. */
        Card: {
            id: string;
            state: components["schemas"]["CardState"];
            state_text: string;
            entitlements: components["schemas"]["Entitlement"][];
            entitlement_texts: string[];
            /** @description To a key of the holder's. */
            bound: boolean;
            issued_at: string;
            expires_at: string;
            revoked_at: string | null;
            /** @description SD-JWT VC, media type `application/dc+sd-jwt`. */
            card: string | null;
            /** @description What `card` discloses of its holder. */
            claims: components["schemas"]["CardClaims"] | null;
            /** @description As JSON, or as a QR code with `Accept: image/svg+xml` or `image/png`. */
            url: string;
            /** @description The public list in which a revocation shows. */
            status_url: string;
            /** @description The page that verifies cards, also without a network. */
            verify_url: string;
            /** @enum {string} */
            object: "card";
        };
        /** @description What a card discloses of its holder; what it does not is left out. */
        CardClaims: {
            name?: string;
            /** @description The last characters of the CNIE. */
            national_id_ending?: string;
            birthdate?: string;
        };
        /** @description JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc). */
        CardIssuer: {
            issuer: string;
            jwks: components["schemas"]["Jwks"];
        };
        CardPage: {
            data: components["schemas"]["Card"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        CardRequest: {
            /** @description Binds the card to this key: whoever shows the card can then be asked to prove it is theirs. */
            holder_key?: components["schemas"]["HolderKey"] | null;
        };
        /** @enum {string} */
        CardState: "valid" | "expired" | "revoked";
        Case: {
            id: string;
            service: string;
            service_title: string;
            status: components["schemas"]["CaseStatus"];
            status_text: string;
            /** @description Why it ended as it did. */
            reason: components["schemas"]["Reason"] | null;
            reason_text: string | null;
            refusal: components["schemas"]["Refusal"] | null;
            language: string;
            /** @description The client it was filed through: a frontend's, or an agent's. */
            client: string;
            created_at: string;
            updated_at: string;
            /** @description When the portal that the case waits for last said where it stands. */
            checked_at: string | null;
            /** @description A card with this entitlement was shown. */
            fast_lane: boolean;
            /** @description What the law allows the portal. */
            deadlines: components["schemas"]["Deadline"][];
            /** @description What the person has to do, and what she can do. */
            actions: components["schemas"]["CaseAction"][];
            /** @description The service's fee, then those asked for on the way; empty if it is free. */
            payments: components["schemas"]["Payment"][];
            appointment: components["schemas"]["Appointment"] | null;
            /** @description Id of the case that this one is about. */
            related_case: string | null;
            filing: components["schemas"]["Filing"];
            shipment: components["schemas"]["Shipment"] | null;
            documents: components["schemas"]["CaseDocument"][];
            /** @description Only in the answer to the action `pay`. */
            checkout: components["schemas"]["Checkout"] | null;
            receipt_url: string;
            events_url: string;
            /** @enum {string} */
            object: "case";
        };
        CaseAction: {
            type: components["schemas"]["ActionType"];
            code: components["schemas"]["ActionCode"];
            title: string;
            /** @description POST here. */
            url: string;
            /** @description The values of `choices` alone. */
            options: string[];
            /** @description What can be chosen, in order, in the answer's language. */
            choices: components["schemas"]["Choice"][];
            amount: components["schemas"]["Money"] | null;
            /** @description Until then it can be done. */
            expires_at: string | null;
            /** @description The case goes on without it. */
            optional: boolean;
            /** @description The portal's own words, for the person. Only where one case is read. */
            portal_message: string | null;
            /** @description For an appeal: to whom and how. */
            help: string | null;
            /** @description To choose a slot: GET the posts where one can be had for this case. */
            posts_url: string | null;
            /** @description GET the free slots, where the form names the post. Else each post has a link to its own. */
            slots_url: string | null;
            /** @description To hand in documents: POST each file here first. */
            attachments_url: string | null;
        };
        CaseDocument: {
            id: string;
            /** @description In the answer's language; the portal's own, where nobody has said it so. */
            title: string;
            /** @description The portal's own title. */
            label: string;
            media_type: string;
            url: string;
        };
        CaseEvent: {
            /** @description Its place in the list that was read: a `cursor`, and the `id` of the event stream. */
            id: string;
            /** @description Id of the case. */
            case: string;
            service: string;
            /** @description Counts up from 1 in each case. */
            number: number;
            occurred_at: string;
            code: components["schemas"]["EventCode"];
            text: string;
            /** @description Status of the case after it. */
            status: components["schemas"]["CaseStatus"];
            /** @description Id of the portal. */
            portal: string | null;
            data: components["schemas"]["EventData"];
            /** @enum {string} */
            object: "event";
        };
        CaseEventPage: {
            data: components["schemas"]["CaseEvent"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        CasePage: {
            data: components["schemas"]["Case"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description What is asked for: `service` decides what `form` has. */
        CaseRequest: components["schemas"]["WatiqaBirthExtractRequest"] | components["schemas"]["WatiqaBirthFullCopyRequest"] | components["schemas"]["WatiqaConsularRegistrationCertificateRequest"] | components["schemas"]["AlhalalmadaniaBirthCopyRequest"] | components["schemas"]["AlhalalmadaniaMarriageCopyRequest"] | components["schemas"]["AlhalalmadaniaDeathCopyRequest"] | components["schemas"]["AlhalalmadaniaBirthDeclarationRequest"] | components["schemas"]["AlhalalmadaniaMarriageDeclarationRequest"] | components["schemas"]["AlhalalmadaniaDivorceDeclarationRequest"] | components["schemas"]["AlhalalmadaniaDeathDeclarationRequest"] | components["schemas"]["ChikayaComplaintRequest"] | components["schemas"]["ChikayaComplaintConsulateRequest"] | components["schemas"]["ChikayaObservationRequest"] | components["schemas"]["ChikayaSuggestionRequest"] | components["schemas"]["RokhasConstructionPermitRequest"] | components["schemas"]["RokhasRepairPermitRequest"] | components["schemas"]["RokhasDemolitionPermitRequest"] | components["schemas"]["RokhasOccupancyCertificateRequest"] | components["schemas"]["RokhasBusinessPermitRequest"] | components["schemas"]["RokhasPublicDomainPermitRequest"] | components["schemas"]["RendezvousConsularRegistrationRequest"] | components["schemas"]["RendezvousCnieRequest"] | components["schemas"]["RendezvousLegalisationRequest"] | components["schemas"]["RendezvousAdoulActRequest"] | components["schemas"]["RendezvousResidenceAttestationRequest"] | components["schemas"]["RendezvousLifeAttestationRequest"] | components["schemas"]["EchoNoteRequest"] | components["schemas"]["EchoStampedRequest"] | components["schemas"]["EchoParcelRequest"] | components["schemas"]["EchoVisitRequest"] | components["schemas"]["EchoMeetingRequest"] | components["schemas"]["PasseportRenewalAdultRequest"] | components["schemas"]["PasseportRenewalAdultMoroccoRequest"] | components["schemas"]["PasseportFirstAdultRequest"] | components["schemas"]["PasseportMinorRequest"] | components["schemas"]["PasseportAfterLossRequest"] | components["schemas"]["PasseportAfterTheftRequest"] | components["schemas"]["PasseportAfterDamageRequest"] | components["schemas"]["PasseportDataChangeRequest"];
        /**
         * @description How a demand stands for the person. The last four end it.
         * @enum {string}
         */
        CaseStatus: "received" | "action_required" | "in_progress" | "completed" | "rejected" | "withdrawn" | "failed";
        Category: {
            id: string;
            title: string;
            /** @description In a list of categories: how many services there are of it in all. */
            service_count: number | null;
        };
        Channel: {
            consent: boolean;
            address: string | null;
            /** @description Since when, if the person agreed. */
            consented_at: string | null;
            /**
             * @description Whether the address is known to be the person's. Nothing about a case is sent to one that is `unverified`. Null: there is none.
             * @enum {string|null}
             */
            state: "verified" | "unverified" | null;
            /** @description Where messages go: a verified address. Null: nothing can be sent. */
            sent_to: string | null;
            /** @description Since when `address` is verified. */
            verified_at: string | null;
            /** @description Until when the code that was sent to `address` is good, if one was. */
            code_expires_at: string | null;
        };
        ChannelRequest: {
            /** @description Whether messages about the person's cases may go this way. */
            consent: boolean;
            /** @description E-mail address, or telephone number in E.164. Left out: the one that the identity provider states as verified. */
            address?: string | null;
        };
        CheckInRequest: {
            /** @description Id of the post. */
            post: string;
            /** @description The card as it was scanned; or the number of the booking, or the id of the case, as it was typed. */
            shown: string;
        };
        /** @description The card page: send `fields` to `url` by `method` from the person's browser, as an HTML form does. */
        Checkout: {
            /** @description Id of the payment. */
            payment: string;
            url: string;
            method: string;
            /** @description In the portal's own words, to be sent as they are. */
            fields: {
                [key: string]: string;
            };
        };
        ChikayaComplaintConsulateForm: {
            about: components["schemas"]["ChikayaComplaintConsulateFormAbout"];
            message: components["schemas"]["ChikayaComplaintConsulateFormMessage"];
            /** @description Is the matter before a court or a prosecutor? If so, the complaint cannot be accepted. */
            before_court: boolean;
            /** @description Supporting documents. Five files at most. */
            evidence?: string[];
            person: components["schemas"]["ChikayaComplaintConsulateFormPerson"];
            contact: components["schemas"]["ChikayaComplaintConsulateFormContact"];
        };
        /** @description Consulate and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        ChikayaComplaintConsulateFormAbout: {
            /** @description Country of the consulate. */
            country: string;
            /** @description Consulate. */
            consulate: string;
            /** @description One of your cases on this platform. The case that this is about, for example an extract that was lost in the post. */
            case?: string;
            theme: components["schemas"]["ChikayaComplaintConsulateFormAboutTheme"];
            sub_theme: components["schemas"]["ChikayaComplaintConsulateFormAboutSubTheme"];
        };
        /**
         * @description More precisely.
         * @enum {string}
         */
        ChikayaComplaintConsulateFormAboutSubTheme: "late-document" | "record-error" | "unreasoned-refusal" | "waiting" | "conduct";
        /**
         * @description Topic.
         * @enum {string}
         */
        ChikayaComplaintConsulateFormAboutTheme: "consular-documents" | "reception";
        /** @description How to reach you. */
        ChikayaComplaintConsulateFormContact: {
            /** @description E-mail address. With the number of the request, it lets you follow it on the portal. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Your message. */
        ChikayaComplaintConsulateFormMessage: {
            /** @description Subject, in one line. */
            subject: string;
            /** @description What happened, what you noticed or what you suggest. */
            text: string;
            /** @description Since when? */
            since?: string;
            /** @description What you ask the administration to do. */
            wish?: string;
        };
        /** @description You. */
        ChikayaComplaintConsulateFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name?: string;
            /** @description Given name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name?: string;
        };
        /** @description Complaint about a consulate */
        ChikayaComplaintConsulateRequest: {
            /** @enum {string} */
            service: "chikaya.complaint-consulate";
            form: components["schemas"]["ChikayaComplaintConsulateForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        ChikayaComplaintForm: {
            about: components["schemas"]["ChikayaComplaintFormAbout"];
            message: components["schemas"]["ChikayaComplaintFormMessage"];
            /** @description Is the matter before a court or a prosecutor? If so, the complaint cannot be accepted. */
            before_court: boolean;
            /** @description Supporting documents. Five files at most. */
            evidence?: string[];
            person: components["schemas"]["ChikayaComplaintFormPerson"];
            contact: components["schemas"]["ChikayaComplaintFormContact"];
        };
        /** @description Administration and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        ChikayaComplaintFormAbout: {
            administration: components["schemas"]["ChikayaComplaintFormAboutAdministration"];
            type: components["schemas"]["ChikayaComplaintFormAboutType"];
            theme: components["schemas"]["ChikayaComplaintFormAboutTheme"];
            sub_theme: components["schemas"]["ChikayaComplaintFormAboutSubTheme"];
            /** @description One of your cases on this platform. The case that this is about, for example an extract that was lost in the post. */
            case?: string;
            place: components["schemas"]["ChikayaComplaintFormAboutPlace"];
        };
        /**
         * @description Administration.
         * @enum {string}
         */
        ChikayaComplaintFormAboutAdministration: "interior" | "foreign-affairs" | "post" | "taxes";
        /** @description Place. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        ChikayaComplaintFormAboutPlace: {
            /** @description Country. */
            country: string;
            /** @description City or commune. */
            city: string;
            region?: components["schemas"]["ChikayaComplaintFormAboutPlaceRegion"];
        };
        /**
         * @description Region.
         * @enum {string}
         */
        ChikayaComplaintFormAboutPlaceRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description More precisely.
         * @enum {string}
         */
        ChikayaComplaintFormAboutSubTheme: "late-document" | "record-error" | "lost-document" | "late-decision" | "unreasoned-refusal" | "waiting" | "conduct" | "lost-parcel" | "late-parcel" | "damaged-parcel" | "paid-not-issued" | "not-refunded";
        /**
         * @description Topic.
         * @enum {string}
         */
        ChikayaComplaintFormAboutTheme: "civil-status" | "local-permits" | "consular-documents" | "reception" | "parcels" | "fee-stamps";
        /**
         * @description Type of office.
         * @enum {string}
         */
        ChikayaComplaintFormAboutType: "civil-status-office" | "commune" | "consulate" | "central-services" | "agency" | "delivery-centre" | "tax-office" | "online-service";
        /** @description How to reach you. */
        ChikayaComplaintFormContact: {
            /** @description E-mail address. With the number of the request, it lets you follow it on the portal. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Your message. */
        ChikayaComplaintFormMessage: {
            /** @description Subject, in one line. */
            subject: string;
            /** @description What happened, what you noticed or what you suggest. */
            text: string;
            /** @description Since when? */
            since?: string;
            /** @description What you ask the administration to do. */
            wish?: string;
        };
        /** @description You. */
        ChikayaComplaintFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name?: string;
            /** @description Given name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name?: string;
        };
        /** @description Complaint about an administration */
        ChikayaComplaintRequest: {
            /** @enum {string} */
            service: "chikaya.complaint";
            form: components["schemas"]["ChikayaComplaintForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        ChikayaObservationForm: {
            about: components["schemas"]["ChikayaObservationFormAbout"];
            message: components["schemas"]["ChikayaObservationFormMessage"];
            /** @description Supporting documents. Five files at most. */
            evidence?: string[];
            person: components["schemas"]["ChikayaObservationFormPerson"];
            contact: components["schemas"]["ChikayaObservationFormContact"];
        };
        /** @description Administration and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        ChikayaObservationFormAbout: {
            administration: components["schemas"]["ChikayaObservationFormAboutAdministration"];
            type: components["schemas"]["ChikayaObservationFormAboutType"];
            theme: components["schemas"]["ChikayaObservationFormAboutTheme"];
            sub_theme: components["schemas"]["ChikayaObservationFormAboutSubTheme"];
            /** @description One of your cases on this platform. The case that this is about, for example an extract that was lost in the post. */
            case?: string;
            place: components["schemas"]["ChikayaObservationFormAboutPlace"];
        };
        /**
         * @description Administration.
         * @enum {string}
         */
        ChikayaObservationFormAboutAdministration: "interior" | "foreign-affairs" | "post" | "taxes";
        /** @description Place. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        ChikayaObservationFormAboutPlace: {
            /** @description Country. */
            country: string;
            /** @description City or commune. */
            city: string;
            region?: components["schemas"]["ChikayaObservationFormAboutPlaceRegion"];
        };
        /**
         * @description Region.
         * @enum {string}
         */
        ChikayaObservationFormAboutPlaceRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description More precisely.
         * @enum {string}
         */
        ChikayaObservationFormAboutSubTheme: "late-document" | "record-error" | "lost-document" | "late-decision" | "unreasoned-refusal" | "waiting" | "conduct" | "lost-parcel" | "late-parcel" | "damaged-parcel" | "paid-not-issued" | "not-refunded";
        /**
         * @description Topic.
         * @enum {string}
         */
        ChikayaObservationFormAboutTheme: "civil-status" | "local-permits" | "consular-documents" | "reception" | "parcels" | "fee-stamps";
        /**
         * @description Type of office.
         * @enum {string}
         */
        ChikayaObservationFormAboutType: "civil-status-office" | "commune" | "consulate" | "central-services" | "agency" | "delivery-centre" | "tax-office" | "online-service";
        /** @description How to reach you. */
        ChikayaObservationFormContact: {
            /** @description E-mail address. With the number of the request, it lets you follow it on the portal. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Your message. */
        ChikayaObservationFormMessage: {
            /** @description Subject, in one line. */
            subject: string;
            /** @description What happened, what you noticed or what you suggest. */
            text: string;
        };
        /** @description You. */
        ChikayaObservationFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name?: string;
            /** @description Given name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name?: string;
        };
        /** @description Observation about a public service */
        ChikayaObservationRequest: {
            /** @enum {string} */
            service: "chikaya.observation";
            form: components["schemas"]["ChikayaObservationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        ChikayaSuggestionForm: {
            about: components["schemas"]["ChikayaSuggestionFormAbout"];
            message: components["schemas"]["ChikayaSuggestionFormMessage"];
            /** @description Supporting documents. Five files at most. */
            evidence?: string[];
            person: components["schemas"]["ChikayaSuggestionFormPerson"];
            contact: components["schemas"]["ChikayaSuggestionFormContact"];
        };
        /** @description Administration and matter. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        ChikayaSuggestionFormAbout: {
            administration: components["schemas"]["ChikayaSuggestionFormAboutAdministration"];
            type: components["schemas"]["ChikayaSuggestionFormAboutType"];
            theme: components["schemas"]["ChikayaSuggestionFormAboutTheme"];
            sub_theme: components["schemas"]["ChikayaSuggestionFormAboutSubTheme"];
            /** @description One of your cases on this platform. The case that this is about, for example an extract that was lost in the post. */
            case?: string;
            place: components["schemas"]["ChikayaSuggestionFormAboutPlace"];
        };
        /**
         * @description Administration.
         * @enum {string}
         */
        ChikayaSuggestionFormAboutAdministration: "interior" | "foreign-affairs" | "post" | "taxes";
        /** @description Place. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        ChikayaSuggestionFormAboutPlace: {
            /** @description Country. */
            country: string;
            /** @description City or commune. */
            city: string;
            region?: components["schemas"]["ChikayaSuggestionFormAboutPlaceRegion"];
        };
        /**
         * @description Region.
         * @enum {string}
         */
        ChikayaSuggestionFormAboutPlaceRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /**
         * @description More precisely.
         * @enum {string}
         */
        ChikayaSuggestionFormAboutSubTheme: "late-document" | "record-error" | "lost-document" | "late-decision" | "unreasoned-refusal" | "waiting" | "conduct" | "lost-parcel" | "late-parcel" | "damaged-parcel" | "paid-not-issued" | "not-refunded";
        /**
         * @description Topic.
         * @enum {string}
         */
        ChikayaSuggestionFormAboutTheme: "civil-status" | "local-permits" | "consular-documents" | "reception" | "parcels" | "fee-stamps";
        /**
         * @description Type of office.
         * @enum {string}
         */
        ChikayaSuggestionFormAboutType: "civil-status-office" | "commune" | "consulate" | "central-services" | "agency" | "delivery-centre" | "tax-office" | "online-service";
        /** @description How to reach you. */
        ChikayaSuggestionFormContact: {
            /** @description E-mail address. With the number of the request, it lets you follow it on the portal. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Your message. */
        ChikayaSuggestionFormMessage: {
            /** @description Subject, in one line. */
            subject: string;
            /** @description What happened, what you noticed or what you suggest. */
            text: string;
        };
        /** @description You. */
        ChikayaSuggestionFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name?: string;
            /** @description Given name. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name?: string;
        };
        /** @description Suggestion for a public service */
        ChikayaSuggestionRequest: {
            /** @enum {string} */
            service: "chikaya.suggestion";
            form: components["schemas"]["ChikayaSuggestionForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        /** @description One option of an action, as a form's `x-choices` has them. */
        Choice: {
            /** @description Send it as `choice`. */
            value: string;
            /** @description What people read. */
            title: string;
        };
        Commune: {
            /** @description Of the Haut-Commissariat au Plan. */
            code: string;
            /** @description What goes into a form: the official name in French. */
            value: string;
            /** @description What people read. */
            name: string;
            region: string;
            /** @description `value` of its province. */
            province: string;
            /** @enum {string} */
            object: "commune";
        };
        CommunePage: {
            data: components["schemas"]["Commune"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description One way in which a service may concern somebody. Of several, the form's member `when` says which it is. */
        Concern: {
            /**
             * @description From the side of who asks; `anyone` with proof `none` is about nobody.
             * @enum {string}
             */
            whom: "self" | "child" | "spouse" | "parent" | "company" | "anyone";
            /**
             * @description `claims`: it is about the person who signed in. `document`: the form brings one of `evidence`. `portal`: the portal decides.
             * @enum {string}
             */
            proof: "claims" | "document" | "portal" | "none";
            /** @description The law, or `assumed: ...`. */
            basis: string;
            /** @description JSON pointer into the form. */
            when: string | null;
            /** @description What the form says there. */
            values: string[];
            /** @description Where the form says who it is about; of several, one. */
            person: string[];
            /** @description Where it says who asks, if that is somebody else. */
            requester: string | null;
            /** @description Where it takes a document that proves the relation. */
            evidence: string[];
            /** @description Which kinds of document do; empty for any. */
            kinds: string[];
        };
        Cost: {
            /**
             * @description `none`: nothing is paid when filing. `fixed`: `amount`. `per`: `amount` times the form member that `per` names. `later`: the portal may ask for a fee on the way, and says then how much.
             * @enum {string}
             */
            kind: "none" | "fixed" | "per" | "later";
            text: string;
            amount: components["schemas"]["Money"] | null;
            /** @description JSON pointer to the form member that multiplies the amount. */
            per: string | null;
            /** @description The portal that takes the money. */
            portal: string | null;
        };
        Country: {
            /** @description ISO 3166-1 alpha-2. */
            code: string;
            name: string;
            /** @enum {string} */
            object: "country";
        };
        CountryPage: {
            data: components["schemas"]["Country"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description How long a portal may take by law: of a service, and of one case. */
        Deadline: {
            /**
             * @description `answer` for the whole demand; `acknowledge` and `triage` on the way to it.
             * @enum {string}
             */
            code: "answer" | "acknowledge" | "triage";
            title: string;
            /** @description From filing. Null if the service is not offered any more. */
            days: number | null;
            /** @description Of a case: the last day, as it is dated in Morocco. Null for a service. */
            due_on: string | null;
            /** @description Of a case: that day went by without what was due. */
            passed: boolean;
            /** @description The law. */
            basis: string | null;
        };
        /** @enum {string} */
        DeliveryState: "pending" | "delivered" | "failed";
        /** @description How many records there are in each piece of time. */
        Density: {
            since_at: string;
            until_at: string;
            /** @description Length of a piece; the last one may be shorter. */
            seconds: number;
            /** @description From `since_at` on; null for what was not counted. */
            counts: (number | null)[];
            /** @description Of what was counted. */
            total: number;
            /** @description Earlier records were not looked at; null if all were. */
            counted_from_at: string | null;
            /** @enum {string} */
            object: "audit_density";
        };
        Draft: {
            id: string;
            service: string;
            service_title: string;
            /** @description The client it was begun with: a frontend's, or an agent's. */
            client: string;
            created_at: string;
            updated_at: string;
            /** @description It is deleted then, unless it is changed before. */
            expires_at: string;
            /** @enum {string} */
            object: "draft";
            form: {
                [key: string]: unknown;
            };
            language: string | null;
            related_case: string | null;
        };
        DraftRequest: {
            /** @description Of the service's `form` schema, as much as there is. */
            form?: {
                [key: string]: unknown;
            } | null;
            /** @description The person's language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description Id of a service. It does not change any more. */
            service: string;
        };
        /** @description A draft without what is in it. */
        DraftSummary: {
            id: string;
            service: string;
            service_title: string;
            /** @description The client it was begun with: a frontend's, or an agent's. */
            client: string;
            created_at: string;
            updated_at: string;
            /** @description It is deleted then, unless it is changed before. */
            expires_at: string;
            /** @enum {string} */
            object: "draft";
        };
        DraftSummaryPage: {
            data: components["schemas"]["DraftSummary"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description As far as the person has come. It is kept as it is: nothing is checked, and nothing need be complete. */
        DraftUpdateRequest: {
            /** @description Of the service's `form` schema, as much as there is. */
            form?: {
                [key: string]: unknown;
            } | null;
            /** @description The person's language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
        };
        /** @description One difference between the portal's answer and the recorded ones. */
        Drift: {
            /** @description `new`, `missing`, `type` or `null` (a member), `media_type`, `status`, `unreadable` or `unknown_word` (to the connector), `not_recorded`. */
            change: string;
            member: string | null;
            /** @description Types, media types or numbers of a status. */
            expected: string | null;
            found: string | null;
        };
        EchoMeetingForm: {
            /** @description Text. It comes back unchanged. */
            text: string;
            behave?: components["schemas"]["EchoMeetingFormBehave"];
        };
        /**
         * @description What the portal does.
         * @enum {string}
         */
        EchoMeetingFormBehave: "complete" | "refuse" | "reject_later" | "unknown_status" | "slow" | "never" | "ask_document" | "ask_confirm" | "ask_fee" | "ask_fee_then_reject" | "ask_slot" | "ask_and_forget" | "no_show" | "rate" | "appeal";
        /** @description Echoed note by appointment */
        EchoMeetingRequest: {
            /** @enum {string} */
            service: "echo.meeting";
            form: components["schemas"]["EchoMeetingForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        EchoNoteForm: {
            /** @description Text. It comes back unchanged. */
            text: string;
            behave?: components["schemas"]["EchoNoteFormBehave"];
        };
        /**
         * @description What the portal does.
         * @enum {string}
         */
        EchoNoteFormBehave: "complete" | "refuse" | "reject_later" | "unknown_status" | "slow" | "never" | "ask_document" | "ask_confirm" | "ask_fee" | "ask_fee_then_reject" | "ask_slot" | "ask_and_forget" | "no_show" | "rate" | "appeal";
        /** @description Echoed note */
        EchoNoteRequest: {
            /** @enum {string} */
            service: "echo.note";
            form: components["schemas"]["EchoNoteForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        EchoParcelForm: {
            /** @description Text. It comes back unchanged. */
            text: string;
            behave?: components["schemas"]["EchoParcelFormBehave"];
            delivery: components["schemas"]["EchoParcelFormDelivery"];
        };
        /**
         * @description What the portal does.
         * @enum {string}
         */
        EchoParcelFormBehave: "complete" | "refuse" | "reject_later" | "unknown_status" | "slow" | "never" | "ask_document" | "ask_confirm" | "ask_fee" | "ask_fee_then_reject" | "ask_slot" | "ask_and_forget" | "no_show" | "rate" | "appeal";
        /** @description How to receive it. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        EchoParcelFormDelivery: {
            method: components["schemas"]["EchoParcelFormDeliveryMethod"];
            address?: components["schemas"]["EchoParcelFormDeliveryAddress"];
        };
        /** @description Postal address. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        EchoParcelFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone?: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        EchoParcelFormDeliveryMethod: "post" | "pickup";
        /** @description Echoed note by post */
        EchoParcelRequest: {
            /** @enum {string} */
            service: "echo.parcel";
            form: components["schemas"]["EchoParcelForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        EchoStampedForm: {
            /** @description Text. It comes back unchanged. */
            text: string;
            behave?: components["schemas"]["EchoStampedFormBehave"];
        };
        /**
         * @description What the portal does.
         * @enum {string}
         */
        EchoStampedFormBehave: "complete" | "refuse" | "reject_later" | "unknown_status" | "slow" | "never" | "ask_document" | "ask_confirm" | "ask_fee" | "ask_fee_then_reject" | "ask_slot" | "ask_and_forget" | "no_show" | "rate" | "appeal";
        /** @description Echoed note with a stamp */
        EchoStampedRequest: {
            /** @enum {string} */
            service: "echo.stamped";
            form: components["schemas"]["EchoStampedForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        EchoVisitForm: {
            /** @description Text. It comes back unchanged. */
            text: string;
            behave?: components["schemas"]["EchoVisitFormBehave"];
            post: components["schemas"]["EchoVisitFormPost"];
            delivery: components["schemas"]["EchoVisitFormDelivery"];
        };
        /**
         * @description What the portal does.
         * @enum {string}
         */
        EchoVisitFormBehave: "complete" | "refuse" | "reject_later" | "unknown_status" | "slow" | "never" | "ask_document" | "ask_confirm" | "ask_fee" | "ask_fee_then_reject" | "ask_slot" | "ask_and_forget" | "no_show" | "rate" | "appeal";
        /** @description How to receive it. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        EchoVisitFormDelivery: {
            method: components["schemas"]["EchoVisitFormDeliveryMethod"];
            address?: components["schemas"]["EchoVisitFormDeliveryAddress"];
        };
        /** @description Postal address. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        EchoVisitFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone?: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        EchoVisitFormDeliveryMethod: "post" | "pickup";
        /**
         * @description Consulate.
         * @enum {string}
         */
        EchoVisitFormPost: "lyon" | "tanger" | "montreal";
        /** @description Echoed visit */
        EchoVisitRequest: {
            /** @enum {string} */
            service: "echo.visit";
            form: components["schemas"]["EchoVisitForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        /** @enum {string} */
        EndpointState: "unverified" | "enabled" | "paused" | "disabled";
        /**
         * @description What the card gives a right to.
         * @enum {string}
         */
        Entitlement: "fast_lane";
        /**
         * @description What happened.
         * @enum {string}
         */
        EventCode: "answer_not_delivered" | "answer_refused" | "answered" | "appointment_booked" | "appointment_cancelled" | "appointment_kept" | "appointment_not_booked" | "appointment_replaced" | "ask_lapsed" | "asked" | "checked_in" | "checkout_opened" | "chosen" | "completed" | "deadline_near" | "deadline_passed" | "demand_kept" | "document_reused" | "document_shared" | "failed" | "fee_kept" | "filed" | "former_appointment_kept" | "given_up" | "handed_over" | "not_taken_back" | "note_added" | "offered" | "paid" | "parcel_lost" | "parcel_returned" | "payment_declined" | "payment_due" | "payment_expired" | "payment_not_needed" | "payment_not_taken" | "payment_too_late" | "portal_step" | "portal_unavailable" | "received" | "refund_refused" | "refunded" | "refused" | "reissue_refused" | "reissued" | "rejected" | "shipped" | "slot_due" | "slot_expired" | "stamp_issued" | "stamp_not_voided" | "stamp_used" | "stamp_used_elsewhere" | "stamp_voided" | "undoing_postponed" | "withdrawal_asked" | "withdrawal_refused" | "withdrawn" | "withdrawn_at_portal";
        /** @description What belongs to the event's `code`; what does not is left out. */
        EventData: {
            /** @description Why. */
            reason?: components["schemas"]["Reason"];
            amount?: components["schemas"]["Money"] | null;
            /** @description Number of the demand or the parcel. */
            reference?: string;
            /** @description Number of the electronic stamp (e-Timbre). */
            stamp?: string;
            /** @description How often the parcel was sent. */
            round?: number;
            action?: components["schemas"]["ActionType"] | null;
            /** @description The `code` of the action. */
            why?: components["schemas"]["ActionCode"];
            choice?: string;
            document?: string;
            from_case?: string;
            post?: string;
            starts_at?: string | null;
            /** @enum {string} */
            deadline?: "answer" | "acknowledge" | "triage" | "";
            due_on?: string | null;
            /** @description The portal's own text. */
            label?: string;
            milestone?: components["schemas"]["Milestone"] | null;
            portal_occurred_at?: string | null;
        };
        FailingWebhook: {
            id: string;
            client: string;
            /** @description Of its address. */
            host: string;
            state: components["schemas"]["EndpointState"];
            reason: string | null;
            /** @description Rounds in a row in which it took nothing. */
            failed_rounds: number;
            failing_since_at: string | null;
            succeeded_at: string | null;
            /** @description Deliveries that wait for it; at most 10,000 are counted. */
            waiting: number;
        };
        Failure: {
            operation: string;
            /** @enum {string} */
            outcome: "refused" | "unavailable" | "unknown" | "cancelled" | "not_permitted";
            code: string | null;
            /** @description What the code means, in the answer's language. */
            code_text: string | null;
            count: number;
        };
        FeedPage: {
            data: components["schemas"]["CaseEvent"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
            /** @description The place behind this page, also of the last one: a later call sends it as `cursor`. */
            position: string;
        };
        /**
         * @description What is wrong with a member.
         * @enum {string}
         */
        FieldCode: "act_not_found" | "act_under_correction" | "act_unreadable" | "action_not_open" | "action_not_supported" | "additionalProperties" | "address_code_not_awaited" | "address_code_wrong" | "address_codes_used" | "address_incomplete" | "address_not_unverified" | "address_quota_used" | "adult_only" | "agent_may_not" | "agent_unknown" | "amount_mismatch" | "another_person" | "answer_refused" | "as_you_asked" | "attachment_empty" | "attachment_locked" | "attachment_too_complex" | "attachment_too_large" | "attachment_type_refused" | "attachment_unknown" | "audit_unavailable" | "bad_signature" | "bodies_not_kept" | "body_too_large" | "breaker_open" | "bulkhead_full" | "callback_not_supported" | "callback_refused" | "capability_missing" | "card_not_accepted" | "card_not_found" | "cards_quota_used" | "case_damaged" | "case_finished" | "case_not_found" | "case_unknown" | "cases_quota_used" | "channel_not_offered" | "client_quota_used" | "client_unknown" | "connector_failed" | "connector_overloaded" | "connector_quarantined" | "const" | "consular_registration_not_found" | "contentMediaType" | "country_not_served" | "country_unknown" | "cursor_invalid" | "days_reversed" | "days_too_many" | "declaration_not_accepted" | "delivery_not_found" | "demand_refused" | "depth" | "document_not_found" | "dpop_nonce_required" | "dpop_proof_invalid" | "draft_not_found" | "draft_too_large" | "draft_too_many_files" | "draft_unknown" | "drafts_quota_used" | "earliest" | "enum" | "erased" | "exclusiveMaximum" | "exclusiveMinimum" | "files_quota_used" | "filter_invalid" | "form_invalid" | "form_not_accepted" | "format" | "guardian_consent_missing" | "guardian_missing" | "header_repeated" | "headers_too_large" | "idempotency_in_progress" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "identity" | "identity_mismatch" | "identity_not_in_mandate" | "identity_not_verified" | "identity_required" | "insufficient_assurance" | "insufficient_scope" | "internal_error" | "invalid" | "invalid_request" | "issuer_keys_pending" | "issuer_not_entitled" | "issuer_unavailable" | "language_unknown" | "latest" | "malformed_callback" | "malformed_json" | "malformed_request" | "mandate_code_wrong" | "mandate_ended" | "mandate_not_found" | "mandate_required" | "mandate_too_narrow" | "mandate_unknown" | "mandates_quota_used" | "maxItems" | "maxLength" | "maxProperties" | "max_bytes" | "maximum" | "media_type" | "method_not_allowed" | "minItems" | "minLength" | "minProperties" | "minimum" | "minor_only" | "multipleOf" | "must_agree" | "name_not_verified" | "not_acceptable" | "not_found" | "not_found_at_portal" | "notes_quota_used" | "officer_refused" | "open_cases_quota_used" | "outcome_unknown" | "overloaded" | "parcel_lost" | "parcel_returned" | "passport_not_found" | "passport_reported_lost" | "pattern" | "payment_not_captured" | "payment_not_found" | "payment_not_made" | "personal_only" | "photo_not_accepted" | "portal_answer_not_authentic" | "portal_answer_unexpected" | "portal_busy" | "portal_denied_gateway" | "portal_failed" | "portal_host_refused" | "portal_redirected" | "portal_refused" | "portal_timeout" | "portal_unavailable" | "post_elsewhere" | "post_not_found" | "post_unknown" | "postcode_invalid" | "pre_application_expired" | "precondition_failed" | "principal_not_allowed" | "proof_of_relation_missing" | "quiet_hours_empty" | "range" | "rate_limit_reached" | "record_expired" | "record_not_found" | "refused" | "replayed" | "request_timeout" | "requester_not_entitled" | "required" | "return_url_not_allowed" | "returned_to_sender" | "service_not_found" | "service_not_offered" | "service_unknown" | "shutting_down" | "size" | "slot_invalid" | "slot_not_chosen" | "slot_taken" | "stamp_already_used" | "stamp_cancelled" | "stamp_expired" | "stamp_invalid" | "stamp_missing" | "stamp_not_found" | "store_unavailable" | "streams_quota_used" | "text" | "ticket_invalid" | "time_without_zone" | "times_reversed" | "times_too_far" | "timezone_unknown" | "token_algorithm_not_allowed" | "token_bad_signature" | "token_binding_failed" | "token_expired" | "token_lives_too_long" | "token_malformed" | "token_missing" | "token_not_bound" | "token_not_yet_valid" | "token_unknown_key" | "token_untrusted_issuer" | "token_wrong_audience" | "too_late" | "too_many_cards" | "too_many_requests" | "too_many_webhooks" | "too_old" | "tracking_number_invalid" | "tracking_number_not_arrived" | "tracking_number_unknown" | "tracking_proof_missing" | "tracking_tries_used" | "type" | "uniqueItems" | "unsupported_media_type" | "validations_quota_used" | "visit_not_found" | "webhook_not_found" | "webhook_not_verified" | "webhook_state" | "webhook_tries_used" | "webhook_url" | "withdrawal_not_supported" | "withdrawal_too_late" | "withdrawn_at_portal" | "withdrawn_by_person";
        /** @description `pointer` is a JSON pointer (RFC 6901) into the request body, or `/?name` for a query parameter; `detail` never repeats the value, and left empty it becomes the general text for `code`. `allowed` are the values that are possible, where they can be listed, and `limit` the bound that the value is beyond. */
        FieldError: {
            pointer: string;
            code: components["schemas"]["FieldCode"];
            detail: string;
            allowed: string[];
            limit: number | null;
        };
        Filing: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            availability: components["schemas"]["Availability"];
            /** @description The portal's number of the demand. */
            reference: string | null;
            /** @description The portal's own word. */
            portal_status: string | null;
            filed_at: string | null;
        };
        /** @description One thing about a demand that is wrong, or could not be checked. */
        Finding: {
            /**
             * @description What it is about. `portal`: the portal would refuse it. `availability`: a portal that takes part does not answer. `unchecked`: nobody could say now.
             * @enum {string}
             */
            kind: "form" | "identity" | "rights" | "documents" | "quota" | "availability" | "portal" | "unchecked";
            /** @description Whether filing is refused for it. */
            blocks: boolean;
            /** @description RFC 6901, into the request body; null: the whole of it. */
            pointer: string | null;
            code: components["schemas"]["FieldCode"];
            /** @description For the person, in the answer's language. */
            detail: string;
            /** @description What can be done about it. */
            remedy: string | null;
            /** @description Which portal it comes from. */
            portal: string | null;
            /** @description The portal's own words, for the person. */
            portal_message: string | null;
        };
        Gateway: {
            name: string;
            version: string;
            /** @enum {string} */
            profile: "production" | "demo" | "embedded";
            languages: string[];
            issuers: string[];
            openapi: string;
            jwks_uri: string;
            audit: components["schemas"]["AuditLog"];
        };
        /** @description A public key as a JSON Web Key. One with a private half is refused. */
        HolderKey: {
            /** @enum {string} */
            kty: "EC" | "OKP";
            /** @enum {string} */
            crv: "P-256" | "Ed25519";
            /** @description 32 bytes as base64url. */
            x: string;
            /** @description 32 bytes as base64url. */
            y?: string | null;
            kid?: string;
            /** @enum {string} */
            use?: "sig";
            /** @enum {string} */
            alg?: "ES256" | "EdDSA" | "Ed25519" | "";
        };
        Hour: {
            calls: number;
            ok: number;
            /** @description The portal said no, in its own words. */
            refused: number;
            /** @description It could not be asked, or its answer was lost or not understood. */
            failed: number;
            /** @description Milliseconds of a call on average, retries included. */
            mean_ms: number;
            slowest_ms: number;
            starts_at: string;
        };
        /** @description One quarter of one group. A null has no value, or is suppressed: see `suppressed`. */
        Indicator: {
            /** @description As it is dated in Morocco. */
            quarter: string;
            /** @description The quarter is not over, or not published yet. */
            provisional: boolean;
            portal: string | null;
            service: string | null;
            /** @description Empty where the demand names none. */
            post: string | null;
            /** @description Demands that the portal took in the quarter. */
            filed: number | null;
            completed: number | null;
            rejected: number | null;
            withdrawn: number | null;
            failed: number | null;
            /** @description Cases that ended before the portal took the demand. */
            not_filed: number | null;
            /** @description Filed and not ended when the quarter ended, rounded to `minimum`. */
            open: number;
            /** @description Days from the filing to the answer. */
            days_median: number | null;
            days_p90: number | null;
            /** @description Days from the last legal day to the answer; 0: in time. */
            overrun_median: number | null;
            overrun_p90: number | null;
            /** @description Share of answers in time, to the nearest 0.05. */
            within_deadline: number | null;
            /** @description Whole days of those that waited for the person. */
            waited_median: number | null;
            waited_p90: number | null;
            rated: number | null;
            /** @description Mean of the ratings, 1 to 5. */
            satisfaction: number | null;
            /** @description What is held back, because it is about too few. */
            suppressed: string[];
        };
        Indicators: {
            data: components["schemas"]["Indicator"][];
            /** @description Numbers of fewer cases than this are held back. */
            minimum: number;
            /** @enum {string} */
            timezone: "Africa/Casablanca";
            /** @enum {string} */
            object: "indicators";
        };
        /** @description A public key as a JSON Web Key (RFC 7517, RFC 8037). */
        Jwk: {
            /** @enum {string} */
            kty: "OKP" | "EC";
            /** @enum {string} */
            crv: "Ed25519" | "P-256";
            /** @description base64url. */
            x: string;
            /** @description base64url, of a point on P-256. */
            y?: string;
            kid: string;
            /** @enum {string} */
            use: "sig";
            /** @enum {string} */
            alg: "EdDSA" | "ES256";
        };
        Jwks: {
            keys: components["schemas"]["Jwk"][];
        };
        /** @description The last time that the gateway asked whether the portal still answers as recorded, of all operations together. */
        LastProbe: {
            /** @description Of the operation whose time is longest ago. */
            probed_at: string;
            /**
             * @description `drift` if any operation has changed; else `failed` if any could not be asked.
             * @enum {string}
             */
            outcome: "as_recorded" | "drift" | "failed";
            /** @description Of all operations. */
            differences: number;
        };
        /** @description Cases whose legal term is over, and that the portal has not answered. */
        Late: {
            service: string;
            service_title: string;
            /** @description At most 10,000 are counted for a portal. */
            count: number;
            /** @description The earliest last day among them. */
            oldest_due_on: string;
        };
        LatePage: {
            data: components["schemas"]["Late"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description A mandate, for the person who gave it and the agent who holds it. */
        Mandate: {
            id: string;
            /**
             * @description `given`: its code waits for the agent; `lapsed`: the code was not used in time; `held`: in force; the others are ends: by its date, by the person, by the agent.
             * @enum {string}
             */
            state: "given" | "lapsed" | "held" | "expired" | "revoked" | "returned";
            /** @description Client id of the consulate or call centre. */
            agent: string;
            agent_name: string;
            /** @description The agent who took it up, as in the person's ledger. */
            holder: string | null;
            scope: ("cases:read" | "cases:write" | "tracking:read")[];
            services: string[];
            /** @description Whether it covers what the person filed before she gave it. */
            earlier_cases: boolean;
            /** @description Not in the answer to taking it up. */
            purpose: string | null;
            /** @description For whom the agent acts; only in the list of the agent who holds it. */
            person_name: string | null;
            created_at: string;
            expires_at: string;
            taken_at: string | null;
            ended_at: string | null;
            /** @description Only when it is given, or handed over: tell it to the agent. */
            code: string | null;
            code_expires_at: string | null;
            /** @enum {string} */
            object: "mandate";
        };
        MandatePage: {
            data: components["schemas"]["Mandate"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description What an agent may do for the person, and until when. */
        MandateRequest: {
            /** @description Client id of the consulate or call centre. */
            agent: string;
            /** @description What it may do. */
            scope: ("cases:read" | "cases:write" | "tracking:read")[];
            /** @description What for, in the person's words; the agent reads it. */
            purpose: string;
            /** @description The last moment, at most `mandates.max_days` from now. */
            expires_at: string;
            /** @description Ids of services, or of portals for all of theirs; left out, for every one. */
            services?: string[];
            /** @description Whether it covers what the person filed before she gave it; not unless she says so. */
            earlier_cases?: boolean;
        };
        /** @description A mandate that is good now. */
        MandateSummary: {
            id: string;
            /** @enum {string} */
            state: "given" | "held";
            /** @description Client id of the consulate or call centre. */
            agent: string;
            agent_name: string;
            expires_at: string;
        };
        /** @description Who the caller is here, by the token of the call. */
        Me: {
            /** @enum {string} */
            kind: "citizen" | "app" | "agent" | "auditor" | "operator" | "agency";
            /** @description Id of the client that the token was made for. */
            client: string;
            client_name: string;
            /** @description How surely the sign-in knew the person: `low`, `substantial` or `high`, or the issuer's own. */
            assurance: string | null;
            scopes: ("cases:read" | "cases:write" | "tracking:read" | "operate" | "audit:list" | "audit:bodies" | "audit:export" | "subjects:resolve" | "webhooks:manage")[];
            token_expires_at: string;
            /** @description Ids of the posts at which an agent serves. */
            posts: string[];
            /** @description Ids of the portals that an agency's token is for. */
            portals: string[];
            /** @description In which the gateway can write to people. */
            languages: string[];
            /** @description The one that the person prefers, if she said so. */
            language: string | null;
            /** @description Of a person whose token has `cases:read`. */
            profile: components["schemas"]["Profile"] | null;
            /** @description Those that are good now, the newest 50: given by this person, held by this agent. Null where `GET /v1/mandates` would be refused. */
            mandates: components["schemas"]["MandateSummary"][] | null;
            /** @enum {string} */
            object: "me";
        };
        /** @description A message to the person. What it said is not kept. */
        Message: {
            /** @enum {string} */
            object: "message";
            /** @description An e-mail's `Message-ID` begins with it. */
            id: string;
            /** @description Null: of no case, as a code is. */
            case: string | null;
            /**
             * @description Something waited for her, an appointment neared, a parcel moved, the case ended, or a code to verify an address.
             * @enum {string}
             */
            about: "action" | "appointment" | "parcel" | "end" | "code";
            /** @enum {string} */
            channel: "email" | "sms";
            /** @enum {string} */
            state: "waiting" | "sent" | "delivered" | "refused" | "undeliverable" | "not_sent" | "given_up";
            /** @description What became of it, in the caller's language. */
            text: string;
            /** @description A code of why it is in this state. */
            reason: string | null;
            created_at: string;
            sent_at: string | null;
        };
        MessageFailure: {
            /** @enum {string} */
            channel: "email" | "sms";
            /** @enum {string} */
            state: "refused" | "undeliverable" | "given_up";
            reason: string | null;
            count: number;
        };
        MessagePage: {
            data: components["schemas"]["Message"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /**
         * @description Where a demand or a parcel stands, in words shared by all portals.
         * @enum {string}
         */
        Milestone: "created" | "paid" | "processing" | "ready" | "posted" | "in_transit" | "out_for_delivery" | "delivery_failed" | "delivered" | "returned" | "lost" | "refused";
        Money: {
            /** @description In the currency's minor unit: centimes. */
            amount: number;
            /** @description ISO 4217. */
            currency: string;
            /** @description For people, in the answer's language. */
            text: string;
        };
        /** @description What an agent wrote about a case, for the person too. */
        Note: {
            id: string;
            case: string;
            /** @description Client id of the agency. */
            agency: string;
            agency_name: string;
            /** @description Who wrote it, as in the person's ledger; no name. */
            agent: string;
            text: string;
            created_at: string;
            /** @enum {string} */
            object: "note";
        };
        NotePage: {
            data: components["schemas"]["Note"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        NoteRequest: {
            /** @description The person reads it. */
            text: string;
        };
        Operation: {
            calls: number;
            ok: number;
            /** @description The portal said no, in its own words. */
            refused: number;
            /** @description It could not be asked, or its answer was lost or not understood. */
            failed: number;
            /** @description Milliseconds of a call on average, retries included. */
            mean_ms: number;
            slowest_ms: number;
            /** @description As the log names it. */
            operation: string;
        };
        Operations: {
            /** @description From when on failures of messages are counted. */
            since_at: string;
            until_at: string;
            queues: components["schemas"]["Queue"][];
            workers: components["schemas"]["Worker"][];
            message_failures: components["schemas"]["MessageFailure"][];
            /** @description Those that fail or are disabled; 100 at most. */
            webhooks: components["schemas"]["FailingWebhook"][];
            /** @enum {string} */
            object: "operations";
        };
        PasseportAfterDamageForm: {
            lodging: components["schemas"]["PasseportAfterDamageFormLodging"];
            registration: components["schemas"]["PasseportAfterDamageFormRegistration"];
            person: components["schemas"]["PasseportAfterDamageFormPerson"];
            passport: components["schemas"]["PasseportAfterDamageFormPassport"];
            damage: components["schemas"]["PasseportAfterDamageFormDamage"];
            contact: components["schemas"]["PasseportAfterDamageFormContact"];
            delivery: components["schemas"]["PasseportAfterDamageFormDelivery"];
        };
        /** @description How to reach you. */
        PasseportAfterDamageFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Damage. */
        PasseportAfterDamageFormDamage: {
            kind: components["schemas"]["PasseportAfterDamageFormDamageKind"];
            /** @description Description. */
            description: string;
        };
        /**
         * @description Kind of damage.
         * @enum {string}
         */
        PasseportAfterDamageFormDamageKind: "water" | "torn" | "unreadable" | "other";
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportAfterDamageFormDelivery: {
            method: components["schemas"]["PasseportAfterDamageFormDeliveryMethod"];
            address?: components["schemas"]["PasseportAfterDamageFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportAfterDamageFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportAfterDamageFormDeliveryMethod: "post" | "pickup";
        /** @description Consulate where you will hand in the file. */
        PasseportAfterDamageFormLodging: {
            /** @description Country. */
            country: string;
            /** @description Consulate. Any consulate can take your application. */
            consulate: string;
        };
        /** @description Previous passport. */
        PasseportAfterDamageFormPassport: {
            /** @description Number of the previous passport. One or two letters, then 6 or 7 digits. */
            number: string;
            /** @description Date of expiry. */
            expires_on?: string;
        };
        /** @description Person the passport is for. */
        PasseportAfterDamageFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        PasseportAfterDamageFormRegistration: {
            /** @description Consulate where you are registered. */
            consulate: string;
            /** @description Registration number. */
            number: string;
        };
        /** @description New passport after damage */
        PasseportAfterDamageRequest: {
            /** @enum {string} */
            service: "passeport.after-damage";
            form: components["schemas"]["PasseportAfterDamageForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        PasseportAfterLossForm: {
            lodging: components["schemas"]["PasseportAfterLossFormLodging"];
            registration: components["schemas"]["PasseportAfterLossFormRegistration"];
            person: components["schemas"]["PasseportAfterLossFormPerson"];
            passport: components["schemas"]["PasseportAfterLossFormPassport"];
            declaration: components["schemas"]["PasseportAfterLossFormDeclaration"];
            contact: components["schemas"]["PasseportAfterLossFormContact"];
            delivery: components["schemas"]["PasseportAfterLossFormDelivery"];
        };
        /** @description How to reach you. */
        PasseportAfterLossFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Declaration of loss. */
        PasseportAfterLossFormDeclaration: {
            /** @description Date of the loss. */
            on: string;
            /** @description Country. */
            country: string;
            /** @description Place of the loss. */
            place: string;
            /** @description How it happened. */
            circumstances: string;
            /** @description Police station that took the declaration. */
            police_authority: string;
            /** @description Number of the police report. */
            police_reference: string;
            /** @description Copy of the police report. */
            police_report: string;
        };
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportAfterLossFormDelivery: {
            method: components["schemas"]["PasseportAfterLossFormDeliveryMethod"];
            address?: components["schemas"]["PasseportAfterLossFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportAfterLossFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportAfterLossFormDeliveryMethod: "post" | "pickup";
        /** @description Consulate where you will hand in the file. */
        PasseportAfterLossFormLodging: {
            /** @description Country. */
            country: string;
            /** @description Consulate. Any consulate can take your application. */
            consulate: string;
        };
        /** @description Previous passport. */
        PasseportAfterLossFormPassport: {
            /** @description Number of the previous passport. One or two letters, then 6 or 7 digits. */
            number: string;
            /** @description Date of expiry. */
            expires_on?: string;
        };
        /** @description Person the passport is for. */
        PasseportAfterLossFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        PasseportAfterLossFormRegistration: {
            /** @description Consulate where you are registered. */
            consulate: string;
            /** @description Registration number. */
            number: string;
        };
        /** @description New passport after a loss */
        PasseportAfterLossRequest: {
            /** @enum {string} */
            service: "passeport.after-loss";
            form: components["schemas"]["PasseportAfterLossForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        PasseportAfterTheftForm: {
            lodging: components["schemas"]["PasseportAfterTheftFormLodging"];
            registration: components["schemas"]["PasseportAfterTheftFormRegistration"];
            person: components["schemas"]["PasseportAfterTheftFormPerson"];
            passport: components["schemas"]["PasseportAfterTheftFormPassport"];
            declaration: components["schemas"]["PasseportAfterTheftFormDeclaration"];
            contact: components["schemas"]["PasseportAfterTheftFormContact"];
            delivery: components["schemas"]["PasseportAfterTheftFormDelivery"];
        };
        /** @description How to reach you. */
        PasseportAfterTheftFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Declaration of theft. */
        PasseportAfterTheftFormDeclaration: {
            /** @description Date of the theft. */
            on: string;
            /** @description Country. */
            country: string;
            /** @description Place of the theft. */
            place: string;
            /** @description How it happened. */
            circumstances: string;
            /** @description Police station that took the declaration. */
            police_authority: string;
            /** @description Number of the police report. */
            police_reference: string;
            /** @description Copy of the police report. */
            police_report: string;
        };
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportAfterTheftFormDelivery: {
            method: components["schemas"]["PasseportAfterTheftFormDeliveryMethod"];
            address?: components["schemas"]["PasseportAfterTheftFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportAfterTheftFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportAfterTheftFormDeliveryMethod: "post" | "pickup";
        /** @description Consulate where you will hand in the file. */
        PasseportAfterTheftFormLodging: {
            /** @description Country. */
            country: string;
            /** @description Consulate. Any consulate can take your application. */
            consulate: string;
        };
        /** @description Previous passport. */
        PasseportAfterTheftFormPassport: {
            /** @description Number of the previous passport. One or two letters, then 6 or 7 digits. */
            number: string;
            /** @description Date of expiry. */
            expires_on?: string;
        };
        /** @description Person the passport is for. */
        PasseportAfterTheftFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        PasseportAfterTheftFormRegistration: {
            /** @description Consulate where you are registered. */
            consulate: string;
            /** @description Registration number. */
            number: string;
        };
        /** @description New passport after a theft */
        PasseportAfterTheftRequest: {
            /** @enum {string} */
            service: "passeport.after-theft";
            form: components["schemas"]["PasseportAfterTheftForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        PasseportDataChangeForm: {
            lodging: components["schemas"]["PasseportDataChangeFormLodging"];
            registration: components["schemas"]["PasseportDataChangeFormRegistration"];
            person: components["schemas"]["PasseportDataChangeFormPerson"];
            passport: components["schemas"]["PasseportDataChangeFormPassport"];
            change: components["schemas"]["PasseportDataChangeFormChange"];
            contact: components["schemas"]["PasseportDataChangeFormContact"];
            delivery: components["schemas"]["PasseportDataChangeFormDelivery"];
        };
        /** @description Change requested. */
        PasseportDataChangeFormChange: {
            kind: components["schemas"]["PasseportDataChangeFormChangeKind"];
            /** @description What it should say now. */
            new_value: string;
            /** @description Civil record or judgment that it is based on. */
            reason: string;
            /** @description Copy of this document. You will show the original at the counter. */
            evidence?: string;
        };
        /**
         * @description What is to be changed?
         * @enum {string}
         */
        PasseportDataChangeFormChangeKind: "family_name" | "given_name" | "birth_data" | "address";
        /** @description How to reach you. */
        PasseportDataChangeFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportDataChangeFormDelivery: {
            method: components["schemas"]["PasseportDataChangeFormDeliveryMethod"];
            address?: components["schemas"]["PasseportDataChangeFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportDataChangeFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportDataChangeFormDeliveryMethod: "post" | "pickup";
        /** @description Consulate where you will hand in the file. */
        PasseportDataChangeFormLodging: {
            /** @description Country. */
            country: string;
            /** @description Consulate. Any consulate can take your application. */
            consulate: string;
        };
        /** @description Previous passport. */
        PasseportDataChangeFormPassport: {
            /** @description Number of the previous passport. One or two letters, then 6 or 7 digits. */
            number: string;
            /** @description Date of expiry. */
            expires_on?: string;
        };
        /** @description Person the passport is for. */
        PasseportDataChangeFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        PasseportDataChangeFormRegistration: {
            /** @description Consulate where you are registered. */
            consulate: string;
            /** @description Registration number. */
            number: string;
        };
        /** @description New passport after a change of data */
        PasseportDataChangeRequest: {
            /** @enum {string} */
            service: "passeport.data-change";
            form: components["schemas"]["PasseportDataChangeForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        PasseportFirstAdultForm: {
            lodging: components["schemas"]["PasseportFirstAdultFormLodging"];
            registration: components["schemas"]["PasseportFirstAdultFormRegistration"];
            person: components["schemas"]["PasseportFirstAdultFormPerson"];
            birth_record: components["schemas"]["PasseportFirstAdultFormBirthRecord"];
            contact: components["schemas"]["PasseportFirstAdultFormContact"];
            delivery: components["schemas"]["PasseportFirstAdultFormDelivery"];
        };
        /** @description Birth record. */
        PasseportFirstAdultFormBirthRecord: {
            /** @description Civil-status office or consulate. */
            office: string;
            /** @description Number of the record. In the family booklet and at the top of an earlier extract. */
            number: string;
            /** @description Year of the register. May be later than the event itself, when it was declared late. */
            register_year: number;
        };
        /** @description How to reach you. */
        PasseportFirstAdultFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportFirstAdultFormDelivery: {
            method: components["schemas"]["PasseportFirstAdultFormDeliveryMethod"];
            address?: components["schemas"]["PasseportFirstAdultFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportFirstAdultFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportFirstAdultFormDeliveryMethod: "post" | "pickup";
        /** @description Consulate where you will hand in the file. */
        PasseportFirstAdultFormLodging: {
            /** @description Country. */
            country: string;
            /** @description Consulate. Any consulate can take your application. */
            consulate: string;
        };
        /** @description Person the passport is for. */
        PasseportFirstAdultFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        PasseportFirstAdultFormRegistration: {
            /** @description Consulate where you are registered. */
            consulate: string;
            /** @description Registration number. */
            number: string;
        };
        /** @description First passport for an adult at a consulate */
        PasseportFirstAdultRequest: {
            /** @enum {string} */
            service: "passeport.first-adult";
            form: components["schemas"]["PasseportFirstAdultForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        PasseportMinorForm: {
            lodging: components["schemas"]["PasseportMinorFormLodging"];
            registration: components["schemas"]["PasseportMinorFormRegistration"];
            person: components["schemas"]["PasseportMinorFormPerson"];
            guardian: components["schemas"]["PasseportMinorFormGuardian"];
            birth_record: components["schemas"]["PasseportMinorFormBirthRecord"];
            passport?: components["schemas"]["PasseportMinorFormPassport"];
            contact: components["schemas"]["PasseportMinorFormContact"];
            delivery: components["schemas"]["PasseportMinorFormDelivery"];
        };
        /** @description Birth record. */
        PasseportMinorFormBirthRecord: {
            /** @description Civil-status office or consulate. */
            office: string;
            /** @description Number of the record. In the family booklet and at the top of an earlier extract. */
            number: string;
            /** @description Year of the register. May be later than the event itself, when it was declared late. */
            register_year: number;
        };
        /** @description How to reach you. */
        PasseportMinorFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportMinorFormDelivery: {
            method: components["schemas"]["PasseportMinorFormDeliveryMethod"];
            address?: components["schemas"]["PasseportMinorFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportMinorFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportMinorFormDeliveryMethod: "post" | "pickup";
        /** @description Guardian. The person who comes with the minor and signs. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportMinorFormGuardian: {
            relation: components["schemas"]["PasseportMinorFormGuardianRelation"];
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description I consent to the passport being issued to the minor. It must be true. */
            consent: boolean;
            /** @description Judgment or deed that gives guardianship. Needed from a legal guardian. */
            authorisation?: string;
            /** @description Family booklet. Needed from the father or the mother: it shows that the child is yours. */
            family_booklet?: string;
        };
        /**
         * @description Relation to the minor.
         * @enum {string}
         */
        PasseportMinorFormGuardianRelation: "father" | "mother" | "legal_guardian";
        /** @description Consulate where you will hand in the file. */
        PasseportMinorFormLodging: {
            /** @description Country. */
            country: string;
            /** @description Consulate. Any consulate can take your application. */
            consulate: string;
        };
        /** @description Previous passport. */
        PasseportMinorFormPassport: {
            /** @description Number of the previous passport. One or two letters, then 6 or 7 digits. */
            number: string;
            /** @description Date of expiry. */
            expires_on?: string;
        };
        /** @description Minor the passport is for. */
        PasseportMinorFormPerson: {
            /** @description National identity card number (CNIE). If the minor has one. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        PasseportMinorFormRegistration: {
            /** @description Consulate where you are registered. */
            consulate: string;
            /** @description Registration number. */
            number: string;
        };
        /** @description Passport for a minor at a consulate */
        PasseportMinorRequest: {
            /** @enum {string} */
            service: "passeport.minor";
            form: components["schemas"]["PasseportMinorForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        PasseportRenewalAdultForm: {
            lodging: components["schemas"]["PasseportRenewalAdultFormLodging"];
            registration: components["schemas"]["PasseportRenewalAdultFormRegistration"];
            person: components["schemas"]["PasseportRenewalAdultFormPerson"];
            passport: components["schemas"]["PasseportRenewalAdultFormPassport"];
            contact: components["schemas"]["PasseportRenewalAdultFormContact"];
            delivery: components["schemas"]["PasseportRenewalAdultFormDelivery"];
        };
        /** @description How to reach you. */
        PasseportRenewalAdultFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportRenewalAdultFormDelivery: {
            method: components["schemas"]["PasseportRenewalAdultFormDeliveryMethod"];
            address?: components["schemas"]["PasseportRenewalAdultFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportRenewalAdultFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportRenewalAdultFormDeliveryMethod: "post" | "pickup";
        /** @description Consulate where you will hand in the file. */
        PasseportRenewalAdultFormLodging: {
            /** @description Country. */
            country: string;
            /** @description Consulate. Any consulate can take your application. */
            consulate: string;
        };
        /** @description Previous passport. */
        PasseportRenewalAdultFormPassport: {
            /** @description Number of the previous passport. One or two letters, then 6 or 7 digits. */
            number: string;
            /** @description Date of expiry. */
            expires_on?: string;
        };
        /** @description Person the passport is for. */
        PasseportRenewalAdultFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        PasseportRenewalAdultFormRegistration: {
            /** @description Consulate where you are registered. */
            consulate: string;
            /** @description Registration number. */
            number: string;
        };
        PasseportRenewalAdultMoroccoForm: {
            lodging: components["schemas"]["PasseportRenewalAdultMoroccoFormLodging"];
            person: components["schemas"]["PasseportRenewalAdultMoroccoFormPerson"];
            passport: components["schemas"]["PasseportRenewalAdultMoroccoFormPassport"];
            contact: components["schemas"]["PasseportRenewalAdultMoroccoFormContact"];
            delivery: components["schemas"]["PasseportRenewalAdultMoroccoFormDelivery"];
        };
        /** @description How to reach you. */
        PasseportRenewalAdultMoroccoFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the passport. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportRenewalAdultMoroccoFormDelivery: {
            method: components["schemas"]["PasseportRenewalAdultMoroccoFormDeliveryMethod"];
            address?: components["schemas"]["PasseportRenewalAdultMoroccoFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        PasseportRenewalAdultMoroccoFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        PasseportRenewalAdultMoroccoFormDeliveryMethod: "post" | "pickup";
        /** @description Office where you will hand in the file in Morocco. */
        PasseportRenewalAdultMoroccoFormLodging: {
            /** @description Prefecture or province. */
            province: string;
            /** @description Administrative annex or caidat. */
            office: string;
        };
        /** @description Previous passport. */
        PasseportRenewalAdultMoroccoFormPassport: {
            /** @description Number of the previous passport. One or two letters, then 6 or 7 digits. */
            number: string;
            /** @description Date of expiry. */
            expires_on?: string;
        };
        /** @description Person the passport is for. */
        PasseportRenewalAdultMoroccoFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Passport renewal for an adult in Morocco */
        PasseportRenewalAdultMoroccoRequest: {
            /** @enum {string} */
            service: "passeport.renewal-adult-morocco";
            form: components["schemas"]["PasseportRenewalAdultMoroccoForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        /** @description Passport renewal for an adult at a consulate */
        PasseportRenewalAdultRequest: {
            /** @enum {string} */
            service: "passeport.renewal-adult";
            form: components["schemas"]["PasseportRenewalAdultForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        PayRequest: {
            /** @description Where the browser goes after the card page, by GET and with `case` and `payment` added to the query. It must be one of the client's. */
            return_url?: string | null;
        };
        /** @description Something to pay for a case, and what became of it. */
        Payment: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            id: string;
            /** @description Id of its case. */
            case: string;
            /** @description `fee_due` for the service's fee, else the word of who asked. */
            code: components["schemas"]["ActionCode"];
            amount: components["schemas"]["Money"];
            /**
             * @description `cancelled`: nothing was paid, and the portal no longer asks for it, or the case has ended or is ending. `paid` without `paid_at`: it was paid too late (`payment_too_late`), and is to be given back.
             * @enum {string}
             */
            state: "due" | "paid" | "refunded" | "cancelled";
            /** @description Order number under which it was paid, as the paying portal knows it. */
            reference: string | null;
            /** @description Number of the electronic stamp (e-Timbre). */
            stamp: string | null;
            paid_at: string | null;
            refunded_at: string | null;
            url: string;
            /** @enum {string} */
            object: "payment";
        };
        PaymentPage: {
            data: components["schemas"]["Payment"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        Portal: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            availability: components["schemas"]["Availability"];
            /**
             * @description Of all processes; `open`: calls are not made. Null where the connector is not loaded.
             * @enum {string|null}
             */
            breaker: "closed" | "half_open" | "open" | null;
            quarantine: components["schemas"]["Quarantine"] | null;
            /**
             * @description What its connector has earned by the conformance kit. Null: nothing yet.
             * @enum {string|null}
             */
            level: "connected" | "dependable" | "exemplary" | null;
            /** @description From when on calls are counted. */
            since_at: string;
            /** @description To when; the last seconds may be missing. */
            until_at: string;
            traffic: components["schemas"]["Calls"];
            late: components["schemas"]["Late"][];
            /** @description Null: never probed. */
            last_probe: components["schemas"]["LastProbe"] | null;
            /** @enum {string} */
            object: "portal";
            /** @description Hours in which it was called, oldest first. */
            hours: components["schemas"]["Hour"][];
            operations: components["schemas"]["Operation"][];
            /** @description By code, those with the most first. */
            failures: components["schemas"]["Failure"][];
            /** @description Of the same time, the last one first. */
            strange_answers: components["schemas"]["StrangeAnswer"][];
            /** @description Of the same time. One good answer a minute of each operation is looked at. */
            shape_changes: components["schemas"]["ShapeChange"][];
            /** @description By operation. Empty unless `plugins.probe_hours` and probes are configured. */
            probes: components["schemas"]["Probe"][];
            /** @description Of this quarter and the one before, by service; small numbers hidden. */
            delays: components["schemas"]["Indicator"][];
        };
        PortalSummary: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            availability: components["schemas"]["Availability"];
            /**
             * @description Of all processes; `open`: calls are not made. Null where the connector is not loaded.
             * @enum {string|null}
             */
            breaker: "closed" | "half_open" | "open" | null;
            quarantine: components["schemas"]["Quarantine"] | null;
            /**
             * @description What its connector has earned by the conformance kit. Null: nothing yet.
             * @enum {string|null}
             */
            level: "connected" | "dependable" | "exemplary" | null;
            /** @description From when on calls are counted. */
            since_at: string;
            /** @description To when; the last seconds may be missing. */
            until_at: string;
            traffic: components["schemas"]["Calls"];
            late: components["schemas"]["Late"][];
            /** @description Null: never probed. */
            last_probe: components["schemas"]["LastProbe"] | null;
            /** @enum {string} */
            object: "portal";
        };
        PortalSummaryPage: {
            data: components["schemas"]["PortalSummary"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        Post: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            id: string;
            name: string;
            country: string;
            city: string;
            /** @description IANA name. */
            timezone: string;
            address: string | null;
            /** @description As schema.org writes them, local time. */
            opening_hours: string[];
            /** @description Ids of the catalogue's services that it gives appointments for; empty if its portal does not say. */
            services: string[];
            /** @description GET its free slots; only in the list of a service's posts. */
            slots_url: string | null;
            /** @description Not from an official list. */
            illustrative: boolean;
            /** @enum {string} */
            object: "post";
        };
        PostPage: {
            data: components["schemas"]["Post"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        Preferences: {
            language: string | null;
            email: components["schemas"]["Channel"];
            sms: components["schemas"]["Channel"];
            details: boolean;
            quiet_hours: components["schemas"]["QuietHours"] | null;
            /** @description Null: the person has said nothing yet. */
            updated_at: string | null;
            /** @enum {string} */
            object: "preferences";
        };
        /** @description All of them: what is left out goes back to its default. */
        PreferencesRequest: {
            /** @description In which the person is written to. Left out: the language of each case. */
            language?: string | null;
            email?: components["schemas"]["ChannelRequest"];
            sms?: components["schemas"]["ChannelRequest"];
            /** @description Whether a message may say what it is about: the service, the post, the time of an appointment. Without it, the reference alone. */
            details?: boolean;
            quiet_hours?: components["schemas"]["QuietHours"] | null;
        };
        /** @description What came of the last time that the gateway asked whether the portal still answers as recorded. */
        Probe: {
            operation: string;
            /**
             * @description `failed`: it could not be asked.
             * @enum {string}
             */
            outcome: "as_recorded" | "drift" | "failed";
            /** @description Why it could not be asked. */
            code: string | null;
            /** @description The same in the answer's language. */
            code_text: string | null;
            probed_at: string;
            drift: components["schemas"]["Drift"][];
        };
        /** @description The body of every error. What does not apply is null. */
        Problem: {
            type: string;
            title: string;
            status: number;
            detail: string;
            code: components["schemas"]["ProblemCode"];
            /** @enum {string} */
            origin: "client" | "gateway" | "connector" | "portal";
            retry_safe: boolean;
            remedy: string;
            call_id: string;
            portal: string | null;
            portal_message: string | null;
            retry_after: number | null;
            quota: string | null;
            errors: components["schemas"]["FieldError"][];
        };
        /**
         * @description What went wrong.
         * @enum {string}
         */
        ProblemCode: "act_not_found" | "act_under_correction" | "act_unreadable" | "action_not_open" | "action_not_supported" | "address_code_not_awaited" | "address_code_wrong" | "address_codes_used" | "address_incomplete" | "address_not_unverified" | "address_quota_used" | "adult_only" | "amount_mismatch" | "another_person" | "answer_refused" | "as_you_asked" | "attachment_empty" | "attachment_locked" | "attachment_too_complex" | "attachment_too_large" | "attachment_type_refused" | "audit_unavailable" | "bad_signature" | "bodies_not_kept" | "body_too_large" | "breaker_open" | "bulkhead_full" | "callback_not_supported" | "callback_refused" | "capability_missing" | "card_not_accepted" | "card_not_found" | "cards_quota_used" | "case_damaged" | "case_finished" | "case_not_found" | "cases_quota_used" | "channel_not_offered" | "client_quota_used" | "client_unknown" | "connector_failed" | "connector_overloaded" | "connector_quarantined" | "consular_registration_not_found" | "country_unknown" | "cursor_invalid" | "declaration_not_accepted" | "delivery_not_found" | "demand_refused" | "document_not_found" | "dpop_nonce_required" | "dpop_proof_invalid" | "draft_not_found" | "drafts_quota_used" | "erased" | "files_quota_used" | "filter_invalid" | "form_invalid" | "form_not_accepted" | "guardian_consent_missing" | "guardian_missing" | "header_repeated" | "headers_too_large" | "idempotency_in_progress" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "identity_mismatch" | "identity_not_in_mandate" | "identity_not_verified" | "identity_required" | "insufficient_assurance" | "insufficient_scope" | "internal_error" | "invalid_request" | "issuer_keys_pending" | "issuer_not_entitled" | "issuer_unavailable" | "malformed_callback" | "malformed_json" | "malformed_request" | "mandate_code_wrong" | "mandate_ended" | "mandate_not_found" | "mandate_required" | "mandate_too_narrow" | "mandate_unknown" | "mandates_quota_used" | "method_not_allowed" | "minor_only" | "name_not_verified" | "not_acceptable" | "not_found" | "not_found_at_portal" | "notes_quota_used" | "officer_refused" | "open_cases_quota_used" | "outcome_unknown" | "overloaded" | "parcel_lost" | "parcel_returned" | "passport_not_found" | "passport_reported_lost" | "payment_not_captured" | "payment_not_found" | "payment_not_made" | "personal_only" | "photo_not_accepted" | "portal_answer_not_authentic" | "portal_answer_unexpected" | "portal_busy" | "portal_denied_gateway" | "portal_failed" | "portal_host_refused" | "portal_redirected" | "portal_refused" | "portal_timeout" | "portal_unavailable" | "post_not_found" | "postcode_invalid" | "pre_application_expired" | "precondition_failed" | "principal_not_allowed" | "proof_of_relation_missing" | "rate_limit_reached" | "record_expired" | "record_not_found" | "replayed" | "request_timeout" | "requester_not_entitled" | "return_url_not_allowed" | "returned_to_sender" | "service_not_found" | "service_not_offered" | "service_unknown" | "shutting_down" | "slot_invalid" | "slot_not_chosen" | "slot_taken" | "stamp_already_used" | "stamp_cancelled" | "stamp_expired" | "stamp_invalid" | "stamp_missing" | "stamp_not_found" | "store_unavailable" | "streams_quota_used" | "ticket_invalid" | "token_algorithm_not_allowed" | "token_bad_signature" | "token_binding_failed" | "token_expired" | "token_lives_too_long" | "token_malformed" | "token_missing" | "token_not_bound" | "token_not_yet_valid" | "token_unknown_key" | "token_untrusted_issuer" | "token_wrong_audience" | "too_late" | "too_many_cards" | "too_many_requests" | "too_many_webhooks" | "too_old" | "tracking_number_invalid" | "tracking_number_not_arrived" | "tracking_number_unknown" | "tracking_proof_missing" | "tracking_tries_used" | "unsupported_media_type" | "validations_quota_used" | "visit_not_found" | "webhook_not_found" | "webhook_not_verified" | "webhook_state" | "webhook_tries_used" | "withdrawal_not_supported" | "withdrawal_too_late" | "withdrawn_at_portal" | "withdrawn_by_person";
        /** @description What the identity provider vouches for. Null: it says nothing of it, or says that it is not verified. */
        Profile: {
            cnie: string | null;
            name: string | null;
            family_name: string | null;
            given_name: string | null;
            /** @description In Arabic letters, as is the next. */
            family_name_ar: string | null;
            given_name_ar: string | null;
            /** @description YYYY-MM-DD, YYYY-MM or YYYY; 0000-MM-DD where the year is not told. */
            birthdate: string | null;
            email: string | null;
            phone: string | null;
        };
        Province: {
            /** @description Of the Haut-Commissariat au Plan. */
            code: string;
            /** @description What goes into a form: the official name in French. */
            value: string;
            /** @description What people read. */
            name: string;
            /** @description As forms number the regions. */
            region: string;
            /** @enum {string} */
            object: "province";
        };
        ProvincePage: {
            data: components["schemas"]["Province"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description Why the connector is left out. */
        Quarantine: {
            /** @description What it failed at. */
            stage: string;
            reason: string;
            /** @description What the operator can do. */
            remedy: string;
        };
        Queue: {
            /**
             * @description Cases that go on, news of cases to be passed on, messages to people, webhooks.
             * @enum {string}
             */
            queue: "journeys" | "outbox" | "messages" | "webhooks";
            /** @description What could be done now; at most 10,000 are counted. */
            due: number;
            /** @description Of these, what a process works on. */
            taken: number;
            /** @description For how long the one that waits longest has been due. */
            overdue_seconds: number;
        };
        /** @description The part of each day in which no messages are sent; over midnight where `start` is later than `end`. */
        QuietHours: {
            /** @description HH:MM by the clock of `timezone`. */
            start: string;
            end: string;
            /** @description IANA name. */
            timezone: string;
        };
        /**
         * @description Why a case ended, or why a portal refused.
         * @enum {string}
         */
        Reason: "act_not_found" | "act_under_correction" | "act_unreadable" | "action_not_open" | "action_not_supported" | "address_code_not_awaited" | "address_code_wrong" | "address_codes_used" | "address_incomplete" | "address_not_unverified" | "address_quota_used" | "adult_only" | "amount_mismatch" | "another_person" | "answer_refused" | "as_you_asked" | "attachment_empty" | "attachment_locked" | "attachment_too_complex" | "attachment_too_large" | "attachment_type_refused" | "audit_unavailable" | "bad_signature" | "bodies_not_kept" | "body_too_large" | "breaker_open" | "bulkhead_full" | "callback_not_supported" | "callback_refused" | "capability_missing" | "card_not_accepted" | "card_not_found" | "cards_quota_used" | "case_damaged" | "case_finished" | "case_not_found" | "cases_quota_used" | "channel_not_offered" | "client_quota_used" | "client_unknown" | "connector_failed" | "connector_overloaded" | "connector_quarantined" | "consular_registration_not_found" | "country_unknown" | "cursor_invalid" | "declaration_not_accepted" | "delivery_not_found" | "demand_refused" | "document_not_found" | "dpop_nonce_required" | "dpop_proof_invalid" | "draft_not_found" | "drafts_quota_used" | "erased" | "files_quota_used" | "filter_invalid" | "form_invalid" | "form_not_accepted" | "guardian_consent_missing" | "guardian_missing" | "header_repeated" | "headers_too_large" | "idempotency_in_progress" | "idempotency_key_invalid" | "idempotency_key_missing" | "idempotency_key_reused" | "identity_mismatch" | "identity_not_in_mandate" | "identity_not_verified" | "identity_required" | "insufficient_assurance" | "insufficient_scope" | "internal_error" | "invalid_request" | "issuer_keys_pending" | "issuer_not_entitled" | "issuer_unavailable" | "malformed_callback" | "malformed_json" | "malformed_request" | "mandate_code_wrong" | "mandate_ended" | "mandate_not_found" | "mandate_required" | "mandate_too_narrow" | "mandate_unknown" | "mandates_quota_used" | "method_not_allowed" | "minor_only" | "name_not_verified" | "not_acceptable" | "not_found" | "not_found_at_portal" | "notes_quota_used" | "officer_refused" | "open_cases_quota_used" | "outcome_unknown" | "overloaded" | "parcel_lost" | "parcel_returned" | "passport_not_found" | "passport_reported_lost" | "payment_not_captured" | "payment_not_found" | "payment_not_made" | "personal_only" | "photo_not_accepted" | "portal_answer_not_authentic" | "portal_answer_unexpected" | "portal_busy" | "portal_denied_gateway" | "portal_failed" | "portal_host_refused" | "portal_redirected" | "portal_refused" | "portal_timeout" | "portal_unavailable" | "post_not_found" | "postcode_invalid" | "pre_application_expired" | "precondition_failed" | "principal_not_allowed" | "proof_of_relation_missing" | "rate_limit_reached" | "record_expired" | "record_not_found" | "replayed" | "request_timeout" | "requester_not_entitled" | "return_url_not_allowed" | "returned_to_sender" | "service_not_found" | "service_not_offered" | "service_unknown" | "shutting_down" | "slot_invalid" | "slot_not_chosen" | "slot_taken" | "stamp_already_used" | "stamp_cancelled" | "stamp_expired" | "stamp_invalid" | "stamp_missing" | "stamp_not_found" | "store_unavailable" | "streams_quota_used" | "ticket_invalid" | "token_algorithm_not_allowed" | "token_bad_signature" | "token_binding_failed" | "token_expired" | "token_lives_too_long" | "token_malformed" | "token_missing" | "token_not_bound" | "token_not_yet_valid" | "token_unknown_key" | "token_untrusted_issuer" | "token_wrong_audience" | "too_late" | "too_many_cards" | "too_many_requests" | "too_many_webhooks" | "too_old" | "tracking_number_invalid" | "tracking_number_not_arrived" | "tracking_number_unknown" | "tracking_proof_missing" | "tracking_tries_used" | "unsupported_media_type" | "validations_quota_used" | "visit_not_found" | "webhook_not_found" | "webhook_not_verified" | "webhook_state" | "webhook_tries_used" | "withdrawal_not_supported" | "withdrawal_too_late" | "withdrawn_at_portal" | "withdrawn_by_person";
        Receipt: {
            case: string;
            /** @description Compact JWS; the keys are at /.well-known/jwks.json. */
            receipt: string;
            /** @description What the receipt says, for display. */
            claims: components["schemas"]["ReceiptClaims"];
            /** @enum {string} */
            object: "receipt";
        };
        /** @description The claims of a receipt (law 55-19). */
        ReceiptClaims: {
            /** @description The gateway that signed it. */
            iss: string;
            /** @description Id of the case. */
            sub: string;
            /** @description Seconds since 1970. */
            iat: number;
            service: components["schemas"]["ReceiptService"];
            /** @description As it was signed. */
            filed_at: string;
            form: components["schemas"]["ReceiptForm"];
            attachments: string[];
            competent_body: string;
            deadline: components["schemas"]["ReceiptDeadline"];
            appeal: string;
            language: string;
            silence_is_acceptance?: boolean;
            /** @description The law that says so. */
            silence_source?: string;
            portal?: components["schemas"]["ReceiptPortal"] | null;
            fee?: components["schemas"]["ReceiptFee"] | null;
        };
        ReceiptDeadline: {
            /** @description The last day for the answer, as it is dated in Morocco. */
            on: string | null;
            /** @description The law. */
            basis: string;
        };
        ReceiptFee: {
            /** @description In the currency's minor unit: centimes. */
            amount: number;
            /** @description ISO 4217. */
            currency: string;
        };
        /** @description The form itself is not in a receipt. */
        ReceiptForm: {
            /** @description Hex. */
            salt: string;
            /** @description Of the salt, then the form as JSON with sorted keys. Hex. */
            sha256: string;
        };
        ReceiptPortal: {
            id: string;
            /** @description The portal's number of the demand. */
            reference: string;
        };
        ReceiptService: {
            id: string;
            version: number;
            title: string;
        };
        /** @description What a portal refused last: the demand, or an answer to what it had asked. */
        Refusal: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            code: string;
            /** @description For people, in the answer's language. */
            text: string;
            /** @description The members of the form that it objects to: `/form/...`, as in a problem. */
            errors: components["schemas"]["FieldError"][];
            /** @description The portal's own words, for the person. Only where one case is read. */
            portal_message: string | null;
        };
        RemovedWebhook: {
            id: string;
            deleted: boolean;
            /** @enum {string} */
            object: "webhook";
        };
        RendezvousAdoulActForm: {
            /** @description Consulate. You may choose any consulate, wherever you live. */
            post: string;
            act: components["schemas"]["RendezvousAdoulActFormAct"];
            /** @description What the deed is about. */
            subject: string;
            person: components["schemas"]["RendezvousAdoulActFormPerson"];
            contact: components["schemas"]["RendezvousAdoulActFormContact"];
            documents?: components["schemas"]["RendezvousAdoulActFormDocuments"];
        };
        /**
         * @description Type of deed.
         * @enum {string}
         */
        RendezvousAdoulActFormAct: "marriage" | "power_of_attorney" | "succession" | "other";
        /** @description How to reach you. */
        RendezvousAdoulActFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment. */
        RendezvousAdoulActFormDocuments: {
            /** @description National identity card or passport. */
            identity?: string;
            /** @description Birth extract. */
            birth_extract?: string;
            /** @description Another document. */
            other?: string;
        };
        /** @description Applicant. */
        RendezvousAdoulActFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
        };
        /** @description Adoul act */
        RendezvousAdoulActRequest: {
            /** @enum {string} */
            service: "rendezvous.adoul-act";
            form: components["schemas"]["RendezvousAdoulActForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        /** @description Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        RendezvousCnieForm: {
            /** @description Consulate. You may choose any consulate, wherever you live. */
            post: string;
            kind: components["schemas"]["RendezvousCnieFormKind"];
            person: components["schemas"]["RendezvousCnieFormPerson"];
            contact: components["schemas"]["RendezvousCnieFormContact"];
            documents?: components["schemas"]["RendezvousCnieFormDocuments"];
        };
        /** @description How to reach you. */
        RendezvousCnieFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment. */
        RendezvousCnieFormDocuments: {
            /** @description Birth extract. */
            birth_extract?: string;
            /** @description Recent photograph. */
            photo?: string;
            /** @description Previous card. */
            previous_card?: string;
            /** @description Declaration of loss. */
            loss_declaration?: string;
            /** @description Another document. */
            other?: string;
        };
        /**
         * @description Type of application.
         * @enum {string}
         */
        RendezvousCnieFormKind: "first" | "renewal" | "change" | "loss";
        /** @description Applicant. */
        RendezvousCnieFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. */
            last_name_latin: string;
            /** @description Given name in Latin letters. As on the national identity card. */
            first_name_latin: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. */
            last_name_arabic: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. */
            first_name_arabic: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. */
            birth_date: string;
        };
        /** @description National identity card (CNIE): application and appointment */
        RendezvousCnieRequest: {
            /** @enum {string} */
            service: "rendezvous.cnie";
            form: components["schemas"]["RendezvousCnieForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RendezvousConsularRegistrationForm: {
            /** @description Consulate. You may choose any consulate, wherever you live. */
            post: string;
            residence: components["schemas"]["RendezvousConsularRegistrationFormResidence"];
            person: components["schemas"]["RendezvousConsularRegistrationFormPerson"];
            contact: components["schemas"]["RendezvousConsularRegistrationFormContact"];
            documents?: components["schemas"]["RendezvousConsularRegistrationFormDocuments"];
        };
        /** @description How to reach you. */
        RendezvousConsularRegistrationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment. */
        RendezvousConsularRegistrationFormDocuments: {
            /** @description National identity card or passport. */
            identity?: string;
            /** @description Proof of address abroad. */
            proof_of_address?: string;
            /** @description Recent photograph. */
            photo?: string;
            /** @description Another document. */
            other?: string;
        };
        /** @description Applicant. */
        RendezvousConsularRegistrationFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
        };
        /** @description Residence abroad. */
        RendezvousConsularRegistrationFormResidence: {
            /** @description Country. */
            country: string;
            /** @description City. */
            city: string;
            /** @description You have lived there since. */
            since: string;
        };
        /** @description Consular registration */
        RendezvousConsularRegistrationRequest: {
            /** @enum {string} */
            service: "rendezvous.consular-registration";
            form: components["schemas"]["RendezvousConsularRegistrationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RendezvousLegalisationForm: {
            /** @description Consulate. You may choose any consulate, wherever you live. */
            post: string;
            /** @description Type of document. */
            document: string;
            /** @description Number of copies. */
            copies: number;
            person: components["schemas"]["RendezvousLegalisationFormPerson"];
            contact: components["schemas"]["RendezvousLegalisationFormContact"];
            documents?: components["schemas"]["RendezvousLegalisationFormDocuments"];
        };
        /** @description How to reach you. */
        RendezvousLegalisationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment. */
        RendezvousLegalisationFormDocuments: {
            /** @description Document to be legalised. */
            to_legalise?: string;
            /** @description National identity card or passport. */
            identity?: string;
            /** @description Another document. */
            other?: string;
        };
        /** @description Applicant. */
        RendezvousLegalisationFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
        };
        /** @description Legalisation of a document or a signature */
        RendezvousLegalisationRequest: {
            /** @enum {string} */
            service: "rendezvous.legalisation";
            form: components["schemas"]["RendezvousLegalisationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RendezvousLifeAttestationForm: {
            /** @description Consulate. You may choose any consulate, wherever you live. */
            post: string;
            /** @description What is the attestation for? */
            use: string;
            person: components["schemas"]["RendezvousLifeAttestationFormPerson"];
            contact: components["schemas"]["RendezvousLifeAttestationFormContact"];
            documents?: components["schemas"]["RendezvousLifeAttestationFormDocuments"];
        };
        /** @description How to reach you. */
        RendezvousLifeAttestationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment. */
        RendezvousLifeAttestationFormDocuments: {
            /** @description National identity card or passport. */
            identity?: string;
            /** @description Another document. */
            other?: string;
        };
        /** @description Applicant. */
        RendezvousLifeAttestationFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
        };
        /** @description Attestation of life */
        RendezvousLifeAttestationRequest: {
            /** @enum {string} */
            service: "rendezvous.life-attestation";
            form: components["schemas"]["RendezvousLifeAttestationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RendezvousResidenceAttestationForm: {
            /** @description Consulate. You may choose any consulate, wherever you live. */
            post: string;
            /** @description What is the attestation for? */
            use: string;
            person: components["schemas"]["RendezvousResidenceAttestationFormPerson"];
            contact: components["schemas"]["RendezvousResidenceAttestationFormContact"];
            documents?: components["schemas"]["RendezvousResidenceAttestationFormDocuments"];
        };
        /** @description How to reach you. */
        RendezvousResidenceAttestationFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Supporting documents. If a necessary document is missing, the consulate will ask you for it before you choose an appointment. */
        RendezvousResidenceAttestationFormDocuments: {
            /** @description Proof of address abroad. */
            proof_of_address?: string;
            /** @description National identity card or passport. */
            identity?: string;
            /** @description Another document. */
            other?: string;
        };
        /** @description Applicant. */
        RendezvousResidenceAttestationFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
        };
        /** @description Attestation of residence */
        RendezvousResidenceAttestationRequest: {
            /** @enum {string} */
            service: "rendezvous.residence-attestation";
            form: components["schemas"]["RendezvousResidenceAttestationForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        /** @description OAuth 2.0 Protected Resource Metadata (RFC 9728). */
        ResourceMetadata: {
            resource: string;
            resource_name: string;
            authorization_servers: string[];
            scopes_supported: ("cases:read" | "cases:write" | "tracking:read" | "operate" | "audit:list" | "audit:bodies" | "audit:export" | "subjects:resolve" | "webhooks:manage")[];
            bearer_methods_supported: "header"[];
            jwks_uri: string;
            dpop_signing_alg_values_supported: string[];
            dpop_bound_access_tokens_required: boolean;
            tls_client_certificate_bound_access_tokens: boolean;
            resource_documentation: string;
        };
        /** @description Once only: a document that the gateway already received need not be handed in again. */
        ReuseRequest: {
            /** @description A case of the same person. */
            from_case: string;
            /** @description Id of one of its documents. */
            document: string;
            /** @description The person agrees that this document is used for another demand. */
            consent: boolean;
        };
        RokhasBusinessPermitForm: {
            owner: components["schemas"]["RokhasBusinessPermitFormOwner"];
            land: components["schemas"]["RokhasBusinessPermitFormLand"];
            project: components["schemas"]["RokhasBusinessPermitFormProject"];
            contact: components["schemas"]["RokhasBusinessPermitFormContact"];
            /** @description Plans. If plans are missing, the commission postpones a building application and asks you for them. */
            plans?: string[];
            /** @description Certificate of ownership. */
            deed?: string;
        };
        /** @description How to reach you. */
        RokhasBusinessPermitFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Land or premises. */
        RokhasBusinessPermitFormLand: {
            /** @description Prefecture or province. */
            province: string;
            /** @description Commune. */
            commune: string;
            /** @description Address of the land or premises. */
            address: string;
            /** @description Land title number. If there is one. */
            title?: string;
        };
        /** @description Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        RokhasBusinessPermitFormOwner: {
            kind: components["schemas"]["RokhasBusinessPermitFormOwnerKind"];
            /** @description Full name or company name. */
            name: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Trade-register number. As on the extract (form J). */
            trade_register?: string;
            /** @description Extract of the trade register (form J). Needed for a company: it shows who may act for it. */
            trade_register_extract?: string;
        };
        /**
         * @description Person or company.
         * @enum {string}
         */
        RokhasBusinessPermitFormOwnerKind: "person" | "company";
        /** @description Project. */
        RokhasBusinessPermitFormProject: {
            /** @description Description of the project. */
            description: string;
            activity: components["schemas"]["RokhasBusinessPermitFormProjectActivity"];
            /** @description Name of the business. */
            sign: string;
            /** @description Area in square metres. */
            area: number;
        };
        /**
         * @description Activity.
         * @enum {string}
         */
        RokhasBusinessPermitFormProjectActivity: "commerce" | "crafts" | "services" | "food";
        /** @description Permit for a business */
        RokhasBusinessPermitRequest: {
            /** @enum {string} */
            service: "rokhas.business-permit";
            form: components["schemas"]["RokhasBusinessPermitForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RokhasConstructionPermitForm: {
            owner: components["schemas"]["RokhasConstructionPermitFormOwner"];
            land: components["schemas"]["RokhasConstructionPermitFormLand"];
            project: components["schemas"]["RokhasConstructionPermitFormProject"];
            contact: components["schemas"]["RokhasConstructionPermitFormContact"];
            /** @description Plans. If plans are missing, the commission postpones a building application and asks you for them. */
            plans?: string[];
            /** @description Certificate of ownership. */
            deed?: string;
        };
        /** @description How to reach you. */
        RokhasConstructionPermitFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Land or premises. */
        RokhasConstructionPermitFormLand: {
            /** @description Prefecture or province. */
            province: string;
            /** @description Commune. */
            commune: string;
            /** @description Address of the land or premises. */
            address: string;
            /** @description Land title number. If there is one. */
            title?: string;
        };
        /** @description Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        RokhasConstructionPermitFormOwner: {
            kind: components["schemas"]["RokhasConstructionPermitFormOwnerKind"];
            /** @description Full name or company name. */
            name: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Trade-register number. As on the extract (form J). */
            trade_register?: string;
            /** @description Extract of the trade register (form J). Needed for a company: it shows who may act for it. */
            trade_register_extract?: string;
        };
        /**
         * @description Person or company.
         * @enum {string}
         */
        RokhasConstructionPermitFormOwnerKind: "person" | "company";
        /** @description Project. */
        RokhasConstructionPermitFormProject: {
            /** @description Description of the project. */
            description: string;
            use: components["schemas"]["RokhasConstructionPermitFormProjectUse"];
            /** @description Number of floors above the ground floor. */
            floors: number;
            /** @description Area in square metres. */
            area: number;
        };
        /**
         * @description Use of the building.
         * @enum {string}
         */
        RokhasConstructionPermitFormProjectUse: "dwelling" | "commerce" | "industry" | "mixed";
        /** @description Building permit */
        RokhasConstructionPermitRequest: {
            /** @enum {string} */
            service: "rokhas.construction-permit";
            form: components["schemas"]["RokhasConstructionPermitForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RokhasDemolitionPermitForm: {
            owner: components["schemas"]["RokhasDemolitionPermitFormOwner"];
            land: components["schemas"]["RokhasDemolitionPermitFormLand"];
            project: components["schemas"]["RokhasDemolitionPermitFormProject"];
            contact: components["schemas"]["RokhasDemolitionPermitFormContact"];
            /** @description Plans. If plans are missing, the commission postpones a building application and asks you for them. */
            plans?: string[];
            /** @description Certificate of ownership. */
            deed?: string;
        };
        /** @description How to reach you. */
        RokhasDemolitionPermitFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Land or premises. */
        RokhasDemolitionPermitFormLand: {
            /** @description Prefecture or province. */
            province: string;
            /** @description Commune. */
            commune: string;
            /** @description Address of the land or premises. */
            address: string;
            /** @description Land title number. If there is one. */
            title?: string;
        };
        /** @description Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        RokhasDemolitionPermitFormOwner: {
            kind: components["schemas"]["RokhasDemolitionPermitFormOwnerKind"];
            /** @description Full name or company name. */
            name: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Trade-register number. As on the extract (form J). */
            trade_register?: string;
            /** @description Extract of the trade register (form J). Needed for a company: it shows who may act for it. */
            trade_register_extract?: string;
        };
        /**
         * @description Person or company.
         * @enum {string}
         */
        RokhasDemolitionPermitFormOwnerKind: "person" | "company";
        /** @description Project. */
        RokhasDemolitionPermitFormProject: {
            /** @description Description of the project. */
            description: string;
            /** @description Area in square metres. */
            area: number;
            /** @description Is the building occupied? */
            occupied: boolean;
        };
        /** @description Demolition permit */
        RokhasDemolitionPermitRequest: {
            /** @enum {string} */
            service: "rokhas.demolition-permit";
            form: components["schemas"]["RokhasDemolitionPermitForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RokhasOccupancyCertificateForm: {
            owner: components["schemas"]["RokhasOccupancyCertificateFormOwner"];
            land: components["schemas"]["RokhasOccupancyCertificateFormLand"];
            project: components["schemas"]["RokhasOccupancyCertificateFormProject"];
            contact: components["schemas"]["RokhasOccupancyCertificateFormContact"];
            /** @description Plans. If plans are missing, the commission postpones a building application and asks you for them. */
            plans?: string[];
            /** @description Certificate of ownership. */
            deed?: string;
        };
        /** @description How to reach you. */
        RokhasOccupancyCertificateFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Land or premises. */
        RokhasOccupancyCertificateFormLand: {
            /** @description Prefecture or province. */
            province: string;
            /** @description Commune. */
            commune: string;
            /** @description Address of the land or premises. */
            address: string;
            /** @description Land title number. If there is one. */
            title?: string;
        };
        /** @description Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        RokhasOccupancyCertificateFormOwner: {
            kind: components["schemas"]["RokhasOccupancyCertificateFormOwnerKind"];
            /** @description Full name or company name. */
            name: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Trade-register number. As on the extract (form J). */
            trade_register?: string;
            /** @description Extract of the trade register (form J). Needed for a company: it shows who may act for it. */
            trade_register_extract?: string;
        };
        /**
         * @description Person or company.
         * @enum {string}
         */
        RokhasOccupancyCertificateFormOwnerKind: "person" | "company";
        /** @description Project. */
        RokhasOccupancyCertificateFormProject: {
            /** @description Description of the project. */
            description: string;
            certificate: components["schemas"]["RokhasOccupancyCertificateFormProjectCertificate"];
            /** @description Number of the building permit. As on the permit, for example PC-2024-000123. */
            permit: string;
        };
        /**
         * @description Document requested.
         * @enum {string}
         */
        RokhasOccupancyCertificateFormProjectCertificate: "dwelling" | "conformity";
        /** @description Occupancy permit or certificate of conformity */
        RokhasOccupancyCertificateRequest: {
            /** @enum {string} */
            service: "rokhas.occupancy-certificate";
            form: components["schemas"]["RokhasOccupancyCertificateForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RokhasPublicDomainPermitForm: {
            owner: components["schemas"]["RokhasPublicDomainPermitFormOwner"];
            land: components["schemas"]["RokhasPublicDomainPermitFormLand"];
            project: components["schemas"]["RokhasPublicDomainPermitFormProject"];
            contact: components["schemas"]["RokhasPublicDomainPermitFormContact"];
            /** @description Plans. If plans are missing, the commission postpones a building application and asks you for them. */
            plans?: string[];
            /** @description Certificate of ownership. */
            deed?: string;
        };
        /** @description How to reach you. */
        RokhasPublicDomainPermitFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Land or premises. */
        RokhasPublicDomainPermitFormLand: {
            /** @description Prefecture or province. */
            province: string;
            /** @description Commune. */
            commune: string;
            /** @description Address of the land or premises. */
            address: string;
            /** @description Land title number. If there is one. */
            title?: string;
        };
        /** @description Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        RokhasPublicDomainPermitFormOwner: {
            kind: components["schemas"]["RokhasPublicDomainPermitFormOwnerKind"];
            /** @description Full name or company name. */
            name: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Trade-register number. As on the extract (form J). */
            trade_register?: string;
            /** @description Extract of the trade register (form J). Needed for a company: it shows who may act for it. */
            trade_register_extract?: string;
        };
        /**
         * @description Person or company.
         * @enum {string}
         */
        RokhasPublicDomainPermitFormOwnerKind: "person" | "company";
        /** @description Project. */
        RokhasPublicDomainPermitFormProject: {
            /** @description Description of the project. */
            description: string;
            kind: components["schemas"]["RokhasPublicDomainPermitFormProjectKind"];
            /** @description Area in square metres. */
            area: number;
            /** @description First day. */
            starts: string;
            /** @description Number of days. */
            days: number;
        };
        /**
         * @description Type of use.
         * @enum {string}
         */
        RokhasPublicDomainPermitFormProjectKind: "terrace" | "site" | "stall" | "hoarding";
        /** @description Permit to use public ground */
        RokhasPublicDomainPermitRequest: {
            /** @enum {string} */
            service: "rokhas.public-domain-permit";
            form: components["schemas"]["RokhasPublicDomainPermitForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RokhasRepairPermitForm: {
            owner: components["schemas"]["RokhasRepairPermitFormOwner"];
            land: components["schemas"]["RokhasRepairPermitFormLand"];
            project: components["schemas"]["RokhasRepairPermitFormProject"];
            contact: components["schemas"]["RokhasRepairPermitFormContact"];
            /** @description Plans. If plans are missing, the commission postpones a building application and asks you for them. */
            plans?: string[];
            /** @description Certificate of ownership. */
            deed?: string;
        };
        /** @description How to reach you. */
        RokhasRepairPermitFormContact: {
            /** @description E-mail address. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description Land or premises. */
        RokhasRepairPermitFormLand: {
            /** @description Prefecture or province. */
            province: string;
            /** @description Commune. */
            commune: string;
            /** @description Address of the land or premises. */
            address: string;
            /** @description Land title number. If there is one. */
            title?: string;
        };
        /** @description Owner. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        RokhasRepairPermitFormOwner: {
            kind: components["schemas"]["RokhasRepairPermitFormOwnerKind"];
            /** @description Full name or company name. */
            name: string;
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. */
            cnie?: string;
            /** @description Trade-register number. As on the extract (form J). */
            trade_register?: string;
            /** @description Extract of the trade register (form J). Needed for a company: it shows who may act for it. */
            trade_register_extract?: string;
        };
        /**
         * @description Person or company.
         * @enum {string}
         */
        RokhasRepairPermitFormOwnerKind: "person" | "company";
        /** @description Project. */
        RokhasRepairPermitFormProject: {
            /** @description Description of the project. */
            description: string;
            works: components["schemas"]["RokhasRepairPermitFormProjectWorks"];
        };
        /**
         * @description Type of work.
         * @enum {string}
         */
        RokhasRepairPermitFormProjectWorks: "facade" | "roof" | "interior" | "fence";
        /** @description Repair permit */
        RokhasRepairPermitRequest: {
            /** @enum {string} */
            service: "rokhas.repair-permit";
            form: components["schemas"]["RokhasRepairPermitForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        RotateWebhookSecretRequest: {
            /** @description For so long the secret before this one signs as well: a day if left out, 0 for not at all. */
            overlap_seconds?: number | null;
        };
        Service: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            /** @description `<portal>.<name>`. */
            id: string;
            version: number;
            /** @description Language of `title` and `summary`; the longer texts may be in another. */
            language: string;
            title: string;
            summary: string;
            category: components["schemas"]["Category"];
            /** @description Whom the result is for: `person`, `child`, `business`. */
            audience: ("person" | "child" | "business")[];
            /** @description Whose demand it may be, and how that is proved. */
            concerns: components["schemas"]["Concern"][];
            /** @description Who may ask. */
            who: string | null;
            /** @description What to have at hand. */
            bring: string | null;
            competent_body: string | null;
            appeal: string | null;
            availability: components["schemas"]["Availability"];
            cost: components["schemas"]["Cost"];
            /** @description Empty if no law sets one. */
            deadlines: components["schemas"]["Deadline"][];
            /** @description The deadline of the answer in a sentence, or that there is none. */
            deadline_text: string;
            delivery_text: string;
            /** @description What happens in which order, at which portal, and its state. */
            steps: components["schemas"]["ServiceStep"][];
            /** @description What personal data are processed for (law 09-08). */
            purpose: string;
            /**
             * @description Least assurance level of the access token.
             * @enum {string}
             */
            acr: "low" | "substantial" | "high";
            result_languages: string[];
            available: boolean;
            /** @description JSON Schema 2020-12 of `form` in `POST /v1/cases`. */
            form: {
                [key: string]: unknown;
            } | null;
            /** @description A form that is valid. */
            example: {
                [key: string]: unknown;
            } | null;
            /** @description With a person's token: what is known already, from verified claims and earlier cases. */
            prefill: {
                [key: string]: unknown;
            } | null;
            /**
             * @description With the scope `operate`: what the portal's connector has earned by the conformance kit.
             * @enum {string|null}
             */
            portal_level: "connected" | "dependable" | "exemplary" | null;
            /** @enum {string} */
            object: "service";
        };
        ServiceList: {
            data: components["schemas"]["Service"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
            /** @description Those that have a service, whatever was asked for. */
            categories: components["schemas"]["Category"][];
            /** @description When nothing was found: what may have been meant. */
            suggestions: components["schemas"]["Suggestion"][];
        };
        ServiceStep: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            /** @enum {string} */
            step: "fee" | "filing" | "later_fee" | "appointment" | "delivery";
            title: string;
            availability: components["schemas"]["Availability"];
        };
        /** @description Good answers that look otherwise than those before. */
        ShapeChange: {
            operation: string;
            status: number;
            /** @description What no earlier answer had. */
            added: string[];
            /** @description What every earlier answer had. */
            missing: string[];
            first_seen_at: string;
            last_seen_at: string;
        };
        Shipment: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            /** @description Tracking number of the parcel. */
            reference: string;
            milestone: components["schemas"]["Milestone"] | null;
            tracking_url: string;
        };
        Slot: {
            id: string;
            /** @description Id of the portal. */
            portal: string;
            /** @description Id of its post. */
            post: string;
            /** @description In the post's own time, with its offset. */
            starts_at: string;
            ends_at: string;
            /** @description IANA name. */
            timezone: string;
            /** @enum {string} */
            object: "slot";
        };
        SlotPage: {
            data: components["schemas"]["Slot"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        /** @description An answer that the connector does not know: its shape alone. */
        StrangeAnswer: {
            operation: string;
            /** @description `portal_answer_unexpected` and `portal_answer_not_authentic` were not read, of `unknown_word` the rest was. */
            code: string;
            /** @description HTTP status. */
            status: number;
            /** @description Members and their types, never a value; `*` stands for a name that may tell of a person. */
            shape: string[];
            /** @description How often it came, as far as it was looked at. */
            count: number;
            first_seen_at: string;
            last_seen_at: string;
        };
        Suggestion: {
            id: string;
            title: string;
            url: string;
        };
        TakeRequest: {
            /** @description As the person tells it; only its digits count. */
            code: string;
        };
        Ticket: {
            /** @description Good once, for the stream it was made for. */
            ticket: string;
            /** @description The address of the stream with the ticket, for `new EventSource(url)`. */
            url: string;
            /** @description The stream has to be opened before. */
            expires_at: string;
            /** @enum {string} */
            object: "ticket";
        };
        TicketRequest: {
            /** @description The case whose stream is opened; left out: all cases. */
            case?: string | null;
        };
        Tracking: {
            /** @description Id of the portal. */
            portal: string;
            /** @description Its name for people, in the answer's language. */
            portal_title: string;
            reference: string;
            status: components["schemas"]["CaseStatus"];
            status_text: string;
            /** @description The portal's own word. */
            portal_status: string | null;
            milestone: components["schemas"]["Milestone"] | null;
            /** @description As the portal tells it, the oldest first. */
            history: components["schemas"]["TrackingStep"][];
            /** @enum {string} */
            object: "tracking";
        };
        TrackingStep: {
            occurred_at: string;
            /** @description What happened, in the answer's language; else the portal's own text. */
            text: string;
            /** @description The portal's own text. */
            label: string;
            milestone: components["schemas"]["Milestone"] | null;
            place: string | null;
        };
        Validation: {
            service: string;
            /** @description Nothing was found that filing is refused for. */
            valid: boolean;
            /** @description What this demand would cost, where it costs something. */
            fee: components["schemas"]["Money"] | null;
            findings: components["schemas"]["Finding"][];
            /** @enum {string} */
            object: "validation";
        };
        /** @description An appointment at a post. `name` is told once, when the person has come. */
        Visit: {
            /** @description Id of the case. */
            case: string;
            service: string;
            service_title: string;
            status: components["schemas"]["CaseStatus"];
            status_text: string;
            /** @description Id of the portal. */
            portal: string;
            /** @description Id of the post. */
            post: string;
            /** @description The portal's number of the booking. */
            reference: string;
            /** @description In the post's own time. */
            starts_at: string;
            ends_at: string;
            /** @description IANA name. */
            timezone: string;
            /** @description A card with the fast lane was shown. */
            fast_lane: boolean;
            checked_in_at: string | null;
            /** @description Of the person; only in the answer to checking in. */
            name: string | null;
            /** @enum {string} */
            object: "visit";
        };
        WatiqaBirthExtractForm: {
            registry: components["schemas"]["WatiqaBirthExtractFormRegistry"];
            person: components["schemas"]["WatiqaBirthExtractFormPerson"];
            parents: components["schemas"]["WatiqaBirthExtractFormParents"];
            act: components["schemas"]["WatiqaBirthExtractFormAct"];
            /** @description Number of copies. */
            copies: number;
            contact: components["schemas"]["WatiqaBirthExtractFormContact"];
            delivery: components["schemas"]["WatiqaBirthExtractFormDelivery"];
        };
        /** @description Birth record. */
        WatiqaBirthExtractFormAct: {
            /** @description Number of the record. In the family booklet and at the top of an earlier extract. */
            number: string;
            /** @description Year of the register. May be later than the event itself, when it was declared late. */
            register_year: number;
        };
        /** @description How to reach you. */
        WatiqaBirthExtractFormContact: {
            /** @description E-mail address. With the order number, it lets you follow the order on the site. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the document. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaBirthExtractFormDelivery: {
            method: components["schemas"]["WatiqaBirthExtractFormDeliveryMethod"];
            address?: components["schemas"]["WatiqaBirthExtractFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaBirthExtractFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        WatiqaBirthExtractFormDeliveryMethod: "post" | "pickup";
        /** @description Parents. */
        WatiqaBirthExtractFormParents: {
            /** @description Father's full name in Latin letters. As on the national identity card. */
            father_latin: string;
            /** @description Father's full name in Arabic letters. As on the national identity card or in the family booklet. */
            father_arabic: string;
            /** @description Mother's full name in Latin letters. As on the national identity card. */
            mother_latin: string;
            /** @description Mother's full name in Arabic letters. As on the national identity card or in the family booklet. */
            mother_arabic: string;
        };
        /** @description Person the document is about. */
        WatiqaBirthExtractFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Birth register. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaBirthExtractFormRegistry: {
            born_in: components["schemas"]["WatiqaBirthExtractFormRegistryBornIn"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["WatiqaBirthExtractFormRegistryRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Arrondissement. In large cities that are divided into arrondissements. */
            arrondissement?: string;
            /** @description Civil-status office (BEC) or consulate. */
            office: string;
        };
        /**
         * @description Where is the birth registered?
         * @enum {string}
         */
        WatiqaBirthExtractFormRegistryBornIn: "morocco" | "abroad";
        /**
         * @description Region.
         * @enum {string}
         */
        WatiqaBirthExtractFormRegistryRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /** @description Birth extract */
        WatiqaBirthExtractRequest: {
            /** @enum {string} */
            service: "watiqa.birth-extract";
            form: components["schemas"]["WatiqaBirthExtractForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        WatiqaBirthFullCopyForm: {
            registry: components["schemas"]["WatiqaBirthFullCopyFormRegistry"];
            person: components["schemas"]["WatiqaBirthFullCopyFormPerson"];
            parents: components["schemas"]["WatiqaBirthFullCopyFormParents"];
            act: components["schemas"]["WatiqaBirthFullCopyFormAct"];
            /** @description Number of copies. */
            copies: number;
            contact: components["schemas"]["WatiqaBirthFullCopyFormContact"];
            delivery: components["schemas"]["WatiqaBirthFullCopyFormDelivery"];
        };
        /** @description Birth record. */
        WatiqaBirthFullCopyFormAct: {
            /** @description Number of the record. In the family booklet and at the top of an earlier extract. */
            number: string;
            /** @description Year of the register. May be later than the event itself, when it was declared late. */
            register_year: number;
        };
        /** @description How to reach you. */
        WatiqaBirthFullCopyFormContact: {
            /** @description E-mail address. With the order number, it lets you follow the order on the site. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the document. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaBirthFullCopyFormDelivery: {
            method: components["schemas"]["WatiqaBirthFullCopyFormDeliveryMethod"];
            address?: components["schemas"]["WatiqaBirthFullCopyFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaBirthFullCopyFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        WatiqaBirthFullCopyFormDeliveryMethod: "post" | "pickup";
        /** @description Parents. */
        WatiqaBirthFullCopyFormParents: {
            /** @description Father's full name in Latin letters. As on the national identity card. */
            father_latin: string;
            /** @description Father's full name in Arabic letters. As on the national identity card or in the family booklet. */
            father_arabic: string;
            /** @description Mother's full name in Latin letters. As on the national identity card. */
            mother_latin: string;
            /** @description Mother's full name in Arabic letters. As on the national identity card or in the family booklet. */
            mother_arabic: string;
        };
        /** @description Person the document is about. */
        WatiqaBirthFullCopyFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Birth register. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaBirthFullCopyFormRegistry: {
            born_in: components["schemas"]["WatiqaBirthFullCopyFormRegistryBornIn"];
            /** @description Country of the consulate. */
            country?: string;
            region?: components["schemas"]["WatiqaBirthFullCopyFormRegistryRegion"];
            /** @description Prefecture or province. */
            province?: string;
            /** @description Commune. */
            commune?: string;
            /** @description Arrondissement. In large cities that are divided into arrondissements. */
            arrondissement?: string;
            /** @description Civil-status office (BEC) or consulate. */
            office: string;
        };
        /**
         * @description Where is the birth registered?
         * @enum {string}
         */
        WatiqaBirthFullCopyFormRegistryBornIn: "morocco" | "abroad";
        /**
         * @description Region.
         * @enum {string}
         */
        WatiqaBirthFullCopyFormRegistryRegion: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12";
        /** @description Full copy of a birth record */
        WatiqaBirthFullCopyRequest: {
            /** @enum {string} */
            service: "watiqa.birth-full-copy";
            form: components["schemas"]["WatiqaBirthFullCopyForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        WatiqaConsularRegistrationCertificateForm: {
            registration: components["schemas"]["WatiqaConsularRegistrationCertificateFormRegistration"];
            person: components["schemas"]["WatiqaConsularRegistrationCertificateFormPerson"];
            contact: components["schemas"]["WatiqaConsularRegistrationCertificateFormContact"];
            delivery: components["schemas"]["WatiqaConsularRegistrationCertificateFormDelivery"];
        };
        /** @description How to reach you. */
        WatiqaConsularRegistrationCertificateFormContact: {
            /** @description E-mail address. With the order number, it lets you follow the order on the site. */
            email: string;
            /** @description Phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /** @description How to receive the document. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaConsularRegistrationCertificateFormDelivery: {
            method: components["schemas"]["WatiqaConsularRegistrationCertificateFormDeliveryMethod"];
            address?: components["schemas"]["WatiqaConsularRegistrationCertificateFormDeliveryAddress"];
        };
        /** @description Postal address. In Morocco or abroad. Rules between members are in the form itself: `GET /v1/services/{service_id}`. */
        WatiqaConsularRegistrationCertificateFormDeliveryAddress: {
            /** @description Recipient's name. */
            name: string;
            /** @description Number, street, district. */
            lines: string[];
            /** @description City. */
            city: string;
            /** @description Postcode. Five digits in Morocco. */
            postcode?: string;
            /** @description Country. */
            country: string;
            /** @description Recipient's phone number. With the country code, for example +33612345678. */
            phone: string;
        };
        /**
         * @description Delivery method.
         * @enum {string}
         */
        WatiqaConsularRegistrationCertificateFormDeliveryMethod: "post" | "pickup";
        /** @description Person the document is about. */
        WatiqaConsularRegistrationCertificateFormPerson: {
            /** @description National identity card number (CNIE). One or two letters, then digits, as on the card: AB123456. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            cnie?: string;
            /** @description Family name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_latin?: string;
            /** @description Given name in Latin letters. As on the national identity card. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_latin?: string;
            /** @description Family name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            last_name_arabic?: string;
            /** @description Given name in Arabic letters. As on the national identity card or in the family booklet. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            first_name_arabic?: string;
            /** @description Date of birth. If the day or the month is not known, the year is enough, or the year and the month. Verified identity: the gateway fills it in, and what is sent must agree with it. */
            birth_date?: string;
            /** @description Place of birth. */
            birth_place: string;
        };
        /** @description Consular registration. */
        WatiqaConsularRegistrationCertificateFormRegistration: {
            /** @description Country of residence. */
            country: string;
            /** @description Consulate. */
            consulate: string;
            /** @description Registration number. Printed on the consular registration card. */
            number: string;
        };
        /** @description Consular registration certificate */
        WatiqaConsularRegistrationCertificateRequest: {
            /** @enum {string} */
            service: "watiqa.consular-registration-certificate";
            form: components["schemas"]["WatiqaConsularRegistrationCertificateForm"];
            /** @description The person's language; default is Accept-Language. */
            language?: string | null;
            /** @description Another case of the same person that this one is about. */
            related_case?: string | null;
            /** @description An MRE Services card of the person's, with whatever it discloses: fast lane. */
            card?: string | null;
            /** @description The draft that this demand was made of: it is deleted when the case is filed. */
            draft?: string | null;
        };
        /** @description An endpoint of webhooks. */
        Webhook: {
            id: string;
            url: string;
            description: string | null;
            /** @description An empty list: everything. */
            event_types: ("case.created" | "case.updated" | "case.action_required" | "case.completed" | "case.failed" | "case.rejected" | "case.withdrawn" | "webhook.disabled")[];
            /** @description `unverified`: it has not repeated the challenge yet; `enabled`: it is told; `paused`: events are kept for it; `disabled`: it failed too long, or answered 410; events are kept for it. */
            state: components["schemas"]["EndpointState"];
            /**
             * @description `gone`: it answered 410.
             * @enum {string|null}
             */
            disabled_reason: "failing" | "gone" | null;
            disabled_at: string | null;
            /** @description Since then every attempt has failed; null if the last one succeeded. */
            first_failure_at: string | null;
            verified_at: string | null;
            created_at: string;
            updated_at: string;
            /** @description Only in the answer to creating it and to rotating the secret: `whsec_...`, for a library. */
            secret: string | null;
            secret_created_at: string;
            /** @description Until then the secret before signs as well. */
            previous_secret_expires_at: string | null;
            /** @enum {string} */
            object: "webhook";
        };
        WebhookCaseEvent: {
            /** @enum {string} */
            type: "case.created" | "case.updated" | "case.action_required" | "case.completed" | "case.failed" | "case.rejected" | "case.withdrawn" | "webhook.disabled";
            /** @description When it happened. */
            timestamp: string;
            data: components["schemas"]["WebhookCaseEventData"];
        };
        /** @description What happened to a case: ids and words, nothing about a person. */
        WebhookCaseEventData: {
            /** @description Id of the case. */
            case: string;
            /** @description The event's `id` in the timeline of its case: counts up from 1. */
            number: number;
            service: string;
            /** @description Status of the case after it. */
            status: components["schemas"]["CaseStatus"];
            /** @description The word of the timeline. */
            code: components["schemas"]["EventCode"];
            portal: string | null;
        };
        /** @description What a receiver answers to `webhook.verification`, with status 200. */
        WebhookChallengeAnswer: {
            challenge: string;
        };
        /** @description One event for one endpoint. */
        WebhookDelivery: {
            id: string;
            /** @description Id of the endpoint. */
            webhook: string;
            /** @description Id of the event: `webhook-id`, the same in every attempt. */
            event: string;
            /** @enum {string} */
            event_type: "case.created" | "case.updated" | "case.action_required" | "case.completed" | "case.failed" | "case.rejected" | "case.withdrawn" | "webhook.disabled" | "webhook.test" | "webhook.verification";
            /** @description Id of the case that it is about. */
            case: string | null;
            state: components["schemas"]["DeliveryState"];
            attempts: number;
            /**
             * @description What became of the last attempt. `refused`: another status than 2xx; `redirected`: 3xx, which is not followed; `address_refused`: the name leads to an address that is not public; `broken`: no HTTP.
             * @enum {string|null}
             */
            last_outcome: "delivered" | "refused" | "redirected" | "timeout" | "address_refused" | "name_unknown" | "connect_failed" | "tls_failed" | "broken" | null;
            /** @description HTTP status of the last answer. */
            last_status: number | null;
            created_at: string;
            first_attempt_at: string | null;
            last_attempt_at: string | null;
            /** @description Not before then, if it is `pending`. */
            next_attempt_at: string | null;
            /** @description The delivery that this one repeats on demand. */
            repeat_of: string | null;
            /** @description The body, as it is sent. */
            payload: {
                [key: string]: unknown;
            };
            /** @enum {string} */
            object: "webhook_delivery";
        };
        WebhookDeliveryPage: {
            data: components["schemas"]["WebhookDelivery"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        WebhookDisabledEvent: {
            /** @enum {string} */
            type: "webhook.disabled";
            timestamp: string;
            data: components["schemas"]["WebhookDisabledEventData"];
        };
        WebhookDisabledEventData: {
            /** @description Id of the endpoint that was disabled: another one than this. */
            webhook: string;
            /** @enum {string} */
            reason: "failing" | "gone";
        };
        WebhookPage: {
            data: components["schemas"]["Webhook"][];
            has_more: boolean;
            /** @description Pass it as `cursor` to get the next page. */
            next_cursor: string | null;
            /** @enum {string} */
            object: "list";
        };
        WebhookRequest: {
            /** @description `https` and a name; it has to lead to public addresses. */
            url: string;
            /** @description What it is told of; an empty list: everything, also types to come. */
            event_types?: ("case.created" | "case.updated" | "case.action_required" | "case.completed" | "case.failed" | "case.rejected" | "case.withdrawn" | "webhook.disabled")[];
            /** @description For you. */
            description?: string | null;
        };
        WebhookTestEvent: {
            /** @enum {string} */
            type: "webhook.test";
            timestamp: string;
            data: components["schemas"]["WebhookTestEventData"];
        };
        WebhookTestEventData: {
            webhook: string;
        };
        /** @description What is left out, or null, stays as it is. */
        WebhookUpdateRequest: {
            /** @description `https` and a name; it has to lead to public addresses. Another one has to be verified before more is sent. */
            url?: string | null;
            /** @description What it is told of; an empty list: everything, also types to come. */
            event_types?: ("case.created" | "case.updated" | "case.action_required" | "case.completed" | "case.failed" | "case.rejected" | "case.withdrawn" | "webhook.disabled")[] | null;
            /** @description For you; an empty text removes it. */
            description?: string | null;
        };
        WebhookVerificationEvent: {
            /** @enum {string} */
            type: "webhook.verification";
            timestamp: string;
            data: components["schemas"]["WebhookVerificationEventData"];
        };
        WebhookVerificationEventData: {
            webhook: string;
            /** @description To be repeated in the answer. */
            challenge: string;
        };
        /** @description A process that works on something. One that has nothing to do is not listed. */
        Worker: {
            name: string;
            leases: number;
            /** @description When its last lease ends, unless it is renewed. */
            expires_at: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Access = components['schemas']['Access'];
export type AccessPage = components['schemas']['AccessPage'];
export type ActionCode = components['schemas']['ActionCode'];
export type ActionType = components['schemas']['ActionType'];
export type AddressCodeRequest = components['schemas']['AddressCodeRequest'];
export type AddressVerificationRequest = components['schemas']['AddressVerificationRequest'];
export type Agenda = components['schemas']['Agenda'];
export type AlhalalmadaniaBirthCopyForm = components['schemas']['AlhalalmadaniaBirthCopyForm'];
export type AlhalalmadaniaBirthCopyFormAct = components['schemas']['AlhalalmadaniaBirthCopyFormAct'];
export type AlhalalmadaniaBirthCopyFormCapacity = components['schemas']['AlhalalmadaniaBirthCopyFormCapacity'];
export type AlhalalmadaniaBirthCopyFormContact = components['schemas']['AlhalalmadaniaBirthCopyFormContact'];
export type AlhalalmadaniaBirthCopyFormCopy = components['schemas']['AlhalalmadaniaBirthCopyFormCopy'];
export type AlhalalmadaniaBirthCopyFormEvidenceItem = components['schemas']['AlhalalmadaniaBirthCopyFormEvidenceItem'];
export type AlhalalmadaniaBirthCopyFormEvidenceItemKind = components['schemas']['AlhalalmadaniaBirthCopyFormEvidenceItemKind'];
export type AlhalalmadaniaBirthCopyFormPerson = components['schemas']['AlhalalmadaniaBirthCopyFormPerson'];
export type AlhalalmadaniaBirthCopyFormRegister = components['schemas']['AlhalalmadaniaBirthCopyFormRegister'];
export type AlhalalmadaniaBirthCopyFormRegisterRegion = components['schemas']['AlhalalmadaniaBirthCopyFormRegisterRegion'];
export type AlhalalmadaniaBirthCopyFormRegisterSource = components['schemas']['AlhalalmadaniaBirthCopyFormRegisterSource'];
export type AlhalalmadaniaBirthCopyRequest = components['schemas']['AlhalalmadaniaBirthCopyRequest'];
export type AlhalalmadaniaBirthDeclarationForm = components['schemas']['AlhalalmadaniaBirthDeclarationForm'];
export type AlhalalmadaniaBirthDeclarationFormCapacity = components['schemas']['AlhalalmadaniaBirthDeclarationFormCapacity'];
export type AlhalalmadaniaBirthDeclarationFormChild = components['schemas']['AlhalalmadaniaBirthDeclarationFormChild'];
export type AlhalalmadaniaBirthDeclarationFormChildSex = components['schemas']['AlhalalmadaniaBirthDeclarationFormChildSex'];
export type AlhalalmadaniaBirthDeclarationFormContact = components['schemas']['AlhalalmadaniaBirthDeclarationFormContact'];
export type AlhalalmadaniaBirthDeclarationFormEvent = components['schemas']['AlhalalmadaniaBirthDeclarationFormEvent'];
export type AlhalalmadaniaBirthDeclarationFormEvidenceItem = components['schemas']['AlhalalmadaniaBirthDeclarationFormEvidenceItem'];
export type AlhalalmadaniaBirthDeclarationFormEvidenceItemKind = components['schemas']['AlhalalmadaniaBirthDeclarationFormEvidenceItemKind'];
export type AlhalalmadaniaBirthDeclarationFormFather = components['schemas']['AlhalalmadaniaBirthDeclarationFormFather'];
export type AlhalalmadaniaBirthDeclarationFormJudgment = components['schemas']['AlhalalmadaniaBirthDeclarationFormJudgment'];
export type AlhalalmadaniaBirthDeclarationFormMother = components['schemas']['AlhalalmadaniaBirthDeclarationFormMother'];
export type AlhalalmadaniaBirthDeclarationFormRegister = components['schemas']['AlhalalmadaniaBirthDeclarationFormRegister'];
export type AlhalalmadaniaBirthDeclarationFormRegisterRegion = components['schemas']['AlhalalmadaniaBirthDeclarationFormRegisterRegion'];
export type AlhalalmadaniaBirthDeclarationFormRegisterSource = components['schemas']['AlhalalmadaniaBirthDeclarationFormRegisterSource'];
export type AlhalalmadaniaBirthDeclarationRequest = components['schemas']['AlhalalmadaniaBirthDeclarationRequest'];
export type AlhalalmadaniaDeathCopyForm = components['schemas']['AlhalalmadaniaDeathCopyForm'];
export type AlhalalmadaniaDeathCopyFormAct = components['schemas']['AlhalalmadaniaDeathCopyFormAct'];
export type AlhalalmadaniaDeathCopyFormCapacity = components['schemas']['AlhalalmadaniaDeathCopyFormCapacity'];
export type AlhalalmadaniaDeathCopyFormContact = components['schemas']['AlhalalmadaniaDeathCopyFormContact'];
export type AlhalalmadaniaDeathCopyFormCopy = components['schemas']['AlhalalmadaniaDeathCopyFormCopy'];
export type AlhalalmadaniaDeathCopyFormDeceased = components['schemas']['AlhalalmadaniaDeathCopyFormDeceased'];
export type AlhalalmadaniaDeathCopyFormEvidenceItem = components['schemas']['AlhalalmadaniaDeathCopyFormEvidenceItem'];
export type AlhalalmadaniaDeathCopyFormEvidenceItemKind = components['schemas']['AlhalalmadaniaDeathCopyFormEvidenceItemKind'];
export type AlhalalmadaniaDeathCopyFormRegister = components['schemas']['AlhalalmadaniaDeathCopyFormRegister'];
export type AlhalalmadaniaDeathCopyFormRegisterRegion = components['schemas']['AlhalalmadaniaDeathCopyFormRegisterRegion'];
export type AlhalalmadaniaDeathCopyFormRegisterSource = components['schemas']['AlhalalmadaniaDeathCopyFormRegisterSource'];
export type AlhalalmadaniaDeathCopyRequest = components['schemas']['AlhalalmadaniaDeathCopyRequest'];
export type AlhalalmadaniaDeathDeclarationForm = components['schemas']['AlhalalmadaniaDeathDeclarationForm'];
export type AlhalalmadaniaDeathDeclarationFormCapacity = components['schemas']['AlhalalmadaniaDeathDeclarationFormCapacity'];
export type AlhalalmadaniaDeathDeclarationFormContact = components['schemas']['AlhalalmadaniaDeathDeclarationFormContact'];
export type AlhalalmadaniaDeathDeclarationFormDeceased = components['schemas']['AlhalalmadaniaDeathDeclarationFormDeceased'];
export type AlhalalmadaniaDeathDeclarationFormDeceasedSex = components['schemas']['AlhalalmadaniaDeathDeclarationFormDeceasedSex'];
export type AlhalalmadaniaDeathDeclarationFormEvent = components['schemas']['AlhalalmadaniaDeathDeclarationFormEvent'];
export type AlhalalmadaniaDeathDeclarationFormEvidenceItem = components['schemas']['AlhalalmadaniaDeathDeclarationFormEvidenceItem'];
export type AlhalalmadaniaDeathDeclarationFormEvidenceItemKind = components['schemas']['AlhalalmadaniaDeathDeclarationFormEvidenceItemKind'];
export type AlhalalmadaniaDeathDeclarationFormJudgment = components['schemas']['AlhalalmadaniaDeathDeclarationFormJudgment'];
export type AlhalalmadaniaDeathDeclarationFormRegister = components['schemas']['AlhalalmadaniaDeathDeclarationFormRegister'];
export type AlhalalmadaniaDeathDeclarationFormRegisterRegion = components['schemas']['AlhalalmadaniaDeathDeclarationFormRegisterRegion'];
export type AlhalalmadaniaDeathDeclarationFormRegisterSource = components['schemas']['AlhalalmadaniaDeathDeclarationFormRegisterSource'];
export type AlhalalmadaniaDeathDeclarationRequest = components['schemas']['AlhalalmadaniaDeathDeclarationRequest'];
export type AlhalalmadaniaDivorceDeclarationForm = components['schemas']['AlhalalmadaniaDivorceDeclarationForm'];
export type AlhalalmadaniaDivorceDeclarationFormCapacity = components['schemas']['AlhalalmadaniaDivorceDeclarationFormCapacity'];
export type AlhalalmadaniaDivorceDeclarationFormContact = components['schemas']['AlhalalmadaniaDivorceDeclarationFormContact'];
export type AlhalalmadaniaDivorceDeclarationFormEvent = components['schemas']['AlhalalmadaniaDivorceDeclarationFormEvent'];
export type AlhalalmadaniaDivorceDeclarationFormEvidenceItem = components['schemas']['AlhalalmadaniaDivorceDeclarationFormEvidenceItem'];
export type AlhalalmadaniaDivorceDeclarationFormEvidenceItemKind = components['schemas']['AlhalalmadaniaDivorceDeclarationFormEvidenceItemKind'];
export type AlhalalmadaniaDivorceDeclarationFormHusband = components['schemas']['AlhalalmadaniaDivorceDeclarationFormHusband'];
export type AlhalalmadaniaDivorceDeclarationFormJudgment = components['schemas']['AlhalalmadaniaDivorceDeclarationFormJudgment'];
export type AlhalalmadaniaDivorceDeclarationFormRegister = components['schemas']['AlhalalmadaniaDivorceDeclarationFormRegister'];
export type AlhalalmadaniaDivorceDeclarationFormRegisterRegion = components['schemas']['AlhalalmadaniaDivorceDeclarationFormRegisterRegion'];
export type AlhalalmadaniaDivorceDeclarationFormRegisterSource = components['schemas']['AlhalalmadaniaDivorceDeclarationFormRegisterSource'];
export type AlhalalmadaniaDivorceDeclarationFormWife = components['schemas']['AlhalalmadaniaDivorceDeclarationFormWife'];
export type AlhalalmadaniaDivorceDeclarationRequest = components['schemas']['AlhalalmadaniaDivorceDeclarationRequest'];
export type AlhalalmadaniaMarriageCopyForm = components['schemas']['AlhalalmadaniaMarriageCopyForm'];
export type AlhalalmadaniaMarriageCopyFormAct = components['schemas']['AlhalalmadaniaMarriageCopyFormAct'];
export type AlhalalmadaniaMarriageCopyFormCapacity = components['schemas']['AlhalalmadaniaMarriageCopyFormCapacity'];
export type AlhalalmadaniaMarriageCopyFormContact = components['schemas']['AlhalalmadaniaMarriageCopyFormContact'];
export type AlhalalmadaniaMarriageCopyFormCopy = components['schemas']['AlhalalmadaniaMarriageCopyFormCopy'];
export type AlhalalmadaniaMarriageCopyFormEvidenceItem = components['schemas']['AlhalalmadaniaMarriageCopyFormEvidenceItem'];
export type AlhalalmadaniaMarriageCopyFormEvidenceItemKind = components['schemas']['AlhalalmadaniaMarriageCopyFormEvidenceItemKind'];
export type AlhalalmadaniaMarriageCopyFormHusband = components['schemas']['AlhalalmadaniaMarriageCopyFormHusband'];
export type AlhalalmadaniaMarriageCopyFormRegister = components['schemas']['AlhalalmadaniaMarriageCopyFormRegister'];
export type AlhalalmadaniaMarriageCopyFormRegisterRegion = components['schemas']['AlhalalmadaniaMarriageCopyFormRegisterRegion'];
export type AlhalalmadaniaMarriageCopyFormRegisterSource = components['schemas']['AlhalalmadaniaMarriageCopyFormRegisterSource'];
export type AlhalalmadaniaMarriageCopyFormWife = components['schemas']['AlhalalmadaniaMarriageCopyFormWife'];
export type AlhalalmadaniaMarriageCopyRequest = components['schemas']['AlhalalmadaniaMarriageCopyRequest'];
export type AlhalalmadaniaMarriageDeclarationForm = components['schemas']['AlhalalmadaniaMarriageDeclarationForm'];
export type AlhalalmadaniaMarriageDeclarationFormCapacity = components['schemas']['AlhalalmadaniaMarriageDeclarationFormCapacity'];
export type AlhalalmadaniaMarriageDeclarationFormContact = components['schemas']['AlhalalmadaniaMarriageDeclarationFormContact'];
export type AlhalalmadaniaMarriageDeclarationFormEvent = components['schemas']['AlhalalmadaniaMarriageDeclarationFormEvent'];
export type AlhalalmadaniaMarriageDeclarationFormEvidenceItem = components['schemas']['AlhalalmadaniaMarriageDeclarationFormEvidenceItem'];
export type AlhalalmadaniaMarriageDeclarationFormEvidenceItemKind = components['schemas']['AlhalalmadaniaMarriageDeclarationFormEvidenceItemKind'];
export type AlhalalmadaniaMarriageDeclarationFormHusband = components['schemas']['AlhalalmadaniaMarriageDeclarationFormHusband'];
export type AlhalalmadaniaMarriageDeclarationFormJudgment = components['schemas']['AlhalalmadaniaMarriageDeclarationFormJudgment'];
export type AlhalalmadaniaMarriageDeclarationFormRegister = components['schemas']['AlhalalmadaniaMarriageDeclarationFormRegister'];
export type AlhalalmadaniaMarriageDeclarationFormRegisterRegion = components['schemas']['AlhalalmadaniaMarriageDeclarationFormRegisterRegion'];
export type AlhalalmadaniaMarriageDeclarationFormRegisterSource = components['schemas']['AlhalalmadaniaMarriageDeclarationFormRegisterSource'];
export type AlhalalmadaniaMarriageDeclarationFormWife = components['schemas']['AlhalalmadaniaMarriageDeclarationFormWife'];
export type AlhalalmadaniaMarriageDeclarationRequest = components['schemas']['AlhalalmadaniaMarriageDeclarationRequest'];
export type Anomalies = components['schemas']['Anomalies'];
export type Anomaly = components['schemas']['Anomaly'];
export type AnswerRequest = components['schemas']['AnswerRequest'];
export type Appointment = components['schemas']['Appointment'];
export type Attachment = components['schemas']['Attachment'];
export type AttachmentUpload = components['schemas']['AttachmentUpload'];
export type AuditBodies = components['schemas']['AuditBodies'];
export type AuditBody = components['schemas']['AuditBody'];
export type AuditHop = components['schemas']['AuditHop'];
export type AuditKind = components['schemas']['AuditKind'];
export type AuditLeaf = components['schemas']['AuditLeaf'];
export type AuditLog = components['schemas']['AuditLog'];
export type AuditOutcome = components['schemas']['AuditOutcome'];
export type AuditRecord = components['schemas']['AuditRecord'];
export type AuditRecordPage = components['schemas']['AuditRecordPage'];
export type AuditSubject = components['schemas']['AuditSubject'];
export type AuditSubjectRequest = components['schemas']['AuditSubjectRequest'];
export type AuditSum = components['schemas']['AuditSum'];
export type Availability = components['schemas']['Availability'];
export type Calls = components['schemas']['Calls'];
export type Card = components['schemas']['Card'];
export type CardClaims = components['schemas']['CardClaims'];
export type CardIssuer = components['schemas']['CardIssuer'];
export type CardPage = components['schemas']['CardPage'];
export type CardRequest = components['schemas']['CardRequest'];
export type CardState = components['schemas']['CardState'];
export type Case = components['schemas']['Case'];
export type CaseAction = components['schemas']['CaseAction'];
export type CaseDocument = components['schemas']['CaseDocument'];
export type CaseEvent = components['schemas']['CaseEvent'];
export type CaseEventPage = components['schemas']['CaseEventPage'];
export type CasePage = components['schemas']['CasePage'];
export type CaseRequest = components['schemas']['CaseRequest'];
export type CaseStatus = components['schemas']['CaseStatus'];
export type Category = components['schemas']['Category'];
export type Channel = components['schemas']['Channel'];
export type ChannelRequest = components['schemas']['ChannelRequest'];
export type CheckInRequest = components['schemas']['CheckInRequest'];
export type Checkout = components['schemas']['Checkout'];
export type ChikayaComplaintConsulateForm = components['schemas']['ChikayaComplaintConsulateForm'];
export type ChikayaComplaintConsulateFormAbout = components['schemas']['ChikayaComplaintConsulateFormAbout'];
export type ChikayaComplaintConsulateFormAboutSubTheme = components['schemas']['ChikayaComplaintConsulateFormAboutSubTheme'];
export type ChikayaComplaintConsulateFormAboutTheme = components['schemas']['ChikayaComplaintConsulateFormAboutTheme'];
export type ChikayaComplaintConsulateFormContact = components['schemas']['ChikayaComplaintConsulateFormContact'];
export type ChikayaComplaintConsulateFormMessage = components['schemas']['ChikayaComplaintConsulateFormMessage'];
export type ChikayaComplaintConsulateFormPerson = components['schemas']['ChikayaComplaintConsulateFormPerson'];
export type ChikayaComplaintConsulateRequest = components['schemas']['ChikayaComplaintConsulateRequest'];
export type ChikayaComplaintForm = components['schemas']['ChikayaComplaintForm'];
export type ChikayaComplaintFormAbout = components['schemas']['ChikayaComplaintFormAbout'];
export type ChikayaComplaintFormAboutAdministration = components['schemas']['ChikayaComplaintFormAboutAdministration'];
export type ChikayaComplaintFormAboutPlace = components['schemas']['ChikayaComplaintFormAboutPlace'];
export type ChikayaComplaintFormAboutPlaceRegion = components['schemas']['ChikayaComplaintFormAboutPlaceRegion'];
export type ChikayaComplaintFormAboutSubTheme = components['schemas']['ChikayaComplaintFormAboutSubTheme'];
export type ChikayaComplaintFormAboutTheme = components['schemas']['ChikayaComplaintFormAboutTheme'];
export type ChikayaComplaintFormAboutType = components['schemas']['ChikayaComplaintFormAboutType'];
export type ChikayaComplaintFormContact = components['schemas']['ChikayaComplaintFormContact'];
export type ChikayaComplaintFormMessage = components['schemas']['ChikayaComplaintFormMessage'];
export type ChikayaComplaintFormPerson = components['schemas']['ChikayaComplaintFormPerson'];
export type ChikayaComplaintRequest = components['schemas']['ChikayaComplaintRequest'];
export type ChikayaObservationForm = components['schemas']['ChikayaObservationForm'];
export type ChikayaObservationFormAbout = components['schemas']['ChikayaObservationFormAbout'];
export type ChikayaObservationFormAboutAdministration = components['schemas']['ChikayaObservationFormAboutAdministration'];
export type ChikayaObservationFormAboutPlace = components['schemas']['ChikayaObservationFormAboutPlace'];
export type ChikayaObservationFormAboutPlaceRegion = components['schemas']['ChikayaObservationFormAboutPlaceRegion'];
export type ChikayaObservationFormAboutSubTheme = components['schemas']['ChikayaObservationFormAboutSubTheme'];
export type ChikayaObservationFormAboutTheme = components['schemas']['ChikayaObservationFormAboutTheme'];
export type ChikayaObservationFormAboutType = components['schemas']['ChikayaObservationFormAboutType'];
export type ChikayaObservationFormContact = components['schemas']['ChikayaObservationFormContact'];
export type ChikayaObservationFormMessage = components['schemas']['ChikayaObservationFormMessage'];
export type ChikayaObservationFormPerson = components['schemas']['ChikayaObservationFormPerson'];
export type ChikayaObservationRequest = components['schemas']['ChikayaObservationRequest'];
export type ChikayaSuggestionForm = components['schemas']['ChikayaSuggestionForm'];
export type ChikayaSuggestionFormAbout = components['schemas']['ChikayaSuggestionFormAbout'];
export type ChikayaSuggestionFormAboutAdministration = components['schemas']['ChikayaSuggestionFormAboutAdministration'];
export type ChikayaSuggestionFormAboutPlace = components['schemas']['ChikayaSuggestionFormAboutPlace'];
export type ChikayaSuggestionFormAboutPlaceRegion = components['schemas']['ChikayaSuggestionFormAboutPlaceRegion'];
export type ChikayaSuggestionFormAboutSubTheme = components['schemas']['ChikayaSuggestionFormAboutSubTheme'];
export type ChikayaSuggestionFormAboutTheme = components['schemas']['ChikayaSuggestionFormAboutTheme'];
export type ChikayaSuggestionFormAboutType = components['schemas']['ChikayaSuggestionFormAboutType'];
export type ChikayaSuggestionFormContact = components['schemas']['ChikayaSuggestionFormContact'];
export type ChikayaSuggestionFormMessage = components['schemas']['ChikayaSuggestionFormMessage'];
export type ChikayaSuggestionFormPerson = components['schemas']['ChikayaSuggestionFormPerson'];
export type ChikayaSuggestionRequest = components['schemas']['ChikayaSuggestionRequest'];
export type Choice = components['schemas']['Choice'];
export type Commune = components['schemas']['Commune'];
export type CommunePage = components['schemas']['CommunePage'];
export type Concern = components['schemas']['Concern'];
export type Cost = components['schemas']['Cost'];
export type Country = components['schemas']['Country'];
export type CountryPage = components['schemas']['CountryPage'];
export type Deadline = components['schemas']['Deadline'];
export type DeliveryState = components['schemas']['DeliveryState'];
export type Density = components['schemas']['Density'];
export type Draft = components['schemas']['Draft'];
export type DraftRequest = components['schemas']['DraftRequest'];
export type DraftSummary = components['schemas']['DraftSummary'];
export type DraftSummaryPage = components['schemas']['DraftSummaryPage'];
export type DraftUpdateRequest = components['schemas']['DraftUpdateRequest'];
export type Drift = components['schemas']['Drift'];
export type EchoMeetingForm = components['schemas']['EchoMeetingForm'];
export type EchoMeetingFormBehave = components['schemas']['EchoMeetingFormBehave'];
export type EchoMeetingRequest = components['schemas']['EchoMeetingRequest'];
export type EchoNoteForm = components['schemas']['EchoNoteForm'];
export type EchoNoteFormBehave = components['schemas']['EchoNoteFormBehave'];
export type EchoNoteRequest = components['schemas']['EchoNoteRequest'];
export type EchoParcelForm = components['schemas']['EchoParcelForm'];
export type EchoParcelFormBehave = components['schemas']['EchoParcelFormBehave'];
export type EchoParcelFormDelivery = components['schemas']['EchoParcelFormDelivery'];
export type EchoParcelFormDeliveryAddress = components['schemas']['EchoParcelFormDeliveryAddress'];
export type EchoParcelFormDeliveryMethod = components['schemas']['EchoParcelFormDeliveryMethod'];
export type EchoParcelRequest = components['schemas']['EchoParcelRequest'];
export type EchoStampedForm = components['schemas']['EchoStampedForm'];
export type EchoStampedFormBehave = components['schemas']['EchoStampedFormBehave'];
export type EchoStampedRequest = components['schemas']['EchoStampedRequest'];
export type EchoVisitForm = components['schemas']['EchoVisitForm'];
export type EchoVisitFormBehave = components['schemas']['EchoVisitFormBehave'];
export type EchoVisitFormDelivery = components['schemas']['EchoVisitFormDelivery'];
export type EchoVisitFormDeliveryAddress = components['schemas']['EchoVisitFormDeliveryAddress'];
export type EchoVisitFormDeliveryMethod = components['schemas']['EchoVisitFormDeliveryMethod'];
export type EchoVisitFormPost = components['schemas']['EchoVisitFormPost'];
export type EchoVisitRequest = components['schemas']['EchoVisitRequest'];
export type EndpointState = components['schemas']['EndpointState'];
export type Entitlement = components['schemas']['Entitlement'];
export type EventCode = components['schemas']['EventCode'];
export type EventData = components['schemas']['EventData'];
export type FailingWebhook = components['schemas']['FailingWebhook'];
export type Failure = components['schemas']['Failure'];
export type FeedPage = components['schemas']['FeedPage'];
export type FieldCode = components['schemas']['FieldCode'];
export type FieldError = components['schemas']['FieldError'];
export type Filing = components['schemas']['Filing'];
export type Finding = components['schemas']['Finding'];
export type Gateway = components['schemas']['Gateway'];
export type HolderKey = components['schemas']['HolderKey'];
export type Hour = components['schemas']['Hour'];
export type Indicator = components['schemas']['Indicator'];
export type Indicators = components['schemas']['Indicators'];
export type Jwk = components['schemas']['Jwk'];
export type Jwks = components['schemas']['Jwks'];
export type LastProbe = components['schemas']['LastProbe'];
export type Late = components['schemas']['Late'];
export type LatePage = components['schemas']['LatePage'];
export type Mandate = components['schemas']['Mandate'];
export type MandatePage = components['schemas']['MandatePage'];
export type MandateRequest = components['schemas']['MandateRequest'];
export type MandateSummary = components['schemas']['MandateSummary'];
export type Me = components['schemas']['Me'];
export type Message = components['schemas']['Message'];
export type MessageFailure = components['schemas']['MessageFailure'];
export type MessagePage = components['schemas']['MessagePage'];
export type Milestone = components['schemas']['Milestone'];
export type Money = components['schemas']['Money'];
export type Note = components['schemas']['Note'];
export type NotePage = components['schemas']['NotePage'];
export type NoteRequest = components['schemas']['NoteRequest'];
export type Operation = components['schemas']['Operation'];
export type Operations = components['schemas']['Operations'];
export type PasseportAfterDamageForm = components['schemas']['PasseportAfterDamageForm'];
export type PasseportAfterDamageFormContact = components['schemas']['PasseportAfterDamageFormContact'];
export type PasseportAfterDamageFormDamage = components['schemas']['PasseportAfterDamageFormDamage'];
export type PasseportAfterDamageFormDamageKind = components['schemas']['PasseportAfterDamageFormDamageKind'];
export type PasseportAfterDamageFormDelivery = components['schemas']['PasseportAfterDamageFormDelivery'];
export type PasseportAfterDamageFormDeliveryAddress = components['schemas']['PasseportAfterDamageFormDeliveryAddress'];
export type PasseportAfterDamageFormDeliveryMethod = components['schemas']['PasseportAfterDamageFormDeliveryMethod'];
export type PasseportAfterDamageFormLodging = components['schemas']['PasseportAfterDamageFormLodging'];
export type PasseportAfterDamageFormPassport = components['schemas']['PasseportAfterDamageFormPassport'];
export type PasseportAfterDamageFormPerson = components['schemas']['PasseportAfterDamageFormPerson'];
export type PasseportAfterDamageFormRegistration = components['schemas']['PasseportAfterDamageFormRegistration'];
export type PasseportAfterDamageRequest = components['schemas']['PasseportAfterDamageRequest'];
export type PasseportAfterLossForm = components['schemas']['PasseportAfterLossForm'];
export type PasseportAfterLossFormContact = components['schemas']['PasseportAfterLossFormContact'];
export type PasseportAfterLossFormDeclaration = components['schemas']['PasseportAfterLossFormDeclaration'];
export type PasseportAfterLossFormDelivery = components['schemas']['PasseportAfterLossFormDelivery'];
export type PasseportAfterLossFormDeliveryAddress = components['schemas']['PasseportAfterLossFormDeliveryAddress'];
export type PasseportAfterLossFormDeliveryMethod = components['schemas']['PasseportAfterLossFormDeliveryMethod'];
export type PasseportAfterLossFormLodging = components['schemas']['PasseportAfterLossFormLodging'];
export type PasseportAfterLossFormPassport = components['schemas']['PasseportAfterLossFormPassport'];
export type PasseportAfterLossFormPerson = components['schemas']['PasseportAfterLossFormPerson'];
export type PasseportAfterLossFormRegistration = components['schemas']['PasseportAfterLossFormRegistration'];
export type PasseportAfterLossRequest = components['schemas']['PasseportAfterLossRequest'];
export type PasseportAfterTheftForm = components['schemas']['PasseportAfterTheftForm'];
export type PasseportAfterTheftFormContact = components['schemas']['PasseportAfterTheftFormContact'];
export type PasseportAfterTheftFormDeclaration = components['schemas']['PasseportAfterTheftFormDeclaration'];
export type PasseportAfterTheftFormDelivery = components['schemas']['PasseportAfterTheftFormDelivery'];
export type PasseportAfterTheftFormDeliveryAddress = components['schemas']['PasseportAfterTheftFormDeliveryAddress'];
export type PasseportAfterTheftFormDeliveryMethod = components['schemas']['PasseportAfterTheftFormDeliveryMethod'];
export type PasseportAfterTheftFormLodging = components['schemas']['PasseportAfterTheftFormLodging'];
export type PasseportAfterTheftFormPassport = components['schemas']['PasseportAfterTheftFormPassport'];
export type PasseportAfterTheftFormPerson = components['schemas']['PasseportAfterTheftFormPerson'];
export type PasseportAfterTheftFormRegistration = components['schemas']['PasseportAfterTheftFormRegistration'];
export type PasseportAfterTheftRequest = components['schemas']['PasseportAfterTheftRequest'];
export type PasseportDataChangeForm = components['schemas']['PasseportDataChangeForm'];
export type PasseportDataChangeFormChange = components['schemas']['PasseportDataChangeFormChange'];
export type PasseportDataChangeFormChangeKind = components['schemas']['PasseportDataChangeFormChangeKind'];
export type PasseportDataChangeFormContact = components['schemas']['PasseportDataChangeFormContact'];
export type PasseportDataChangeFormDelivery = components['schemas']['PasseportDataChangeFormDelivery'];
export type PasseportDataChangeFormDeliveryAddress = components['schemas']['PasseportDataChangeFormDeliveryAddress'];
export type PasseportDataChangeFormDeliveryMethod = components['schemas']['PasseportDataChangeFormDeliveryMethod'];
export type PasseportDataChangeFormLodging = components['schemas']['PasseportDataChangeFormLodging'];
export type PasseportDataChangeFormPassport = components['schemas']['PasseportDataChangeFormPassport'];
export type PasseportDataChangeFormPerson = components['schemas']['PasseportDataChangeFormPerson'];
export type PasseportDataChangeFormRegistration = components['schemas']['PasseportDataChangeFormRegistration'];
export type PasseportDataChangeRequest = components['schemas']['PasseportDataChangeRequest'];
export type PasseportFirstAdultForm = components['schemas']['PasseportFirstAdultForm'];
export type PasseportFirstAdultFormBirthRecord = components['schemas']['PasseportFirstAdultFormBirthRecord'];
export type PasseportFirstAdultFormContact = components['schemas']['PasseportFirstAdultFormContact'];
export type PasseportFirstAdultFormDelivery = components['schemas']['PasseportFirstAdultFormDelivery'];
export type PasseportFirstAdultFormDeliveryAddress = components['schemas']['PasseportFirstAdultFormDeliveryAddress'];
export type PasseportFirstAdultFormDeliveryMethod = components['schemas']['PasseportFirstAdultFormDeliveryMethod'];
export type PasseportFirstAdultFormLodging = components['schemas']['PasseportFirstAdultFormLodging'];
export type PasseportFirstAdultFormPerson = components['schemas']['PasseportFirstAdultFormPerson'];
export type PasseportFirstAdultFormRegistration = components['schemas']['PasseportFirstAdultFormRegistration'];
export type PasseportFirstAdultRequest = components['schemas']['PasseportFirstAdultRequest'];
export type PasseportMinorForm = components['schemas']['PasseportMinorForm'];
export type PasseportMinorFormBirthRecord = components['schemas']['PasseportMinorFormBirthRecord'];
export type PasseportMinorFormContact = components['schemas']['PasseportMinorFormContact'];
export type PasseportMinorFormDelivery = components['schemas']['PasseportMinorFormDelivery'];
export type PasseportMinorFormDeliveryAddress = components['schemas']['PasseportMinorFormDeliveryAddress'];
export type PasseportMinorFormDeliveryMethod = components['schemas']['PasseportMinorFormDeliveryMethod'];
export type PasseportMinorFormGuardian = components['schemas']['PasseportMinorFormGuardian'];
export type PasseportMinorFormGuardianRelation = components['schemas']['PasseportMinorFormGuardianRelation'];
export type PasseportMinorFormLodging = components['schemas']['PasseportMinorFormLodging'];
export type PasseportMinorFormPassport = components['schemas']['PasseportMinorFormPassport'];
export type PasseportMinorFormPerson = components['schemas']['PasseportMinorFormPerson'];
export type PasseportMinorFormRegistration = components['schemas']['PasseportMinorFormRegistration'];
export type PasseportMinorRequest = components['schemas']['PasseportMinorRequest'];
export type PasseportRenewalAdultForm = components['schemas']['PasseportRenewalAdultForm'];
export type PasseportRenewalAdultFormContact = components['schemas']['PasseportRenewalAdultFormContact'];
export type PasseportRenewalAdultFormDelivery = components['schemas']['PasseportRenewalAdultFormDelivery'];
export type PasseportRenewalAdultFormDeliveryAddress = components['schemas']['PasseportRenewalAdultFormDeliveryAddress'];
export type PasseportRenewalAdultFormDeliveryMethod = components['schemas']['PasseportRenewalAdultFormDeliveryMethod'];
export type PasseportRenewalAdultFormLodging = components['schemas']['PasseportRenewalAdultFormLodging'];
export type PasseportRenewalAdultFormPassport = components['schemas']['PasseportRenewalAdultFormPassport'];
export type PasseportRenewalAdultFormPerson = components['schemas']['PasseportRenewalAdultFormPerson'];
export type PasseportRenewalAdultFormRegistration = components['schemas']['PasseportRenewalAdultFormRegistration'];
export type PasseportRenewalAdultMoroccoForm = components['schemas']['PasseportRenewalAdultMoroccoForm'];
export type PasseportRenewalAdultMoroccoFormContact = components['schemas']['PasseportRenewalAdultMoroccoFormContact'];
export type PasseportRenewalAdultMoroccoFormDelivery = components['schemas']['PasseportRenewalAdultMoroccoFormDelivery'];
export type PasseportRenewalAdultMoroccoFormDeliveryAddress = components['schemas']['PasseportRenewalAdultMoroccoFormDeliveryAddress'];
export type PasseportRenewalAdultMoroccoFormDeliveryMethod = components['schemas']['PasseportRenewalAdultMoroccoFormDeliveryMethod'];
export type PasseportRenewalAdultMoroccoFormLodging = components['schemas']['PasseportRenewalAdultMoroccoFormLodging'];
export type PasseportRenewalAdultMoroccoFormPassport = components['schemas']['PasseportRenewalAdultMoroccoFormPassport'];
export type PasseportRenewalAdultMoroccoFormPerson = components['schemas']['PasseportRenewalAdultMoroccoFormPerson'];
export type PasseportRenewalAdultMoroccoRequest = components['schemas']['PasseportRenewalAdultMoroccoRequest'];
export type PasseportRenewalAdultRequest = components['schemas']['PasseportRenewalAdultRequest'];
export type PayRequest = components['schemas']['PayRequest'];
export type Payment = components['schemas']['Payment'];
export type PaymentPage = components['schemas']['PaymentPage'];
export type Portal = components['schemas']['Portal'];
export type PortalSummary = components['schemas']['PortalSummary'];
export type PortalSummaryPage = components['schemas']['PortalSummaryPage'];
export type Post = components['schemas']['Post'];
export type PostPage = components['schemas']['PostPage'];
export type Preferences = components['schemas']['Preferences'];
export type PreferencesRequest = components['schemas']['PreferencesRequest'];
export type Probe = components['schemas']['Probe'];
export type Problem = components['schemas']['Problem'];
export type ProblemCode = components['schemas']['ProblemCode'];
export type Profile = components['schemas']['Profile'];
export type Province = components['schemas']['Province'];
export type ProvincePage = components['schemas']['ProvincePage'];
export type Quarantine = components['schemas']['Quarantine'];
export type Queue = components['schemas']['Queue'];
export type QuietHours = components['schemas']['QuietHours'];
export type Reason = components['schemas']['Reason'];
export type Receipt = components['schemas']['Receipt'];
export type ReceiptClaims = components['schemas']['ReceiptClaims'];
export type ReceiptDeadline = components['schemas']['ReceiptDeadline'];
export type ReceiptFee = components['schemas']['ReceiptFee'];
export type ReceiptForm = components['schemas']['ReceiptForm'];
export type ReceiptPortal = components['schemas']['ReceiptPortal'];
export type ReceiptService = components['schemas']['ReceiptService'];
export type Refusal = components['schemas']['Refusal'];
export type RemovedWebhook = components['schemas']['RemovedWebhook'];
export type RendezvousAdoulActForm = components['schemas']['RendezvousAdoulActForm'];
export type RendezvousAdoulActFormAct = components['schemas']['RendezvousAdoulActFormAct'];
export type RendezvousAdoulActFormContact = components['schemas']['RendezvousAdoulActFormContact'];
export type RendezvousAdoulActFormDocuments = components['schemas']['RendezvousAdoulActFormDocuments'];
export type RendezvousAdoulActFormPerson = components['schemas']['RendezvousAdoulActFormPerson'];
export type RendezvousAdoulActRequest = components['schemas']['RendezvousAdoulActRequest'];
export type RendezvousCnieForm = components['schemas']['RendezvousCnieForm'];
export type RendezvousCnieFormContact = components['schemas']['RendezvousCnieFormContact'];
export type RendezvousCnieFormDocuments = components['schemas']['RendezvousCnieFormDocuments'];
export type RendezvousCnieFormKind = components['schemas']['RendezvousCnieFormKind'];
export type RendezvousCnieFormPerson = components['schemas']['RendezvousCnieFormPerson'];
export type RendezvousCnieRequest = components['schemas']['RendezvousCnieRequest'];
export type RendezvousConsularRegistrationForm = components['schemas']['RendezvousConsularRegistrationForm'];
export type RendezvousConsularRegistrationFormContact = components['schemas']['RendezvousConsularRegistrationFormContact'];
export type RendezvousConsularRegistrationFormDocuments = components['schemas']['RendezvousConsularRegistrationFormDocuments'];
export type RendezvousConsularRegistrationFormPerson = components['schemas']['RendezvousConsularRegistrationFormPerson'];
export type RendezvousConsularRegistrationFormResidence = components['schemas']['RendezvousConsularRegistrationFormResidence'];
export type RendezvousConsularRegistrationRequest = components['schemas']['RendezvousConsularRegistrationRequest'];
export type RendezvousLegalisationForm = components['schemas']['RendezvousLegalisationForm'];
export type RendezvousLegalisationFormContact = components['schemas']['RendezvousLegalisationFormContact'];
export type RendezvousLegalisationFormDocuments = components['schemas']['RendezvousLegalisationFormDocuments'];
export type RendezvousLegalisationFormPerson = components['schemas']['RendezvousLegalisationFormPerson'];
export type RendezvousLegalisationRequest = components['schemas']['RendezvousLegalisationRequest'];
export type RendezvousLifeAttestationForm = components['schemas']['RendezvousLifeAttestationForm'];
export type RendezvousLifeAttestationFormContact = components['schemas']['RendezvousLifeAttestationFormContact'];
export type RendezvousLifeAttestationFormDocuments = components['schemas']['RendezvousLifeAttestationFormDocuments'];
export type RendezvousLifeAttestationFormPerson = components['schemas']['RendezvousLifeAttestationFormPerson'];
export type RendezvousLifeAttestationRequest = components['schemas']['RendezvousLifeAttestationRequest'];
export type RendezvousResidenceAttestationForm = components['schemas']['RendezvousResidenceAttestationForm'];
export type RendezvousResidenceAttestationFormContact = components['schemas']['RendezvousResidenceAttestationFormContact'];
export type RendezvousResidenceAttestationFormDocuments = components['schemas']['RendezvousResidenceAttestationFormDocuments'];
export type RendezvousResidenceAttestationFormPerson = components['schemas']['RendezvousResidenceAttestationFormPerson'];
export type RendezvousResidenceAttestationRequest = components['schemas']['RendezvousResidenceAttestationRequest'];
export type ResourceMetadata = components['schemas']['ResourceMetadata'];
export type ReuseRequest = components['schemas']['ReuseRequest'];
export type RokhasBusinessPermitForm = components['schemas']['RokhasBusinessPermitForm'];
export type RokhasBusinessPermitFormContact = components['schemas']['RokhasBusinessPermitFormContact'];
export type RokhasBusinessPermitFormLand = components['schemas']['RokhasBusinessPermitFormLand'];
export type RokhasBusinessPermitFormOwner = components['schemas']['RokhasBusinessPermitFormOwner'];
export type RokhasBusinessPermitFormOwnerKind = components['schemas']['RokhasBusinessPermitFormOwnerKind'];
export type RokhasBusinessPermitFormProject = components['schemas']['RokhasBusinessPermitFormProject'];
export type RokhasBusinessPermitFormProjectActivity = components['schemas']['RokhasBusinessPermitFormProjectActivity'];
export type RokhasBusinessPermitRequest = components['schemas']['RokhasBusinessPermitRequest'];
export type RokhasConstructionPermitForm = components['schemas']['RokhasConstructionPermitForm'];
export type RokhasConstructionPermitFormContact = components['schemas']['RokhasConstructionPermitFormContact'];
export type RokhasConstructionPermitFormLand = components['schemas']['RokhasConstructionPermitFormLand'];
export type RokhasConstructionPermitFormOwner = components['schemas']['RokhasConstructionPermitFormOwner'];
export type RokhasConstructionPermitFormOwnerKind = components['schemas']['RokhasConstructionPermitFormOwnerKind'];
export type RokhasConstructionPermitFormProject = components['schemas']['RokhasConstructionPermitFormProject'];
export type RokhasConstructionPermitFormProjectUse = components['schemas']['RokhasConstructionPermitFormProjectUse'];
export type RokhasConstructionPermitRequest = components['schemas']['RokhasConstructionPermitRequest'];
export type RokhasDemolitionPermitForm = components['schemas']['RokhasDemolitionPermitForm'];
export type RokhasDemolitionPermitFormContact = components['schemas']['RokhasDemolitionPermitFormContact'];
export type RokhasDemolitionPermitFormLand = components['schemas']['RokhasDemolitionPermitFormLand'];
export type RokhasDemolitionPermitFormOwner = components['schemas']['RokhasDemolitionPermitFormOwner'];
export type RokhasDemolitionPermitFormOwnerKind = components['schemas']['RokhasDemolitionPermitFormOwnerKind'];
export type RokhasDemolitionPermitFormProject = components['schemas']['RokhasDemolitionPermitFormProject'];
export type RokhasDemolitionPermitRequest = components['schemas']['RokhasDemolitionPermitRequest'];
export type RokhasOccupancyCertificateForm = components['schemas']['RokhasOccupancyCertificateForm'];
export type RokhasOccupancyCertificateFormContact = components['schemas']['RokhasOccupancyCertificateFormContact'];
export type RokhasOccupancyCertificateFormLand = components['schemas']['RokhasOccupancyCertificateFormLand'];
export type RokhasOccupancyCertificateFormOwner = components['schemas']['RokhasOccupancyCertificateFormOwner'];
export type RokhasOccupancyCertificateFormOwnerKind = components['schemas']['RokhasOccupancyCertificateFormOwnerKind'];
export type RokhasOccupancyCertificateFormProject = components['schemas']['RokhasOccupancyCertificateFormProject'];
export type RokhasOccupancyCertificateFormProjectCertificate = components['schemas']['RokhasOccupancyCertificateFormProjectCertificate'];
export type RokhasOccupancyCertificateRequest = components['schemas']['RokhasOccupancyCertificateRequest'];
export type RokhasPublicDomainPermitForm = components['schemas']['RokhasPublicDomainPermitForm'];
export type RokhasPublicDomainPermitFormContact = components['schemas']['RokhasPublicDomainPermitFormContact'];
export type RokhasPublicDomainPermitFormLand = components['schemas']['RokhasPublicDomainPermitFormLand'];
export type RokhasPublicDomainPermitFormOwner = components['schemas']['RokhasPublicDomainPermitFormOwner'];
export type RokhasPublicDomainPermitFormOwnerKind = components['schemas']['RokhasPublicDomainPermitFormOwnerKind'];
export type RokhasPublicDomainPermitFormProject = components['schemas']['RokhasPublicDomainPermitFormProject'];
export type RokhasPublicDomainPermitFormProjectKind = components['schemas']['RokhasPublicDomainPermitFormProjectKind'];
export type RokhasPublicDomainPermitRequest = components['schemas']['RokhasPublicDomainPermitRequest'];
export type RokhasRepairPermitForm = components['schemas']['RokhasRepairPermitForm'];
export type RokhasRepairPermitFormContact = components['schemas']['RokhasRepairPermitFormContact'];
export type RokhasRepairPermitFormLand = components['schemas']['RokhasRepairPermitFormLand'];
export type RokhasRepairPermitFormOwner = components['schemas']['RokhasRepairPermitFormOwner'];
export type RokhasRepairPermitFormOwnerKind = components['schemas']['RokhasRepairPermitFormOwnerKind'];
export type RokhasRepairPermitFormProject = components['schemas']['RokhasRepairPermitFormProject'];
export type RokhasRepairPermitFormProjectWorks = components['schemas']['RokhasRepairPermitFormProjectWorks'];
export type RokhasRepairPermitRequest = components['schemas']['RokhasRepairPermitRequest'];
export type RotateWebhookSecretRequest = components['schemas']['RotateWebhookSecretRequest'];
export type Service = components['schemas']['Service'];
export type ServiceList = components['schemas']['ServiceList'];
export type ServiceStep = components['schemas']['ServiceStep'];
export type ShapeChange = components['schemas']['ShapeChange'];
export type Shipment = components['schemas']['Shipment'];
export type Slot = components['schemas']['Slot'];
export type SlotPage = components['schemas']['SlotPage'];
export type StrangeAnswer = components['schemas']['StrangeAnswer'];
export type Suggestion = components['schemas']['Suggestion'];
export type TakeRequest = components['schemas']['TakeRequest'];
export type Ticket = components['schemas']['Ticket'];
export type TicketRequest = components['schemas']['TicketRequest'];
export type Tracking = components['schemas']['Tracking'];
export type TrackingStep = components['schemas']['TrackingStep'];
export type Validation = components['schemas']['Validation'];
export type Visit = components['schemas']['Visit'];
export type WatiqaBirthExtractForm = components['schemas']['WatiqaBirthExtractForm'];
export type WatiqaBirthExtractFormAct = components['schemas']['WatiqaBirthExtractFormAct'];
export type WatiqaBirthExtractFormContact = components['schemas']['WatiqaBirthExtractFormContact'];
export type WatiqaBirthExtractFormDelivery = components['schemas']['WatiqaBirthExtractFormDelivery'];
export type WatiqaBirthExtractFormDeliveryAddress = components['schemas']['WatiqaBirthExtractFormDeliveryAddress'];
export type WatiqaBirthExtractFormDeliveryMethod = components['schemas']['WatiqaBirthExtractFormDeliveryMethod'];
export type WatiqaBirthExtractFormParents = components['schemas']['WatiqaBirthExtractFormParents'];
export type WatiqaBirthExtractFormPerson = components['schemas']['WatiqaBirthExtractFormPerson'];
export type WatiqaBirthExtractFormRegistry = components['schemas']['WatiqaBirthExtractFormRegistry'];
export type WatiqaBirthExtractFormRegistryBornIn = components['schemas']['WatiqaBirthExtractFormRegistryBornIn'];
export type WatiqaBirthExtractFormRegistryRegion = components['schemas']['WatiqaBirthExtractFormRegistryRegion'];
export type WatiqaBirthExtractRequest = components['schemas']['WatiqaBirthExtractRequest'];
export type WatiqaBirthFullCopyForm = components['schemas']['WatiqaBirthFullCopyForm'];
export type WatiqaBirthFullCopyFormAct = components['schemas']['WatiqaBirthFullCopyFormAct'];
export type WatiqaBirthFullCopyFormContact = components['schemas']['WatiqaBirthFullCopyFormContact'];
export type WatiqaBirthFullCopyFormDelivery = components['schemas']['WatiqaBirthFullCopyFormDelivery'];
export type WatiqaBirthFullCopyFormDeliveryAddress = components['schemas']['WatiqaBirthFullCopyFormDeliveryAddress'];
export type WatiqaBirthFullCopyFormDeliveryMethod = components['schemas']['WatiqaBirthFullCopyFormDeliveryMethod'];
export type WatiqaBirthFullCopyFormParents = components['schemas']['WatiqaBirthFullCopyFormParents'];
export type WatiqaBirthFullCopyFormPerson = components['schemas']['WatiqaBirthFullCopyFormPerson'];
export type WatiqaBirthFullCopyFormRegistry = components['schemas']['WatiqaBirthFullCopyFormRegistry'];
export type WatiqaBirthFullCopyFormRegistryBornIn = components['schemas']['WatiqaBirthFullCopyFormRegistryBornIn'];
export type WatiqaBirthFullCopyFormRegistryRegion = components['schemas']['WatiqaBirthFullCopyFormRegistryRegion'];
export type WatiqaBirthFullCopyRequest = components['schemas']['WatiqaBirthFullCopyRequest'];
export type WatiqaConsularRegistrationCertificateForm = components['schemas']['WatiqaConsularRegistrationCertificateForm'];
export type WatiqaConsularRegistrationCertificateFormContact = components['schemas']['WatiqaConsularRegistrationCertificateFormContact'];
export type WatiqaConsularRegistrationCertificateFormDelivery = components['schemas']['WatiqaConsularRegistrationCertificateFormDelivery'];
export type WatiqaConsularRegistrationCertificateFormDeliveryAddress = components['schemas']['WatiqaConsularRegistrationCertificateFormDeliveryAddress'];
export type WatiqaConsularRegistrationCertificateFormDeliveryMethod = components['schemas']['WatiqaConsularRegistrationCertificateFormDeliveryMethod'];
export type WatiqaConsularRegistrationCertificateFormPerson = components['schemas']['WatiqaConsularRegistrationCertificateFormPerson'];
export type WatiqaConsularRegistrationCertificateFormRegistration = components['schemas']['WatiqaConsularRegistrationCertificateFormRegistration'];
export type WatiqaConsularRegistrationCertificateRequest = components['schemas']['WatiqaConsularRegistrationCertificateRequest'];
export type Webhook = components['schemas']['Webhook'];
export type WebhookCaseEvent = components['schemas']['WebhookCaseEvent'];
export type WebhookCaseEventData = components['schemas']['WebhookCaseEventData'];
export type WebhookChallengeAnswer = components['schemas']['WebhookChallengeAnswer'];
export type WebhookDelivery = components['schemas']['WebhookDelivery'];
export type WebhookDeliveryPage = components['schemas']['WebhookDeliveryPage'];
export type WebhookDisabledEvent = components['schemas']['WebhookDisabledEvent'];
export type WebhookDisabledEventData = components['schemas']['WebhookDisabledEventData'];
export type WebhookPage = components['schemas']['WebhookPage'];
export type WebhookRequest = components['schemas']['WebhookRequest'];
export type WebhookTestEvent = components['schemas']['WebhookTestEvent'];
export type WebhookTestEventData = components['schemas']['WebhookTestEventData'];
export type WebhookUpdateRequest = components['schemas']['WebhookUpdateRequest'];
export type WebhookVerificationEvent = components['schemas']['WebhookVerificationEvent'];
export type WebhookVerificationEventData = components['schemas']['WebhookVerificationEventData'];
export type Worker = components['schemas']['Worker'];
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
