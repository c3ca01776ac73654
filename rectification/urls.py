"""Addresses of problems, inspections, samples and responsibilities; lists and forms have those of the ledgers."""

from django.urls import include, path

urlpatterns: list = [
    path("", include("rectification.item_urls")),
]
