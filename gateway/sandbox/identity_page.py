"""The login page of the sandbox identity provider, in Arabic, French and English. It asks for no password."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from gateway.sandbox.demo_identities import Agent, Person

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "ar": {
        "title": "مزوّد الهوية التجريبي",
        "intro": "هؤلاء الأشخاص خياليون، ولا حاجة إلى كلمة سر. من أنت؟",
        "other": "أو أدخل رقم بطاقة وطنية خيالية",
        "enter": "متابعة",
        "deny": "إلغاء",
        "wants": "يطلب التطبيق {client} الوصول باسمك.",
        "wrong_cnie": "رقم البطاقة الوطنية: حرف أو حرفان ثم رقم إلى سبعة أرقام لا تبدأ بصفر.",
        "wrong_agent": "لا يعمل هنا أحد بهذا الاسم.",
        "refused": "تعذّر إتمام الطلب",
        "end": "هل تريد تسجيل الخروج من مزوّد الهوية؟",
        "sign_out": "تسجيل الخروج",
        "ended": "لقد سُجّل خروجك، وأُبلغت التطبيقات التي دخلت إليها.",
    },
    "fr": {
        "title": "Fournisseur d’identité de démonstration",
        "intro": "Ces personnes sont fictives, aucun mot de passe n’est demandé. Qui êtes-vous ?",
        "other": "ou saisissez un numéro de CNIE fictif",
        "enter": "Continuer",
        "deny": "Annuler",
        "wants": "L’application {client} demande un accès en votre nom.",
        "wrong_cnie": "CNIE : une ou deux lettres, puis un à sept chiffres qui ne commencent pas par 0.",
        "wrong_agent": "Personne de ce nom ne travaille ici.",
        "refused": "Demande impossible",
        "end": "Voulez-vous vous déconnecter du fournisseur d’identité ?",
        "sign_out": "Se déconnecter",
        "ended": "Vous êtes déconnecté, et les applications où vous étiez connecté en sont informées.",
    },
    "en": {
        "title": "Sandbox identity provider",
        "intro": "These people are fictional, and no password is asked. Who are you?",
        "other": "or type a fictional CNIE number",
        "enter": "Continue",
        "deny": "Cancel",
        "wants": "The application {client} asks to act in your name.",
        "wrong_cnie": "CNIE: one or two letters, then one to seven digits that do not begin with 0.",
        "wrong_agent": "Nobody by that name works here.",
        "refused": "This request is not possible",
        "end": "Do you want to sign out of the identity provider?",
        "sign_out": "Sign out",
        "ended": "You are signed out, and the applications that you had signed in to have been told.",
    },
}

_STYLE: Final = """
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; color: #1d2a26 }
button { font: inherit; padding: .5rem 1rem; border: 1px solid #0b6b4f; border-radius: .4rem; background: #fff;
         cursor: pointer }
button.person { display: block; width: 100%; margin: .5rem 0; text-align: start }
input { font: inherit; padding: .5rem; border: 1px solid #789; border-radius: .4rem; width: 10rem }
.error { color: #a2200d } small { color: #566 }
"""


def language(*preferences: str) -> str:
    """The first language we have among `ui_locales` and `Accept-Language` values; French otherwise."""
    for preference in preferences:
        for tag in preference.replace(",", " ").split():
            primary = tag.partition(";")[0].partition("-")[0].lower()
            if primary in TEXTS:
                return primary
    return "fr"


def login(
    *,
    lang: str,
    client: str,
    people: Iterable[Person | Agent],
    fields: Mapping[str, str],
    action: str,
    wrong: bool = False,
) -> str:
    """`fields` is the authorisation request, carried along as it came."""
    text, known = TEXTS[lang], list(people)
    agents = isinstance(known[0], Agent)
    hidden = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in fields.items())
    buttons = "".join(_button(person, lang) for person in known)
    error = f'<p class="error" role="alert">{text["wrong_agent" if agents else "wrong_cnie"]}</p>' if wrong else ""
    other = (
        f'<form method="post" action="{escape(action)}">{hidden}'
        f'<p><label for="cnie">{text["other"]}</label><br>'
        f'<input id="cnie" name="cnie" dir="ltr" autocomplete="off" required> '
        f"<button>{text['enter']}</button></p></form>"
    )
    return _page(
        lang,
        f"<p>{escape(text['wants'].format(client=client))}</p><p>{text['intro']}</p>{error}"
        f'<form method="post" action="{escape(action)}">{hidden}{buttons}</form>'
        f"{'' if agents else other}"
        f'<form method="post" action="{escape(action)}">{hidden}'
        f'<p><button name="deny" value="1">{text["deny"]}</button></p></form>',
    )


def end(*, lang: str, fields: Mapping[str, str], action: str) -> str:
    """Asks whether the session is to end, of somebody whom no ID token names."""
    text = TEXTS[lang]
    hidden = "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(v)}">' for n, v in fields.items())
    button = f'<p><button name="sure" value="yes">{text["sign_out"]}</button></p>'
    return _page(lang, f'<p>{text["end"]}</p><form method="post" action="{escape(action)}">{hidden}{button}</form>')


def ended(*, lang: str) -> str:
    return _page(lang, f"<p>{TEXTS[lang]['ended']}</p>")


def refusal(*, lang: str, description: str) -> str:
    return _page(lang, f'<p class="error">{TEXTS[lang]["refused"]}</p><p lang="en" dir="ltr">{escape(description)}</p>')


def _button(person: Person | Agent, lang: str) -> str:
    name = person.name_ar if lang == "ar" else person.name
    where = f'<small><bdi>{person.city}</bdi> · <bdi dir="ltr">{person.login}</bdi></small>'
    return f'<button class="person" name="cnie" value="{person.login}">{escape(name)} {where}</button>'


def _page(lang: str, body: str) -> str:
    title = TEXTS[lang]["title"]
    direction = "rtl" if lang == "ar" else "ltr"
    return (
        f'<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
