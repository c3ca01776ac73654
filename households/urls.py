from django.urls import path

from households import life_views, outgoing_views, transfer_views, views

urlpatterns = [
    path("households/<str:code>/", views.household, name="household"),
    path("households/<str:code>/disclose/", views.disclose, name="household-disclose"),
    path("households/<str:code>/life/<slug:key>/", life_views.act, name="life-act"),
    path("households/<str:code>/life/<int:pk>/undo/", life_views.undo, name="life-undo"),
    path("households/<str:code>/members/<int:pk>/leave/", life_views.leave, name="member-leave"),
    path("households/<str:code>/transfer/", transfer_views.offer, name="transfer-offer"),
    path("transfers/ask/", transfer_views.ask, name="transfer-ask"),
    path("transfers/<int:pk>/", transfer_views.show, name="transfer"),
    path("transfers/<int:pk>/<slug:key>/", transfer_views.act, name="transfer-act"),
    path("outgoing/", outgoing_views.index, name="outgoing"),
    path("outgoing/<str:code>/", outgoing_views.show, name="outgoing-household"),
]
