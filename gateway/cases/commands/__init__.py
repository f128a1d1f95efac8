"""The use cases: one thing that a caller can do, in one module, with the services that it needs as its fields.

The caller, the audit entry of the call and the input are parameters. A use case raises its room's exceptions; the API
turns them into problems in one table (`gateway.api.http.problem_table`).
"""
