"""The window: the reference frontend of the MRE Services API, for people and for those who serve them.

It is a frontend like anybody else's: it calls the public API through the Python client and imports nothing of
`gateway`. `README.md` in this folder says how a page is added.
"""
