"""Cells on the workers of a Dask cluster: the client plans, divides and stores, a worker runs as one machine does.

Dask is an extra: only `connection` and `worker` import it, and only when it is used.
"""
