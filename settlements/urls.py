from django.urls import path

from settlements import views

urlpatterns = [
    path("settlements/search", views.search, name="settlement-search"),
    path("settlements/<str:code>/", views.settlement, name="settlement"),
]
