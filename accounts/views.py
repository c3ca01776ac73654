"""Signing in and out, one's own password, and the administrator's pages for accounts."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions, post_actions
from accounts.forms import HandOverForm, SettingsForm, UserForm
from accounts.models import CalendarFeed, Post, User
from accounts.posts import receivers_of
from accounts.roles import check
from common import clock
from common.models import STANDING
from common.posting import answers_post
from common.problems import Refused
from divisions.queries import names_of


class SignIn(LoginView):
    template_name = "registration/login.html"
    redirect_authenticated_user = True
    # The view's own name for the site would be its host.
    extra_context = {"site_name": gettext_lazy("Relocation follow-up")}

    def get_success_url(self) -> str:
        if self.request.user.must_change_password:
            return reverse("password")
        return super().get_success_url()


class OwnPassword(PasswordChangeView):
    template_name = "accounts/password.html"
    success_url = "/"

    def form_valid(self, form) -> HttpResponse:
        user = form.save()
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("Your password was changed."))
        return redirect("/")


@login_required
def users(request: HttpRequest) -> HttpResponse:
    """All accounts with role, unit and scopes."""
    check(request.user, "read", "users")
    found = list(User.objects.select_related("unit").prefetch_related("scopes"))
    names = names_of((scope.region for user in found for scope in user.scopes.all()), clock.today())
    rows = [
        {
            "id": user.pk,
            "url": reverse("user", args=[user.pk]),
            "cells": [
                {"text": user.username},
                {"text": user.display_name},
                {"text": user.role_label},
                {"text": user.unit_name},
                {
                    "text": "、".join(
                        names.get(s.region, _("the whole nation") if not s.region else str(s.region))
                        for s in user.scopes.all()
                    )
                },
                {"text": _("active") if user.is_active else _("closed"), "tag": "ok" if user.is_active else "neutral"},
            ],
        }
        for user in found
    ]
    table = {
        "caption": _("Accounts"),
        "rows": rows,
        "columns": [
            {"key": key, "label": label}
            for key, label in [
                ("username", _("User name")),
                ("name", _("Name")),
                ("role", _("Role")),
                ("unit", _("Unit")),
                ("scopes", _("Divisions")),
                ("active", _("State")),
            ]
        ],
    }
    return render(request, "accounts/users.html", {"table": table})


@login_required
def user(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Create an account or change one."""
    check(request.user, "write", "users")
    stored = get_object_or_404(User, pk=pk) if pk else None
    data = request.POST if request.method == "POST" else None
    form = UserForm.of(stored, data) if stored else UserForm(data)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_user(by=request.user, user=stored, **form.cleaned_data)
        except Refused as refused:
            for problem in refused.problems:
                form.add_error(problem.field, problem.message)
        else:
            messages.success(request, _("The account %(name)s was saved.") % {"name": saved.username})
            if stored is None:
                return _show_password(request, saved)
            return redirect("users")
    return _show_form(request, "accounts/user.html", form, {"account": stored})


def _show_form(request: HttpRequest, template: str, form: Form, context: dict) -> HttpResponse:
    """A page with one form; what is wrong stands in the summary and at the fields."""
    errors = [
        {
            "message": f"{form[name].label}：{error}" if name in form.fields else error,
            "field_id": form[name].id_for_label if name in form.fields else "",
        }
        for name, found in form.errors.items()
        for error in found
    ]
    return render(request, template, {"form": form, "errors": errors, **context}, status=422 if errors else 200)


@login_required
@answers_post(
    "/accounts/users/{pk}/",
    gettext_lazy("A password or token is shown once. If it was not noted, give a new one."),
)
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody a new password, shown once."""
    return _show_password(request, get_object_or_404(User, pk=pk))


def _show_password(request: HttpRequest, account: User) -> HttpResponse:
    given = actions.give_password(account, by=request.user)
    return render(request, "accounts/secret.html", {"account": account, "secret": given, "kind": "password"})


@login_required
@answers_post(
    "/accounts/users/{pk}/",
    gettext_lazy("A password or token is shown once. If it was not noted, give a new one."),
)
def token(request: HttpRequest, pk: int) -> HttpResponse:
    """Give somebody an API token, shown once."""
    account = get_object_or_404(User, pk=pk)
    given = actions.give_token(account, _("given by %(name)s") % {"name": request.user}, by=request.user)
    return render(request, "accounts/secret.html", {"account": account, "secret": given, "kind": "token"})


@login_required
@never_cache
def own_settings(request: HttpRequest) -> HttpResponse:
    """The user's own e-mail, digest and calendar feed."""
    user = request.user
    stored = {"email": user.email, "wants_digest": user.wants_digest}
    form = (
        SettingsForm(request.POST or None, initial=stored) if request.method == "POST" else SettingsForm(initial=stored)
    )
    if request.method == "POST" and form.is_valid():
        actions.save_settings(user, **form.cleaned_data)
        messages.success(request, _("Your settings were saved."))
        return redirect("settings")
    return _show_settings(request, form)


def _show_settings(request: HttpRequest, form: Form, key: str = "") -> HttpResponse:
    address = f"{settings.SITE_URL}/calendar/{key}.ics" if key else ""
    feed = CalendarFeed.objects.filter(user=request.user, revoked_at=None).first()
    return _show_form(request, "accounts/settings.html", form, {"feed": feed, "address": address})


@login_required
@never_cache
@answers_post(
    "/settings/",
    gettext_lazy("The calendar address is shown once. If it was not noted, make a new one."),
)
def renew_feed(request: HttpRequest) -> HttpResponse:
    """A new secret address, shown once; the one before is void."""
    key = actions.give_feed(request.user)
    stored = {"email": request.user.email, "wants_digest": request.user.wants_digest}
    return _show_settings(request, SettingsForm(initial=stored), key)


@login_required
@require_POST
def revoke_feed(request: HttpRequest) -> HttpResponse:
    if actions.revoke_feed(request.user):
        messages.success(request, _("The calendar address was revoked."))
    return redirect("settings")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """The next person on a post, or a substitute beside its holder."""
    user, on = request.user, clock.today()
    check(user, "write", "post-holdings")
    post = get_object_or_404(Post.objects.visible_to(user).filter(STANDING), pk=pk)
    form = HandOverForm(post, user, request.POST if request.method == "POST" else None, initial={"from_on": on})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            holding = post_actions.put_on_post(post, told.pop("user"), told.pop("from_on"), by=user, **told)
        except Refused as refused:
            for problem in refused.problems:
                form.add_error(problem.field if problem.field in form.fields else None, problem.message)
        else:
            messages.success(
                request,
                _("%(person)s holds the post %(post)s from %(day)s.")
                % {"person": holding.user, "post": post, "day": holding.from_on},
            )
            return redirect(f"/ledgers/posts/{post.pk}/")
    holders = "、".join(map(str, receivers_of([post.pk], on).get(post.pk, ())))
    return _show_form(request, "accounts/hand_over.html", form, {"post": post, "holders": holders})
