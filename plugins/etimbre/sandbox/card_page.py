"""The stand-in's card page, 3-D Secure page and way back, in Arabic, French and English. Pure: words in, HTML out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Final

TEXTS: Final = {
    "title": {"ar": "الأداء بالبطاقة البنكية", "fr": "Paiement par carte", "en": "Card payment"},
    "stand_in": {
        "ar": "بيئة تجريبية: لا يُقتطع أي مبلغ.",
        "fr": "Environnement d'essai : aucun montant n'est débité.",
        "en": "Test environment: no money is taken.",
    },
    "order": {"ar": "رقم الطلب", "fr": "Numéro de commande", "en": "Order number"},
    "amount": {"ar": "المبلغ", "fr": "Montant", "en": "Amount"},
    "pan": {"ar": "رقم البطاقة", "fr": "Numéro de carte", "en": "Card number"},
    "expiry": {
        "ar": "تاريخ انتهاء الصلاحية (MM/YY)",
        "fr": "Date d'expiration (MM/AA)",
        "en": "Expiry date (MM/YY)",
    },
    "cvc": {"ar": "رمز التحقق (CVC)", "fr": "Code de vérification (CVC)", "en": "Security code (CVC)"},
    "pay": {"ar": "أداء", "fr": "Payer", "en": "Pay"},
    "cancel": {"ar": "إلغاء", "fr": "Annuler", "en": "Cancel"},
    "secure_title": {"ar": "التحقق من هويتك", "fr": "Vérification de votre identité", "en": "Confirm it is you"},
    "secure_code": {
        "ar": "الرمز الذي أرسله بنكك (3-D Secure)",
        "fr": "Code envoyé par votre banque (3-D Secure)",
        "en": "Code sent by your bank (3-D Secure)",
    },
    "confirm": {"ar": "تأكيد", "fr": "Confirmer", "en": "Confirm"},
    "back_title": {"ar": "جارٍ الرجوع", "fr": "Retour en cours", "en": "Taking you back"},
    "back": {"ar": "متابعة", "fr": "Continuer", "en": "Continue"},
    "problem_title": {"ar": "تعذر الأداء", "fr": "Paiement impossible", "en": "Payment not possible"},
    "declined": {
        "ar": "رُفضت البطاقة ولم يُقتطع أي مبلغ. يمكنك استعمال بطاقة أخرى.",
        "fr": "La carte a été refusée, rien n'a été débité. Vous pouvez utiliser une autre carte.",
        "en": "The card was declined and nothing was taken. You can use another card.",
    },
    "card_number_invalid": {
        "ar": "رقم البطاقة غير صحيح.",
        "fr": "Le numéro de carte n'est pas valide.",
        "en": "The card number is not valid.",
    },
    "expiry_invalid": {
        "ar": "التاريخ غير صحيح أو انتهت صلاحية البطاقة.",
        "fr": "La date n'est pas valide ou la carte a expiré.",
        "en": "The date is not valid, or the card has expired.",
    },
    "cvc_invalid": {
        "ar": "الرمز مكون من ثلاثة أرقام.",
        "fr": "Le code comporte trois chiffres.",
        "en": "The code has three digits.",
    },
    "session_expired": {
        "ar": "انتهت مدة الجلسة. ابدأ الأداء من جديد.",
        "fr": "La session a expiré. Recommencez le paiement.",
        "en": "The session has expired. Start the payment again.",
    },
    "order_exists": {
        "ar": "هذا الطلب سبق استعماله.",
        "fr": "Cette commande a déjà été utilisée.",
        "en": "This order has been used already.",
    },
    "rejected": {
        "ar": "طلب الأداء غير صحيح.",
        "fr": "La demande de paiement n'est pas valide.",
        "en": "The payment request is not valid.",
    },
}

STYLE: Final = """
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif; }
body { margin: 0; background: Canvas; color: CanvasText; }
main { max-inline-size: 26rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.4rem; }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .25rem 1rem; }
dd { margin: 0; overflow-wrap: anywhere; text-align: end; font-variant-numeric: tabular-nums; }
label { display: block; margin-block-start: 1rem; }
input { box-sizing: border-box; inline-size: 100%; padding: .6rem; font: inherit; border: 1px solid;
  border-radius: .4rem; }
