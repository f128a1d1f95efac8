"""For agents: the post's day with check-in, what is late, notes, and the people she may act for.

For whom an agent acts is in her session, and every page says it (`layout/base.html`).
"""
