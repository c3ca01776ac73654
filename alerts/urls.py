from django.urls import path

from alerts import views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/acknowledge/", views.acknowledge, name="inbox-acknowledge"),
]
