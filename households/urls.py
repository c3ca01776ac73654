from django.urls import path

from households import risk_views, views

urlpatterns = [
    path("households/<str:code>/", views.household, name="household"),
    path("households/<str:code>/disclose/", views.disclose, name="household-disclose"),
    path("risks/<int:pk>/", risk_views.show, name="risk-case"),
    path("risks/<int:pk>/<slug:key>/", risk_views.act, name="risk-act"),
]
