"""Addresses of imports."""

from django.urls import path

from ledgers.imports import views

urlpatterns = [
    path("ledgers/<slug:key>/import/", views.upload, name="import"),
    path("ledgers/<slug:key>/import/<uuid:job_id>/", views.review, name="import-review"),
]
