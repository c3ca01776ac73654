from django.urls import path

from households import home_views, views

urlpatterns = [
    path("households/<str:code>/", views.household, name="household"),
    path("households/<str:code>/home/change/", home_views.change_flat),
    path("homes/", home_views.titles),
    path("old-houses/", home_views.old_houses),
    path("old-houses/outgoing/", home_views.outgoing),
    path("households/<str:code>/disclose/", views.disclose, name="household-disclose"),
]
