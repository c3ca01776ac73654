from django.urls import path

from households import (
    duplicate_views,
    find_views,
    grid_views,
    home_views,
    life_views,
    outgoing_views,
    risk_views,
    transfer_views,
    views,
)

urlpatterns = [
    path("find/", find_views.find, name="find"),
    path("grids/<str:code>/", grid_views.grid, name="grid"),
    path("cadre-links/change/", grid_views.change_cadre, name="change-cadre"),
    path("duplicates/search/", duplicate_views.search, name="duplicates-search"),
    path("duplicates/<int:key>/", duplicate_views.pair, name="duplicate"),
    path("households/<str:code>/", views.household, name="household"),
    path("households/<str:code>/home/change/", home_views.change_flat),
    path("homes/", home_views.titles),
    path("old-houses/", home_views.old_houses),
    path("old-houses/outgoing/", home_views.outgoing),
    path("households/<str:code>/disclose/", views.disclose, name="household-disclose"),
    path("risks/<int:pk>/", risk_views.show, name="risk-case"),
    path("risks/<int:pk>/<slug:key>/", risk_views.act, name="risk-act"),
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
