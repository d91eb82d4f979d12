"""The words of the fixed lists: kinds of institutions, groups of ranks, and what crisis centers offer to whom."""

from collections.abc import Mapping
from typing import Any

from portal.people.rules.centers import Guest, Offer, Tongue
from portal.people.rules.institutions import InstitutionKind
from portal.people.rules.ranks import RankGroup
from portal.platform.wording import _l

KINDS: Mapping[str, Any] = {
    InstitutionKind.MINISTRY: _l("Ministry"),
    InstitutionKind.COMMITTEE: _l("State committee"),
    InstitutionKind.SERVICE: _l("Service"),
    InstitutionKind.PROSECUTION: _l("Prosecution"),
    InstitutionKind.COURT: _l("Court"),
    InstitutionKind.ACADEMY: _l("Academy or training centre"),
    InstitutionKind.OMBUDSMAN: _l("Ombudsman"),
    InstitutionKind.RAPPORTEUR: _l("Rapporteur"),
    InstitutionKind.BAR: _l("Bar"),
    InstitutionKind.OTHER_STATE: _l("Other state body"),
    InstitutionKind.NGO: _l("Non-governmental organization"),
    InstitutionKind.INTERNATIONAL: _l("International organization"),
}
GROUPS: Mapping[str, Any] = {
    RankGroup.JUNIOR: _l("junior"),
    RankGroup.MIDDLE: _l("middle"),
    RankGroup.SENIOR: _l("senior"),
    RankGroup.PROSECUTORS: _l("prosecutors"),
    RankGroup.CIVILIAN: _l("civilian or no rank"),
}
OFFERS: Mapping[str, Any] = {
    Offer.SHELTER: _l("Shelter"),
    Offer.HOTLINE: _l("Hotline"),
    Offer.PSYCHOLOGIST: _l("Psychologist"),
    Offer.LAWYER: _l("Lawyer"),
    Offer.MEDICAL: _l("Medical help"),
    Offer.SOCIAL: _l("Papers and benefits"),
    Offer.COURT: _l("Company to police and court"),
    Offer.TRANSPORT: _l("Transport to the centre"),
    Offer.RETURN_HOME: _l("Return home from abroad"),
}
GUESTS: Mapping[str, Any] = {
    Guest.WOMEN: _l("Women"),
    Guest.MEN: _l("Men"),
    Guest.CHILDREN: _l("Children"),
    Guest.FAMILIES: _l("Families"),
    Guest.FOREIGNERS: _l("Foreigners"),
    Guest.DISABLED: _l("People with disabilities"),
}
TONGUES: Mapping[str, Any] = {
    Tongue.KY: _l("Kyrgyz"),
    Tongue.RU: _l("Russian"),
    Tongue.UZ: _l("Uzbek"),
    Tongue.TG: _l("Tajik"),
    Tongue.EN: _l("English"),
}


def in_words(values: list[str], words: Mapping[str, Any]) -> list[str]:
    """Return the words of the chosen values, in the order of the list."""
    return [str(text) for value, text in words.items() if value in values]
