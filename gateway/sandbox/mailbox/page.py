"""The pages of the mailboxes, in Arabic, French and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final
from urllib.parse import urlencode

from babel.dates import format_datetime

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "ar": {
        "title": "صناديق البريد التجريبية",
        "intro": "تصل إلى هنا رسائل البوابة في العرض التجريبي، ولا يصل أي منها إلى شخص حقيقي.",
        "all": "الكل",
        "none": "لم تصل أي رسالة بعد.",
        "back": "جميع الرسائل",
        "email": "بريد إلكتروني",
        "sms": "رسالة نصية",
        "from": "من",
        "to": "إلى",
        "at": "وصلت في",
        "twice": "وصلت {count} مرات",
        "text": "النص العادي",
        "html": "كما يعرضها برنامج البريد",
        "source": "المصدر",
    },
    "fr": {
        "title": "Boîtes de réception de démonstration",
        "intro": "Les messages de la passerelle arrivent ici ; aucun ne part vers une personne réelle.",
        "all": "Toutes",
        "none": "Aucun message n’est encore arrivé.",
        "back": "Tous les messages",
        "email": "courriel",
        "sms": "SMS",
        "from": "De",
        "to": "À",
        "at": "Reçu le",
        "twice": "reçu {count} fois",
        "text": "Texte brut",
        "html": "Tel qu’affiché par la messagerie",
        "source": "Source",
    },
    "en": {
        "title": "Sandbox mailboxes",
        "intro": "The gateway’s messages arrive here; none of them goes to a real person.",
        "all": "All",
        "none": "No message has arrived yet.",
        "back": "All messages",
        "email": "e-mail",
        "sms": "SMS",
        "from": "From",
        "to": "To",
        "at": "Arrived",
        "twice": "arrived {count} times",
        "text": "Plain text",
        "html": "As a mail program shows it",
        "source": "Source",
    },
}

_CURRENT: Final = ' aria-current="true"'
_STYLE: Final = """
* { box-sizing: border-box }
body { font: 1rem/1.6 system-ui, "Noto Sans Arabic", sans-serif; max-width: 46rem; margin: 0 auto;
       padding: 1rem; color: #1d2a26; background: #f6f7f5 }
h1 { font-size: 1.4rem; margin: .5rem 0 } h2 { font-size: 1rem; margin: 1.5rem 0 .3rem }
nav { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1rem 0 }
nav a { padding: .15rem .6rem; border: 1px solid #0b6b4f; border-radius: 1rem; color: #0b6b4f; text-decoration: none;
        overflow-wrap: anywhere }
nav a[aria-current] { background: #0b6b4f; color: #fff }
ol { list-style: none; padding: 0 } li a { display: block; background: #fff; border: 1px solid #d5dbd8;
     border-radius: .5rem; padding: .6rem .8rem; margin: .5rem 0; color: inherit; text-decoration: none }
li b { display: block; overflow-wrap: anywhere } small { color: #566; overflow-wrap: anywhere }
dl { display: grid; grid-template-columns: auto 1fr; gap: .2rem .8rem } dt { color: #566 } dd { margin: 0;
     overflow-wrap: anywhere }
iframe { width: 100%; height: 36rem; border: 1px solid #d5dbd8; border-radius: .5rem; background: #fff }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #fff; border: 1px solid #d5dbd8;
      border-radius: .5rem; padding: .8rem; font: inherit }
"""


def listed(messages: Sequence[Mapping[str, Any]], boxes: Mapping[str, int], lang: str, *, to: str) -> str:
    """The messages, newest first, of one address or of all."""
    text = TEXTS[lang]
    links = _link(text["all"], "", lang, current=not to)
    links += "".join(_link(f"{address} ({count})", address, lang, current=address == to)
                     for address, count in boxes.items())  # fmt: skip
    items = "".join(_item(each, lang) for each in messages)
    body = f"<ol>{items}</ol>" if items else f"<p>{text['none']}</p>"
    return _page(lang, text["title"], f"<h1>{text['title']}</h1><p>{text['intro']}</p><nav>{links}</nav>{body}")


def opened(message: Mapping[str, Any], lang: str) -> str:
    """One message: who, when, and what it says."""
    text, id = TEXTS[lang], message["id"]
    rows = [("from", message["from"]), ("to", message["to"]), ("at", _time(message, lang))]
    facts = "".join(f"<dt>{text[name]}</dt><dd><bdi>{escape(value)}</bdi></dd>" for name, value in rows)
    title = message.get("subject") or text[message["channel"]]
    parts = f'<h1 dir="auto">{escape(title)}</h1><dl>{facts}</dl>{_again(message, lang)}'
    if message.get("html"):
        parts += f'<h2>{text["html"]}</h2><iframe sandbox title="{text["html"]}" src="{id}/html"></iframe>'
    parts += f'<h2>{text["text"]}</h2><pre dir="auto">{escape(message["text"])}</pre>'
    if message.get("source"):
        parts += f'<p><a href="{id}/source">{text["source"]}</a></p>'
    return _page(lang, title, f'<p><a href="../?lang={lang}">{text["back"]}</a></p>{parts}')


def _item(message: Mapping[str, Any], lang: str) -> str:
    text = TEXTS[lang]
    title = message.get("subject") or message["text"]
    about = f"{text[message['channel']]} · <bdi>{escape(message['to'])}</bdi> · {_time(message, lang)}"
    return (
        f'<li><a href="messages/{message["id"]}?lang={lang}"><b dir="auto">{escape(title)}</b>'
        f"<small>{about}</small>{_again(message, lang)}</a></li>"
    )


def _again(message: Mapping[str, Any], lang: str) -> str:
    count = message["arrivals"]
    return f"<small> · {TEXTS[lang]['twice'].format(count=count)}</small>" if count > 1 else ""


def _link(label: str, to: str, lang: str, *, current: bool) -> str:
    query = urlencode({"to": to, "lang": lang} if to else {"lang": lang})
    return f'<a href="?{query}"{_CURRENT if current else ""}><bdi>{escape(label)}</bdi></a>'


def _time(message: Mapping[str, Any], lang: str) -> str:
    locale = {"ar": "ar_MA", "fr": "fr_MA", "en": "en_GB"}[lang]
    return format_datetime(datetime.fromisoformat(message["at"]), "medium", locale=locale)


def _page(lang: str, title: str, body: str) -> str:
    direction = "rtl" if lang == "ar" else "ltr"
    return (
        f'<!doctype html><html lang="{lang}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
