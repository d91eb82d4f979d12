"""Forms of signing in and of accounts."""

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
from portal.accounts.rules.states import ACCOUNT_ROLES, Assignment, AssignmentFault
from portal.platform.forms import Pairs, PortalForm, options
from portal.platform.wording import _l

_ADDRESS = r"^[!-~]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$"  # What a mail server takes: ASCII, one @, a host with a dot.
_ROLES = {
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.COORDINATOR: _l("Coordinator"),
    Role.VETTING_OFFICER: _l("Vetting officer"),
    Role.FOCAL_POINT: _l("Focal point"),
    Role.DONOR: _l("Donor"),
    Role.AUDITOR: _l("Auditor"),
}
_NAME = _l("Give the name in at most 200 characters.")
_MISSING = {
    AssignmentFault.REGIONS_MISSING: ("region_codes", _l("Choose at least one region, or all of them.")),
    AssignmentFault.PROJECTS_MISSING: ("project_ids", _l("Choose at least one project.")),
    AssignmentFault.INSTITUTION_MISSING: ("institution_id", _l("Choose the institution.")),
    AssignmentFault.ROLE_UNKNOWN: ("role", _l("Choose the role.")),
}


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
        [InputRequired(_NAME), Length(max=200, message=_NAME)],
        filters=[lambda typed: " ".join((typed or "").split())],
    )
    role = RadioField(_l("Role"), [InputRequired(_l("Choose the role."))])
    all_regions = BooleanField(_l("All regions"))
    region_codes = BoxesField(_l("Regions of the coordinator"))
    project_ids = BoxesField(_l("Projects of the donor"), coerce=int)
    institution_id = SelectField(_l("Institution of the focal point"), coerce=lambda value: int(value or 0))
    version = IntegerField(widget=HiddenInput())

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
    locale = SelectField(_l("Language of the mails"))


def _add_error(field: Field, words: Any) -> None:
    field.errors = [*field.errors, words]
