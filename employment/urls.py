from django.urls import path

from employment import views

urlpatterns = [
    path("households/new/", views.entry, name="household-new"),
    path("households/new/check/", views.check_field, name="household-new-check"),
    path("households/new/draft/", views.keep_draft, name="household-new-draft"),
    path("households/<str:code>/edit/", views.entry, name="household-edit"),
    path("households/<str:code>/edit/check/", views.check_field, name="household-check"),
    path("households/<str:code>/edit/draft/", views.keep_draft, name="household-draft"),
    path("households/<str:code>/members/<int:pk>/leave/", views.leave, name="member-leave"),
]
