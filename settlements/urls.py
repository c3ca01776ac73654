from django.urls import path

from settlements import views

urlpatterns = [path("settlements/<str:code>/", views.settlement, name="settlement")]
