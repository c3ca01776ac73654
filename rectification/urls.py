"""Addresses of problems, inspections, samples and responsibilities; lists and forms have those of the ledgers."""

urlpatterns: list = []
