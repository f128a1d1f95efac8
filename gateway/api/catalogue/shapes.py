"""What the catalogue tells of services."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from msgspec import Meta

from gateway.api.http.shapes import AtPortal, Availability, Money, Page, PortalId, Shape
from gateway.connectors.levels import Level
from gateway.connectors.services import Acr, Audience


class DeadlineView(Shape, kw_only=True):
    """How long a portal may take by law: of a service, and of one case."""

    code: Annotated[
        Literal["answer", "acknowledge", "triage"],
        Meta(
            description="`answer` for the whole demand; `acknowledge` and `triage` on the way to it.",
            examples=["answer"],
        ),
    ]
    title: str
    days: Annotated[int | None, Meta(description="From filing. Null if the service is not offered any more.")]
    due_on: Annotated[
        date | None, Meta(description="Of a case: the last day, as it is dated in Morocco. Null for a service.")
    ] = None
    passed: Annotated[bool, Meta(description="Of a case: that day went by without what was due.")] = False
    basis: Annotated[str | None, Meta(description="The law.", examples=["Law 55-19"])] = None


class CategoryView(Shape, kw_only=True):
    id: Annotated[str, Meta(examples=["civil-status"])]
    title: str
    service_count: Annotated[
        int | None, Meta(description="In a list of categories: how many services there are of it in all.")
    ] = None


class CostView(Shape, kw_only=True):
    kind: Annotated[
        Literal["none", "fixed", "per", "later"],
        Meta(
            description="`none`: nothing is paid when filing. `fixed`: `amount`. `per`: `amount` times the form member "
            "that `per` names. `later`: the portal may ask for a fee on the way, and says then how much."
        ),
    ]
    text: str
    amount: Money | None = None
    per: Annotated[
        str | None,
        Meta(description="JSON pointer to the form member that multiplies the amount.", examples=["/copies"]),
    ] = None
    portal: Annotated[PortalId | None, Meta(description="The portal that takes the money.")] = None


class ServiceStep(AtPortal, kw_only=True):
    step: Annotated[Literal["fee", "filing", "later_fee", "appointment", "delivery"], Meta(examples=["filing"])]
    title: str
    availability: Availability


class Suggestion(Shape, kw_only=True):
    id: str
    title: str
    url: str


class ConcernView(Shape, kw_only=True):
    """One way in which a service may concern somebody. Of several, the form's member `when` says which it is."""

    whom: Annotated[
        Literal["self", "child", "spouse", "parent", "company", "anyone"],
        Meta(description="From the side of who asks; `anyone` with proof `none` is about nobody."),
    ]
    proof: Annotated[
        Literal["claims", "document", "portal", "none"],
        Meta(
            description="`claims`: it is about the person who signed in. `document`: the form brings one of "
            "`evidence`. `portal`: the portal decides."
        ),
    ]
    basis: Annotated[str, Meta(description="The law, or `assumed: ...`.", examples=["law 36-21 on civil status"])]
    when: Annotated[str | None, Meta(description="JSON pointer into the form.", examples=["/capacity"])] = None
    values: Annotated[list[str], Meta(description="What the form says there.")] = []
    person: Annotated[
        list[str], Meta(description="Where the form says who it is about; of several, one.", examples=[["/person"]])
    ] = []
    requester: Annotated[str | None, Meta(description="Where it says who asks, if that is somebody else.")] = None
    evidence: Annotated[list[str], Meta(description="Where it takes a document that proves the relation.")] = []
    kinds: Annotated[list[str], Meta(description="Which kinds of document do; empty for any.")] = []


class ServiceView(AtPortal, kw_only=True):
    id: Annotated[str, Meta(description="`<portal>.<name>`.")]
    version: int
    language: Annotated[str, Meta(description="Language of `title` and `summary`; the longer texts may be in another.")]
    title: str
    summary: str
    category: CategoryView
    audience: Annotated[list[Audience], Meta(description="Whom the result is for: `person`, `child`, `business`.")]
    concerns: Annotated[list[ConcernView], Meta(description="Whose demand it may be, and how that is proved.")]
    who: Annotated[str | None, Meta(description="Who may ask.")]
    bring: Annotated[str | None, Meta(description="What to have at hand.")]
    competent_body: str | None
    appeal: str | None
    availability: Availability
    cost: CostView
    deadlines: Annotated[list[DeadlineView], Meta(description="Empty if no law sets one.")]
    deadline_text: Annotated[str, Meta(description="The deadline of the answer in a sentence, or that there is none.")]
    delivery_text: str
    steps: Annotated[
        list[ServiceStep], Meta(description="What happens in which order, at which portal, and its state.")
    ]
    purpose: Annotated[str, Meta(description="What personal data are processed for (law 09-08).")]
    acr: Annotated[Acr, Meta(description="Least assurance level of the access token.")]
    result_languages: list[str]
    available: bool
    form: Annotated[dict[str, Any] | None, Meta(description="JSON Schema 2020-12 of `form` in `POST /v1/cases`.")] = (
        None
    )
    example: Annotated[dict[str, Any] | None, Meta(description="A form that is valid.")] = None
    prefill: Annotated[
        dict[str, Any] | None,
        Meta(description="With a person's token: what is known already, from verified claims and earlier cases."),
    ] = None
    portal_level: Annotated[
        Level | None,
        Meta(description="With the scope `operate`: what the portal's connector has earned by the conformance kit."),
    ] = None
    object: Literal["service"] = "service"


class ServiceList(Page[ServiceView], kw_only=True):
    categories: Annotated[
        list[CategoryView], Meta(description="Those that have a service, whatever was asked for.")
    ] = []
    suggestions: Annotated[list[Suggestion], Meta(description="When nothing was found: what may have been meant.")] = []
