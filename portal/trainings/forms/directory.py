"""The forms of courses, projects, donors and venues."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from wtforms import BooleanField, FieldList, Form, FormField
from wtforms.validators import InputRequired, Optional

from portal.platform.forms import (
    WHOLE,
    BoxesField,
    ChoiceField,
    NumberField,
    RecordForm,
    add_error,
    lines,
    paragraph,
    text,
    titles,
)
from portal.platform.wording import _l
from portal.trainings.rules.directory import (
    MOST_SIGNATORIES,
    PlannedCourse,
    PlannedDonor,
    PlannedProject,
    PlannedSignatory,
    PlannedVenue,
)


class DonorForm(RecordForm):
    """Who pays."""

    code = text(_l("Code"))
    name_ky = text(_l("Name in Kyrgyz"))
    name_ru = text(_l("Name in Russian"))
    name_en = text(_l("Name in English"))

    def planned(self, code: str) -> PlannedDonor:
        """Return the donor that was typed."""
        return PlannedDonor(code, titles(self, "name"))


class CourseForm(RecordForm):
    """The design of trainings."""

    code = text(_l("Code"))
    title_ky = text(_l("Title in Kyrgyz"))
    title_ru = text(_l("Title in Russian"))
    title_en = text(_l("Title in English"))
    hours = NumberField(_l("Hours on the certificate"), [InputRequired(WHOLE)])
    objectives_ky = lines(_l("Objectives in Kyrgyz"))
    objectives_ru = lines(_l("Objectives in Russian"))
    objectives_en = lines(_l("Objectives in English"))

    def planned(self, code: str) -> PlannedCourse:
        """Return the course that was typed."""
        return PlannedCourse(code, titles(self), self.hours.data or 0, titles(self, "objectives"))


class SignatoryForm(Form):
    """Who signs: one name as printed, the post in three languages."""

    name = text(_l("Name as printed"))
    post_ky = text(_l("Post in Kyrgyz"))
    post_ru = text(_l("Post in Russian"))
    post_en = text(_l("Post in English"))

    @property
    def is_filled(self) -> bool:
        """Tell whether anything was typed."""
        return bool(self.name.data or titles(self, "post"))


class ProjectForm(RecordForm):
    """A funding line with what its certificates print."""

    rows: ClassVar[Mapping[str, Any]] = {"signatories": _l("Signatory %(number)s")}
    code = text(_l("Code"))
    title_ky = text(_l("Title in Kyrgyz"))
    title_ru = text(_l("Title in Russian"))
    title_en = text(_l("Title in English"))
    donors = BoxesField(_l("Donors"), choices=[])
    certificate_series = text(_l("Series of the certificates' numbers"), default="C")
    is_vetting_required = BooleanField(_l("Participants need vetting"))
    organizers_ky = paragraph(_l("Organizers in Kyrgyz"))
    organizers_ru = paragraph(_l("Organizers in Russian"))
    organizers_en = paragraph(_l("Organizers in English"))
    acknowledgement_ky = paragraph(_l("Acknowledgement in Kyrgyz"))
    acknowledgement_ru = paragraph(_l("Acknowledgement in Russian"))
    acknowledgement_en = paragraph(_l("Acknowledgement in English"))
    signatories = FieldList(
        FormField(SignatoryForm),
        label=_l("Signatories"),
        min_entries=MOST_SIGNATORIES,
        max_entries=MOST_SIGNATORIES,
    )

    def planned(self, code: str) -> PlannedProject:
        """Return the project that was typed; who signs moves up where a place before is empty."""
        return PlannedProject(
            code=code,
            titles=titles(self),
            certificate_series=self.certificate_series.data or "",
            is_vetting_required=self.is_vetting_required.data,
            organizers=titles(self, "organizers"),
            acknowledgement=titles(self, "acknowledgement"),
            signatories=tuple(
                PlannedSignatory(entry.form.name.data or "", titles(entry.form, "post"))
                for entry in self._filled_signatories()
            ),
        )

    def show(self, faults: Iterable[Any], wording: Callable[[Any], str]) -> None:
        """Put the words of each fault beside its field; a signatory's place counts the filled ones."""
        filled = self._filled_signatories()
        for fault in faults:
            owner: Any = self if fault.place is None else filled[fault.place]
            add_error(owner[fault.field], wording(fault))

    def _filled_signatories(self) -> list[Any]:
        return [entry for entry in self.signatories if entry.form.is_filled]


class VenueForm(RecordForm):
    """A place by name, its clock, and how to find and reach it."""

    region_code = ChoiceField(_l("Region"), [InputRequired(_l("Choose the region."))], choices=[])
    name_ky = text(_l("Name in Kyrgyz"))
    name_ru = text(_l("Name in Russian"))
    name_en = text(_l("Name in English"))
    address_ky = text(_l("Address in Kyrgyz"))
    address_ru = text(_l("Address in Russian"))
    address_en = text(_l("Address in English"))
    hall_capacity = NumberField(_l("Places in the hall"), [Optional()])
    contact = text(_l("Whom to call"))
    contact_phone = text(_l("Phone"))
    time_zone = text(_l("Time zone"), default="Asia/Bishkek")

    def planned(self) -> PlannedVenue:
        """Return the venue that was typed."""
        return PlannedVenue(
            names=titles(self, "name"),
            time_zone=self.time_zone.data or "",
            addresses=titles(self, "address"),
            hall_capacity=self.hall_capacity.data,
            contact=self.contact.data or "",
            contact_phone=self.contact_phone.data or "",
        )
