"""Addresses of exports and templates."""

from django.urls import path

from ledgers.exports import views

urlpatterns = [
    path("ledgers/<slug:key>/export/", views.export_page, name="export"),
    path("ledgers/<slug:key>/template/", views.template, name="ledger-template"),
]
