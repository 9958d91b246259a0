"""Benchmarks of docs/benchmarks.md; each module has one `run(quick=…)`."""
