"""Telephone numbers as a portal abroad can use them: E.164, and only such as can be dialled from abroad."""

from __future__ import annotations

from gateway import typed_text


def typed(text: str) -> str:
    """The number that a person typed, in E.164: `0033 6 12 34 56 78` -> `+33612345678`.

    Only with a country code: a person abroad who writes 06... may mean either country. A number that is possible only
    within its area (`+44 1111`: `ValidationResult.IS_POSSIBLE_LOCAL_ONLY`) or that the numbering plan keeps for calls
    from inside the country (`can_be_internationally_dialled`) reaches nobody from a portal. Whether the number is in
    use is not asked, and the plan's blocks change faster than any table: a length that the plan knows is enough.
    E.164 has no extensions, and nothing is cut off in silence.
    Raises `ValueError` for anything else.
    """
    import phonenumbers  # here, because few processes read one, and its tables take their time

    number = typed_text.latin_digits(typed_text.bare(text))
    if number.startswith("00"):
        number = "+" + number[2:]
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        raise ValueError("not a telephone number with its country code") from None
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    dialled = phonenumbers.can_be_internationally_dialled(parsed)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE or not dialled or parsed.extension:
        raise ValueError("not a number that can be dialled from abroad")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
