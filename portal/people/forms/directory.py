"""The forms of institutions, ranks, posts and crisis centers."""

from typing import Any

from wtforms import BooleanField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from portal.people.rules.centers import PlannedCenter, phones_of
from portal.people.rules.institutions import PlannedInstitution
from portal.people.rules.ranks import PlannedTitle
from portal.platform.forms import (
    DAY,
    WHOLE,
    BoxesField,
    ChoiceField,
    DayField,
    NumberField,
    Pairs,
    PortalForm,
    RecordForm,
    lines,
    options,
    text,
    titles,
)
from portal.platform.wording import _l


class InstitutionForm(RecordForm):
    """An institution with the names by which lists call it."""

    code = text(_l("Code"))
    name_ky = text(_l("Name in Kyrgyz"))
    name_ru = text(_l("Name in Russian"))
    name_en = text(_l("Name in English"))
    aliases = lines(_l("Further names in lists"))
    kind = ChoiceField(_l("Kind"))
    parent_id = ChoiceField(_l("Part of"))
    region_code = ChoiceField(_l("Region"))
    is_security_force = BooleanField(_l("Security force"))
    valid_from = DayField(_l("Exists from"), [Optional()])

    def offer(self, *, kinds: Pairs, institutions: Pairs, regions: Pairs) -> None:
        """Fill in what can be chosen."""
        self.kind.choices = options(kinds)
        self.parent_id.choices = options([("", _l("nothing: it stands at the top")), *institutions])
        self.region_code.choices = options([("", _l("the whole country")), *regions])

    def planned(self) -> PlannedInstitution:
        """Return the institution that was typed."""
        return PlannedInstitution(
            names=titles(self, "name"),
            kind=self.kind.data or "",
            aliases=tuple(filter(None, (self.aliases.data or "").splitlines())),
            parent_id=int(self.parent_id.data) if self.parent_id.data else None,
            region_code=self.region_code.data or None,
            is_security_force=self.is_security_force.data,
            valid_from=self.valid_from.data,
        )


class CloseForm(PortalForm):
    """The day from which an institution takes nobody any more."""

    version = NumberField(None, [InputRequired(WHOLE)], widget=HiddenInput())
    closed_on = DayField(_l("Closed from"), [InputRequired(DAY)])


class VersionForm(PortalForm):
    """One act on what was shown."""

    version = NumberField(None, [InputRequired(WHOLE)], widget=HiddenInput())


class PostForm(RecordForm):
    """A post, of one institution or of all."""

    code = text(_l("Code"))
    title_ky = text(_l("Title in Kyrgyz"))
    title_ru = text(_l("Title in Russian"))
    title_en = text(_l("Title in English"))
    place = NumberField(_l("Place in the list"), [InputRequired(WHOLE)])
    institution_id = ChoiceField(_l("Institution"))
    valid_from = DayField(_l("In use from"), [Optional()])
    closed_on = DayField(_l("No longer in use from"), [Optional()])

    def offer(self, institutions: Pairs) -> None:
        """Fill in what can be chosen."""
        self.institution_id.choices = options([("", _l("all institutions")), *institutions])

    def planned(self, code: str) -> PlannedTitle:
        """Return the post that was typed."""
        group: Any = self["rank_group"].data if "rank_group" in self else ""
        return PlannedTitle(
            code=code,
            titles=titles(self),
            place=self.place.data or 0,
            group=group or "",
            institution_id=int(self.institution_id.data) if self.institution_id.data else None,
            valid_from=self.valid_from.data,
            closed_on=self.closed_on.data,
        )


class RankForm(PostForm):
    """A rank with the group in which it is counted."""

    rank_group = ChoiceField(_l("Counted as"))


class CenterForm(RecordForm):
    """A crisis center: what it offers, to whom, and how to reach it."""

    name_ky = text(_l("Name in Kyrgyz"))
    name_ru = text(_l("Name in Russian"))
    name_en = text(_l("Name in English"))
    region_code = ChoiceField(_l("Region"), [InputRequired(_l("Choose the region."))])
    address_ky = text(_l("Address in Kyrgyz"))
    address_ru = text(_l("Address in Russian"))
    address_en = text(_l("Address in English"))
    phones = lines(_l("Phones"))
    hours_ky = text(_l("Hours in Kyrgyz"))
    hours_ru = text(_l("Hours in Russian"))
    hours_en = text(_l("Hours in English"))
    offers = BoxesField(_l("What it offers"))
    accepts = BoxesField(_l("Whom it takes in"))
    languages = BoxesField(_l("Languages spoken"))
    note_ky = text(_l("Note in Kyrgyz"))
    note_ru = text(_l("Note in Russian"))
    note_en = text(_l("Note in English"))
    closed_on = DayField(_l("Closed from"), [Optional()])

    def planned(self) -> PlannedCenter:
        """Return the center that was typed."""
        return PlannedCenter(
            names=titles(self, "name"),
            region_code=self.region_code.data or "",
            addresses=titles(self, "address"),
            phones=phones_of(self.phones.data or ""),
            hours=titles(self, "hours"),
            offers=tuple(self.offers.data or ()),
            accepts=tuple(self.accepts.data or ()),
            languages=tuple(self.languages.data or ()),
            notes=titles(self, "note"),
            closed_on=self.closed_on.data,
        )
