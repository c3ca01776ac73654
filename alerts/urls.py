from django.urls import path

from alerts.views import feed, inbox, month

urlpatterns = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/acknowledge/", inbox.acknowledge, name="inbox-acknowledge"),
    path("calendar/", month.month, name="calendar"),
    path("calendar/<str:key>.ics", feed.feed, name="calendar-feed"),
]
