"""Benchmarks of the figures that the project promises; docs/performance.md explains them. Run: script/bench [NAME...]."""
