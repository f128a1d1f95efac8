"""The few pages that people see themselves, in their language and direction."""

from __future__ import annotations

from html import escape

from litestar import MediaType, Response

from gateway.i18n.messages import Messages, direction

_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  body {{ font: 1.1rem/1.6 system-ui, "Noto Naskh Arabic", sans-serif; margin: 0; display: grid; place-items: center;
         min-height: 100vh; background: #f6f4ef; color: #1c1c1c }}
  main {{ max-width: 32rem; margin: 1rem; padding: 2rem; background: #fff; border-radius: .75rem;
         border-inline-start: .4rem solid #006233 }}
  h1 {{ font-size: 1.4rem; margin: 0 0 .5rem }}  p {{ margin: 0 }}
</style>
<main><h1>{title}</h1><p>{text}</p></main>
</html>"""


def returned(language: str, messages: Messages) -> Response[str]:
    """After the card page, when the frontend gave no address of its own."""
    text = messages.translator(language)
    page = _PAGE.format(
        language=escape(language),
        direction=direction(language),
        title=escape(text("page.returned.title")),
        text=escape(text("page.returned.text")),
    )
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        "Content-Language": language,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(page, media_type=MediaType.HTML, headers=headers)
