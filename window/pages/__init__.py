"""One module a page, or a few pages of one subject. Each has `ROUTES`; the application finds them by itself."""
