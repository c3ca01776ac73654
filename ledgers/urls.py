"""Addresses of ledger pages; the API has its own in ledgers.api.urls."""

from django.urls import include, path

from ledgers.views import divisions, entry, lists, members, saved

urlpatterns = [
    path("", include("ledgers.attachments.urls")),
    path("divisions/search", divisions.search),
    path("ledgers/", lists.index),
    path("ledgers/<slug:key>/", lists.show),
    path("ledgers/<slug:key>/new/", entry.create),
    path("ledgers/<slug:key>/check/", entry.check),
    path("ledgers/<slug:key>/draft/", entry.keep_draft),
    path("ledgers/<slug:key>/find/", members.find),
    path("ledgers/<slug:key>/columns/", saved.choose_columns),
    path("ledgers/<slug:key>/views/", saved.keep_view),
    path("ledgers/<slug:key>/views/<int:pk>/delete/", saved.drop_view),
    path("ledgers/<slug:key>/<str:member>/", members.show),
    path("ledgers/<slug:key>/<str:member>/history/", members.history),
    path("ledgers/<slug:key>/<str:member>/edit/", entry.edit),
    path("ledgers/<slug:key>/<str:member>/void/", entry.void),
    path("api/v1/", include("ledgers.api.urls")),
]
