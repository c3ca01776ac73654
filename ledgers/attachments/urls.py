"""Addresses of attachments; the API has its own in ledgers.api.urls."""

from django.urls import path

from ledgers.attachments import views

urlpatterns = [
    path("attachments/<int:pk>/", views.show),
    path("attachments/<int:pk>/thumbnail/", views.thumbnail),
    path("attachments/<int:pk>/elsewhere/", views.elsewhere),
    path("attachments/<int:pk>/withdraw/", views.withdraw),
    path("ledgers/<slug:key>/<str:member>/attachments/", views.collection),
]