input[aria-invalid] { border-color: #b3261e; }
.alert { color: #b3261e; font-weight: 600; }
.note { opacity: .8; font-size: .9rem; }
button { margin-block-start: 1.25rem; padding: .7rem 1.4rem; font: inherit; border: 0; border-radius: .4rem; }
button.main { background: #0b5d3b; color: #fff; inline-size: 100%; }
:focus-visible { outline: 3px solid #1a73e8; outline-offset: 2px; }
"""
SCRIPT: Final = "document.forms[0].submit()"


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src {_source(STYLE)}; script-src {_source(SCRIPT)}",
    "referrer-policy": "no-referrer",
}


def language(wanted: str) -> str:
    return wanted if wanted in ("ar", "fr", "en") else "fr"


def card(
    *, lang: str, base_url: str, session: str, oid: str, amount: str, errors: Mapping[str, str], alert: str = ""
) -> str:
    """The form for the card: posts `session`, `pan`, `expiry`, `cvc` to /fim/pay. `errors`: text name by field."""

    def field(name: str, autocomplete: str, length: int) -> str:
        error = errors.get(name)
        invalid = f' aria-invalid="true" aria-describedby="{name}-error"' if error else ""
        said = f'<p class="alert" id="{name}-error">{_say(error, lang)}</p>' if error else ""
        return (
            f'<label for="{name}">{_say(name, lang)}</label>'
            f'<input id="{name}" name="{name}" inputmode="numeric" dir="ltr" autocomplete="{autocomplete}" '
            f'maxlength="{length}" required{invalid}>{said}'
        )

    said = f'<p class="alert" role="alert">{_say(alert, lang)}</p>' if alert else ""
    hidden = f'<input type="hidden" name="session" value="{escape(session)}">'
    return _page(
        lang,
        "title",
        f'<dl><dt>{_say("order", lang)}</dt><dd dir="ltr">{escape(oid)}</dd>'
        f'<dt>{_say("amount", lang)}</dt><dd dir="ltr">{escape(amount)} MAD</dd></dl>{said}'
        f'<form method="post" action="{escape(base_url)}/fim/pay">{hidden}'
        f"{field('pan', 'cc-number', 23)}{field('expiry', 'cc-exp', 7)}{field('cvc', 'cc-csc', 3)}"
        f'<button class="main">{_say("pay", lang)}</button></form>'
        f'<form method="post" action="{escape(base_url)}/fim/cancel">{hidden}'
        f"<button>{_say('cancel', lang)}</button></form>",
    )


def secure(*, lang: str, base_url: str, session: str) -> str:
    """The 3-D Secure page: posts `session` and `code` to /fim/3ds."""
    return _page(
        lang,
        "secure_title",
        f'<form method="post" action="{escape(base_url)}/fim/3ds">'
        f'<input type="hidden" name="session" value="{escape(session)}">'
        f'<label for="code">{_say("secure_code", lang)}</label>'
        '<input id="code" name="code" inputmode="numeric" dir="ltr" maxlength="8" autocomplete="one-time-code" '
        "required>"
        f'<button class="main">{_say("confirm", lang)}</button></form>',
    )


def back(*, lang: str, url: str, fields: Mapping[str, str]) -> str:
    """Sends the payer's browser back to the merchant with `fields`: by itself if AutoRedirect says so."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    script = f"<script>{SCRIPT}</script>" if fields.get("AutoRedirect") == "true" else ""
    return _page(
        lang,
        "back_title",
        f'<form method="post" action="{escape(url)}">{hidden}'
        f'<button class="main">{_say("back", lang)}</button></form>{script}',
    )


def problem(*, lang: str, code: str) -> str:
    """`code` is for whoever integrates; the payer reads a sentence."""
    text = code if code in TEXTS else "rejected"
    return _page(
        lang,
        "problem_title",
        f'<p role="alert">{_say(text, lang)}</p><p class="note"><code dir="ltr">{escape(code)}</code></p>',
    )


def _say(name: str, lang: str) -> str:
    return escape(TEXTS[name][lang])


def _page(lang: str, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_say(title, lang)}</title>'
        f"<style>{STYLE}</style></head><body><main><h1>{_say(title, lang)}</h1>{body}"
        f'<p class="note">{_say("stand_in", lang)}</p></main></body></html>'
    )
