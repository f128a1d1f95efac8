"""`/docs`: the API's description as a page for people, made by Redoc, which is shipped with the gateway."""
