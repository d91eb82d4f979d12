"""From an act in the database to what its paper says."""

from typing import Any

from portal.materials.documents.acts import Corrected, Deed, Item, Party, Proxy, Share, Witness
from portal.materials.models.handovers import Handover
from portal.materials.rules.handovers import Transfer
from portal.people.models import Institution
from portal.platform.texts import Text, Trilingual


def deed_of(handover: Handover, *, number: str = "", corrects: Corrected | None = None) -> Deed:
    """Return what the two parties agree on; without a number it is a draft.

    `corrects` are the differences to the signed act that it corrects; a void act is named as the one that it replaces.
    """
    is_replacing = handover.corrects is not None and not handover.is_correction
    lines = {item.material_id: place for place, item in enumerate(handover.items, start=1)}
    return Deed(
        number=number,
        day=handover.handed_on,
        place=three(handover, "place"),
        basis=three(handover, "basis"),
        giving=_party(handover, "giving", handover.giving_institution),
        receiving=_party(handover, "receiving", handover.receiving_institution),
        items=[
            Item(
                title=three(item.material, "title"),
                language=item.material.language,
                edition=_edition(item.material),
                unit=item.material.unit,
                quantity=item.quantity,
                unit_value=item.unit_value or None,
                currency=item.currency,
                condition=item.condition,
                note=item.note,
                numbers=item.numbers,
            )
            for item in handover.items
        ],
        purpose=three(handover, "purpose"),
        discrepancies=three(handover, "discrepancies"),
        is_custody=handover.transfer == Transfer.CUSTODY,
        copies=handover.copies,
        witness=Witness(handover.witness, Text().printed()) if handover.witness else None,
        shares=[Share(share.unit, lines[share.material_id], share.quantity) for share in handover.shares],
        is_in_english=handover.with_english,
        replaces=(handover.corrects.number or "") if handover.corrects and is_replacing else "",
        proxy=_proxy(handover) if handover.proxy_kind else None,
        is_in_parts=handover.in_parts,
        corrects=corrects,
    )


def _proxy(handover: Handover) -> Proxy:
    return Proxy(
        handover.proxy_kind,
        handover.proxy_name,
        three(handover, "proxy_position"),
        handover.proxy_number,
        handover.proxy_date,
    )


def _party(handover: Handover, side: str, institution: Institution) -> Party:
    return Party(
        institution=three(institution, "name"),
        name=getattr(handover, f"{side}_name"),
        position=three(handover, f"{side}_position"),
        authority=three(handover, f"{side}_authority"),
    )


def _edition(material: Any) -> str:
    year = str(material.year) if material.year and str(material.year) not in material.edition else ""
    return ", ".join(part for part in (material.edition, year) if part)


def three(row: Any, name: str) -> Trilingual:
    """Return a text that stands in three columns."""
    return Text(**{language: getattr(row, f"{name}_{language}") for language in ("ky", "ru", "en")}).printed()
