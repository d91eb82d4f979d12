"""Forms for signing in and for accounts."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from portal.access.permissions import Role
from portal.accounts import passwords
from portal.accounts.passwords import PasswordFault
from portal.accounts.rules import ACCOUNT_ROLES, Assignment, AssignmentFault
from portal.platform.forms import Pairs, PortalForm, options, visible
from portal.platform.i18n import _l

# What a mail server takes: ASCII, one @, a host with a dot.
_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
_ROLES = {
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.COORDINATOR: _l("Coordinator"),
    Role.VETTING_OFFICER: _l("Vetting officer"),
    Role.FOCAL_POINT: _l("Focal point"),
    Role.DONOR: _l("Donor"),
    Role.AUDITOR: _l("Auditor"),
}
LANGUAGES = (("ky", "Кыргызча"), ("ru", "Русский"), ("en", "English"))
_PASSWORD_WORDS = {
    PasswordFault.TOO_SHORT: _l("Use at least %(least)s characters. A few words that belong to no saying do well."),
    PasswordFault.TOO_LONG: _l("Use at most %(most)s characters."),
    PasswordFault.GUESSABLE: _l(
        "This is among the first things that anybody would try: common passwords, rows of keys, names of people, "
        "places and offices. Use other words."
    ),
}
_NAME = _l("Give the name in at most 200 characters.")
_MISSING = {
    AssignmentFault.REGIONS_MISSING: ("region_codes", _l("Choose at least one region, or all of them.")),
    AssignmentFault.PROJECTS_MISSING: ("project_ids", _l("Choose at least one project.")),
    AssignmentFault.INSTITUTION_MISSING: ("institution_id", _l("Choose the institution.")),
    AssignmentFault.ROLE_UNKNOWN: ("role", _l("Choose the role.")),
}


class CodeForm(PortalForm):
    """A code of the app, or one of the paper."""

    code = StringField(_l("Code"), [InputRequired(_l("Enter the code.")), Length(max=40)])


class AgainForm(PortalForm):
    """What proves that the owner of the account is still there."""

    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=200)])
    code = StringField(_l("Code"), [Length(max=40)])
    next = HiddenField()


class BoxesField(SelectMultipleField):
    """Any of the values that are offered, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SignInForm(PortalForm):
    """Address and password."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address.")), Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=200)])
    next = HiddenField()


class AccountForm(PortalForm):
    """Who somebody is, what they may do, and what they reach."""

    name = StringField(
        _l("Name"),
        [InputRequired(_NAME), Length(max=200, message=_NAME), visible],
        filters=[lambda typed: " ".join((typed or "").split())],
    )
    role = RadioField(_l("Role"), [InputRequired(_l("Choose the role."))])
    all_regions = BooleanField(_l("All regions"))
    region_codes = BoxesField(_l("Regions of the coordinator"))
    project_ids = BoxesField(_l("Projects of the donor"), coerce=int)
    institution_id = SelectField(_l("Institution of the focal point"), coerce=lambda value: int(value or 0))

    def offer(self, *, regions: Pairs, projects: Pairs, institutions: Pairs) -> None:
        """Fill in what can be chosen."""
        self.role.choices = options([(role.value, _ROLES[role]) for role in ACCOUNT_ROLES])
        self.region_codes.choices = options(regions)
        self.project_ids.choices = options(projects)
        self.institution_id.choices = options([(0, _l("no institution")), *institutions])

    def assignment(self) -> Assignment:
        """Return the role and reach that were chosen."""
        regions = None if self.all_regions.data else frozenset(self.region_codes.data or ())
        return Assignment(
            Role(self.role.data),
            regions,
            frozenset(self.project_ids.data or ()),
            self.institution_id.data or None,
        ).trimmed()

    def validate(self, extra_validators: Any = None) -> bool:
        """Ask for what the chosen role cannot be without."""
        if not super().validate(extra_validators):
            return False
        fault = self.assignment().fault()
        if fault is not None:
            self.show(fault)
        return fault is None

    def show(self, fault: AssignmentFault) -> None:
        """Say at its field what the role lacks."""
        name, words = _MISSING[fault]
        _add_error(self[name], words)


class ChangeAccountForm(AccountForm):
    """An account as it is to be from now on."""

    version = IntegerField(widget=HiddenInput())

    @staticmethod
    def values(name: str, reach: Assignment, version: int) -> dict[str, Any]:
        """Return what the form shows of an account."""
        return {
            "name": name,
            "role": reach.role.value,
            "all_regions": reach.regions is None,
            "region_codes": sorted(reach.regions or ()),
            "project_ids": sorted(reach.project_ids),
            "institution_id": reach.institution_id or 0,
            "version": version,
        }


class InvitationForm(AccountForm):
    """Whom to invite."""

    email = EmailField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter the e-mail address.")),
            Length(max=254),
            Regexp(_ADDRESS, message=_l("Enter an e-mail address, such as name@example.org.")),
        ],
        filters=[lambda typed: (typed or "").strip()],
    )
    locale = SelectField(_l("Language of the mails"), choices=options(LANGUAGES))


class AddressForm(PortalForm):
    """Whose password was forgotten."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address.")), Length(max=254)])


class LinkForm(PortalForm):
    """A mailed link: the script sends what stands behind its #, a person may paste the whole."""

    token = StringField(
        _l("Link from the mail"),
        [InputRequired(_l("Paste the link from the mail.")), Length(max=300)],
        filters=[lambda typed: (typed or "").rpartition("#")[2].strip()],
    )


class NewPasswordForm(PortalForm):
    """A new password, typed twice."""

    new_password = PasswordField(_l("New password"), [InputRequired(_l("Enter a new password."))])
    again = PasswordField(_l("The new password again"))

    def is_fit(self, role: Role, about: Sequence[str]) -> bool:
        """Tell whether the typed password will do, and say at its field why not."""
        typed = self.new_password.data or ""
        why = passwords.fault(typed, role, about)
        if why is not None:
            words = str(_PASSWORD_WORDS[why]) % {"least": passwords.minimum(role), "most": passwords.MAXIMUM}
            _add_error(self.new_password, words)
        elif typed != self.again.data:
            _add_error(self.again, _l("The two passwords differ."))
        return not self.errors


class JoinForm(NewPasswordForm):
    """The first password of an invited account, and the language that it is written to in."""

    token = HiddenField()
    locale = SelectField(_l("Language of the mails"), choices=options(LANGUAGES))


class ResetForm(NewPasswordForm):
    """A new password in place of a forgotten one."""

    token = HiddenField()


class ChangePasswordForm(NewPasswordForm):
    """A new password in place of a known one."""

    password = PasswordField(
        _l("Present password"), [InputRequired(_l("Enter your present password.")), Length(max=passwords.MAXIMUM)]
    )


class ProfileForm(PortalForm):
    """How an account is called and written to."""

    name = StringField(
        _l("Name"),
        [InputRequired(_NAME), Length(max=200, message=_NAME), visible],
        filters=[lambda typed: " ".join((typed or "").split())],
    )
    locale = SelectField(_l("Language of the pages and mails"), choices=options(LANGUAGES))


def _add_error(field: Field, words: Any) -> None:
    field.errors = [*field.errors, words]
