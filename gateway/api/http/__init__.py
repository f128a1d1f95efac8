"""The HTTP server's own limits: of headers, of time, of connections. Before any route, and without a proxy in front."""
