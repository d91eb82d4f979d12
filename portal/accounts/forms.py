"""Forms for signing in and for accounts."""

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
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
from portal.accounts.rules import ACCOUNT_ROLES, Assignment, AssignmentFault
from portal.platform.forms import Pairs, PortalForm, add_error, options, visible
from portal.platform.i18n import NAMES, _l, label

# What a mail server takes: ASCII, one @, a host with a dot.
_ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"
_FIELDS = {
    AssignmentFault.REGIONS_MISSING: "region_codes",
    AssignmentFault.PROJECTS_MISSING: "project_ids",
    AssignmentFault.INSTITUTION_MISSING: "institution_id",
    AssignmentFault.ROLE_UNKNOWN: "role",
}
_TOO_LONG = _l("Give the name in at most 200 characters.")
_NAME = StringField(
    _l("Name"),
    [InputRequired(_TOO_LONG), Length(max=200, message=_TOO_LONG), visible],
    filters=[lambda typed: " ".join((typed or "").split())],
)
_EMAIL = EmailField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address.")), Length(max=254)])
_PASSWORD = PasswordField(_l("Password"), [InputRequired(_l("Enter your password.")), Length(max=200)])


class CodeForm(PortalForm):
    code = StringField(_l("Code"), [InputRequired(_l("Enter the code.")), Length(max=40)])


class AgainForm(PortalForm):
    """What proves that the owner of the account is still there."""

    password = _PASSWORD
    code = StringField(_l("Code"), [Length(max=40)])
    next = HiddenField()


class BoxesField(SelectMultipleField):
    """Any of the values that are offered, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SignInForm(PortalForm):
    email = _EMAIL
    password = _PASSWORD
    next = HiddenField()


class AccountForm(PortalForm):
    name = _NAME
    role = RadioField(_l("Role"), [InputRequired(_l("Choose the role."))])
    all_regions = BooleanField(_l("All regions"))
    region_codes = BoxesField(_l("Regions of the coordinator"))
    project_ids = BoxesField(_l("Projects of the donor"), coerce=int)
    institution_id = SelectField(_l("Institution of the focal point"), coerce=lambda value: int(value or 0))

    def offer(self, *, regions: Pairs, projects: Pairs, institutions: Pairs) -> None:
        self.role.choices = options([(role.value, label(role)) for role in ACCOUNT_ROLES])
        self.region_codes.choices = options(regions)
        self.project_ids.choices = options(projects)
        self.institution_id.choices = options([(0, _l("no institution")), *institutions])

    def assignment(self) -> Assignment:
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
            add_error(self[_FIELDS[fault]], label(fault))
        return fault is None


class ChangeAccountForm(AccountForm):
    version = IntegerField(widget=HiddenInput())

    @staticmethod
    def values(name: str, reach: Assignment, version: int) -> dict[str, Any]:
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
    email = EmailField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter the e-mail address.")),
            Length(max=254),
            Regexp(_ADDRESS, message=_l("Enter an e-mail address, such as name@example.org.")),
        ],
        filters=[lambda typed: (typed or "").strip()],
    )
    locale = SelectField(_l("Language of the mails"), choices=options(NAMES.items()))


class AddressForm(PortalForm):
    email = _EMAIL


class LinkForm(PortalForm):
    """A mailed link: the script sends what stands behind its #, a person may paste the whole."""

    token = StringField(
        _l("Link from the mail"),
        [InputRequired(_l("Paste the link from the mail.")), Length(max=300)],
        filters=[lambda typed: (typed or "").rpartition("#")[2].strip()],
    )


class NewPasswordForm(PortalForm):
    new_password = PasswordField(_l("New password"), [InputRequired(_l("Enter a new password."))])
    again = PasswordField(_l("The new password again"))

    def is_fit(self, role: Role, about: Sequence[str]) -> bool:
        """Tell whether the typed password will do, and say at its field why not."""
        typed = self.new_password.data or ""
        why = passwords.fault(typed, role, about)
        if why is not None:
            words = label(why) % {"least": passwords.minimum(role), "most": passwords.MAXIMUM}
            add_error(self.new_password, words)
        elif typed != self.again.data:
            add_error(self.again, _l("The two passwords differ."))
        return not self.errors


class JoinForm(NewPasswordForm):
    """The first password of an invited account, and the language that it is written to in."""

    token = HiddenField()
    locale = SelectField(_l("Language of the mails"), choices=options(NAMES.items()))


class ResetForm(NewPasswordForm):
    token = HiddenField()


class ChangePasswordForm(NewPasswordForm):
    password = PasswordField(
        _l("Present password"), [InputRequired(_l("Enter your present password.")), Length(max=passwords.MAXIMUM)]
    )


class ProfileForm(PortalForm):
    name = _NAME
    locale = SelectField(_l("Language of the pages and mails"), choices=options(NAMES.items()))
