"""The typed clients in `clients/`, against a gateway that is served."""
