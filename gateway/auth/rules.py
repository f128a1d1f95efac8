"""What each rule of the policy means, in words, for whoever reads a decision years later.

A version stays here after the rule has got a newer one: the log has decisions by it.
"""

from __future__ import annotations

import re
from typing import Final

_RULES: Final = {
    "public@1": "the route is open to everybody and needs no token",
    "token@1": "a call needs an access token (RFC 9068) of a trusted issuer, for this gateway, signed, in its time, "
    "and of a known client",
    "token@2": "as token@1; besides, the issuer must be entitled to what the token says, and the call must prove what "
    "the token is bound to",
    "scope:{}@1": "the token must carry the scope {}, and the client must be one that may have it",
    "acr:{}@1": "the person must have signed in with at least the assurance level {} of Regulation (EU) 910/2014, "
    "article 8",
    "owner:person@1": "a citizen may only touch what belongs to the person that the token names",
    "owner:client@1": "an application may only touch what it created itself for no person in particular",
    "owner:none@1": "auditors and operators own nothing, so nothing is theirs to touch",
    "owner:mandate@1": "an agent may only touch what belongs to the person whose mandate the call names, and what the "
    "mandate is for",
    "owner:mandate@2": "an agent may only touch what belongs to the person whose mandate the call names and what the "
    "mandate is for, and what was filed before it was given only if it says so",
    "mandate:named@1": "an agent does nothing without naming a mandate",
    "mandate:valid@1": "the mandate must be in force, and this agent must hold it",
    "mandate:service@1": "the mandate must cover the service or portal",
    "mandate:{}@1": "the mandate must give the scope {}",
    "mandate:code@1": "a mandate is taken up with the code that the person was given, once and in its time",
    "mandate:tries@1": "an agent who gave too many wrong codes has to wait",
    "tracking:proof@1": "what is not filed here is shown to whoever proves to know it; verified claims win over what "
    "is typed, and after too many wrong proofs nobody is answered for a time",
    "mandate:party@1": "a mandate is shown to, and ended by, who gave it and who holds it",
    "personal:in_person@1": "nobody does this for somebody else, whatever a mandate says",
    "subject:self@1": "the service is for oneself: the form may name nobody but the person whom the sign-in verified",
    "subject:child@1": "a demand about a child needs the parent's or guardian's verified identity, and a proof",
    "subject:spouse@1": "a demand about a spouse needs a verified identity, and a proof",
    "subject:parent@1": "a demand about a parent needs a verified identity, and a proof",
    "subject:company@1": "a demand of a company needs a verified identity, and a proof that the person may act for it",
    "subject:anyone@1": "a demand about somebody else needs a verified identity, and a proof where the service says so",
    "rate:{}@1": "so many calls may be made in so many seconds, counted for {}",
    "kind:{}@1": "only callers of the kind {} may do this",
    "portal:own@1": "an agency sees the portals that its token has the scope `portal:<id>` for, and no other",
    "post:serves@1": "an agent sees the appointments of the posts that her identity provider names and her agency has, "
    "and their cases for some days around",
    "callback.authentic@1": "a portal's callback must be authentic by the scheme of that portal",
    "retention:records-days@1": "records older than `audit.records_days` are deleted by whole months; hashes stay",
    "probe:settings@1": "the settings let the gateway ask a portal, by calls that change nothing, whether it still "
    "answers as recorded",
    "machine-user@1": "whoever may read the gateway's store on its machine may use the command there",
}
_REASONS: Final = {
    "scope_missing": "the token did not carry it",
    "assurance_too_low": "the sign-in was weaker",
    "another_portal": "the token is for other portals",
    "another_post": "the agent does not serve at this post",
    "not_the_owner": "it belongs to somebody else",
    "service_not_given": "the mandate is not for this service",
    "filed_before_mandate": "the case was filed before the mandate was given, which does not cover that",
    "scope_not_given": "the mandate does not give this scope",
    "too_many_tries": "too many wrong answers came before",
    "by_proof": "the proof was right",
    "wrong_proof": "the portal found nothing by that proof",
    "no_answer": "the portal did not answer",
    "not_a_party": "it is a mandate between others",
    "is_agent": "the caller is an agent",
    "another_person": "the form names somebody else where the requester has to stand",
    "claim_missing": "the sign-in did not verify what the form needs",
    "no_verified_person": "no person is behind the call, or none whose identity was verified",
    "no_document": "the form brings no document that proves the relation",
    "named_by_another_person": "somebody else's form names the person",
    "tried_by_another_person": "somebody else tried to reach what belongs to the person",
    "shown_to_another_person": "an agent's list told of the person",
}
_GENERAL: Final = re.compile(r"(scope|acr|mandate|kind|rate):([^@]+)@([0-9]+)")


def meaning(rule: str) -> str:
    """`scope:cases.write@1` in words; empty for a rule that this version does not know."""
    if rule in _RULES:
        return _RULES[rule]
    if match := _GENERAL.fullmatch(rule):
        kind, what, version = match.groups()
        named = what.replace(".", ":") if kind in ("scope", "mandate") else what  # the policy writes it so
        return _RULES.get(f"{kind}:{{}}@{version}", "").format(named)
    return ""


def reason(word: str) -> str:
    """Why a rule decided so, in words; the word itself if it is not known."""
    return _REASONS.get(word, word.replace("_", " "))
