from django.urls import path

from households import views

urlpatterns = [
    path("households/<str:code>/", views.household, name="household"),
    path("households/<str:code>/disclose/", views.disclose, name="household-disclose"),
]
