from django.urls import path

from employment import views

urlpatterns = [
    path("households/new/", views.entry, name="household-new"),
    path("households/<str:code>/edit/", views.entry, name="household-edit"),
]
