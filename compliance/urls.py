from django.urls import path

from compliance import views

urlpatterns = [path("compliance/zero/<int:pk>/assign/", views.assign, name="zero-assign")]
