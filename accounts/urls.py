from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("password/", views.OwnPassword.as_view(), name="password"),
    path("settings/", views.own_settings, name="settings"),
    path("settings/feed/renew/", views.renew_feed, name="feed-renew"),
    path("settings/feed/revoke/", views.revoke_feed, name="feed-revoke"),
    path("accounts/posts/<int:pk>/hand-over/", views.hand_over, name="hand-over"),
    path("accounts/users/", views.users, name="users"),
    path("accounts/users/new/", views.user, name="user-new"),
    path("accounts/users/<int:pk>/", views.user, name="user"),
    path("accounts/users/<int:pk>/password/", views.password, name="user-password"),
    path("accounts/users/<int:pk>/token/", views.token, name="user-token"),
]
