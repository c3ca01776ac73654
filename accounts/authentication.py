"""Programs sign in by token: `Authorization: Token KEY`."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken
from common import scope


class TokenAuthentication(BaseAuthentication):
    """Finds the token by its digest and puts the running transaction into the scope of its user."""

    keyword = "Token"

    def authenticate(self, request):
        parts = get_authorization_header(request).split()
        if not parts or parts[0].decode("latin-1").lower() != "token":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed(_("The Authorization header must read: Token KEY."))
        token = ApiToken.holder_of(parts[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed(_("This token is unknown or was revoked. Ask your administrator for a new one."))
        scope.take_over(token.user)
        return token.user, token

    def authenticate_header(self, request):
        return self.keyword


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token KEY"}
