"""Staff accounts in the admin: for administrators, by the verbs of `admissions.accounts`."""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from admissions import accounts
from admissions.exceptions import WorkflowError
from iop_site.roles import ROLES

for model in (User, Group, EmailAddress, Authenticator, UserSession):
    admin.site.unregister(model)


class InvitationForm(forms.ModelForm):
    """Whom to invite: the person's own address, which is also what they sign in with."""

    email = forms.EmailField(label=gettext_lazy("Their own e-mail address"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(one, one) for one in ROLES])

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "role")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(username=email).exists():
            raise forms.ValidationError(_("They have an account already."))
        return email


class StaffForm(forms.ModelForm):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=[(one, one) for one in ROLES])

    class Meta:
        model = User
        fields = ("first_name", "last_name", "role", "is_active")
        help_texts = {"is_active": gettext_lazy("Untick it and every session ends at once.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group = self.instance.groups.first() if self.instance.pk else None
        self.initial["role"] = group.name if group else ""


@admin.register(User)
class StaffAdmin(admin.ModelAdmin):
    """Members of staff. None is deleted, so that the record of what they did keeps its name."""

    form = StaffForm
    list_display = ("email", "name", "role", "is_active", "last_login", "second_factor", "sessions")
    list_filter = ("is_active", "groups")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    actions = ("invite_again", "end_sessions", "reset_second_factor")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factor = Authenticator.objects.filter(user=OuterRef("pk"))
        people = super().get_queryset(request).filter(is_staff=True).prefetch_related("groups")
        return people.annotate(has_factor=Exists(factor), session_count=Count("usersession"))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Let no address ask for the letters of a password's hash, as Django's own page does."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("name"))
    def name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def role(self, user: User) -> str:
        if user.is_superuser:
            return _("administrator")
        return ", ".join(group.name for group in user.groups.all())

    @admin.display(description=gettext_lazy("second factor"), boolean=True)
    def second_factor(self, user: Any) -> bool:
        return bool(user.has_factor)

    @admin.display(description=gettext_lazy("sessions"))
    def sessions(self, user: Any) -> int:
        return int(user.session_count)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form = StaffForm if obj else InvitationForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        """Carry out what was asked for, each change by its verb."""
        by: User = request.user
        if not change:
            accounts.invite(user=obj, role=form.cleaned_data["role"], by=by)
            return
        try:
            if {"first_name", "last_name"} & set(form.changed_data):
                accounts.rename(user=obj, by=by)
            if "role" in form.changed_data:
                accounts.set_role(user=obj, role=form.cleaned_data["role"], by=by)
            if "is_active" in form.changed_data:
                verb = accounts.reactivate if obj.is_active else accounts.deactivate
                verb(user=obj, by=by)
        except WorkflowError as error:
            messages.error(request, str(error))

    @admin.action(description=gettext_lazy("Send the invitation again"))
    def invite_again(self, request: Any, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, accounts.invite_again)

    @admin.action(description=gettext_lazy("Sign out everywhere"))
    def end_sessions(self, request: Any, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, accounts.end_sessions)

    @admin.action(description=gettext_lazy("Take away a lost second factor"))
    def reset_second_factor(self, request: Any, queryset: QuerySet[User]) -> None:
        self._each(request, queryset, accounts.reset_second_factor)

    def _each(self, request: Any, queryset: QuerySet[User], verb: Callable[..., None]) -> None:
        for user in queryset:
            try:
                verb(user=user, by=request.user)
            except WorkflowError as error:
                messages.error(request, f"{user.email}: {error}")
            else:
                messages.success(request, _("Done: %(email)s.") % {"email": user.email})
