"""Fields and checks of institutions, ranks and posts."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from portal.access.policy import Actor
from portal.people import queries, rules
from portal.people.models import Institution, Post, Rank
from portal.platform.errors import Refusal
from portal.platform.forms import Pairs
from portal.platform.i18n import _l, gettext, long_day, text_of
from portal.records import refusals
from portal.records.fields import (
    CODE,
    NAME,
    TITLE,
    Asking,
    Choice,
    Day,
    Flag,
    Kind,
    Lines,
    Reference,
    Text3,
    Values,
    Whole,
)
from portal.records.rules import MAX_NAME, RecordFault, RecordFaultCode, line_faults


class NameTaken(Refusal):
    message = _l("“%(name)s” means %(institution)s already: a list that says it would not be understood any more.")


class Aliases(Lines):
    """Further names under which lists know an institution."""

    def faults(self, value: Sequence[str]) -> Iterator[RecordFault]:
        for alias in value:
            yield from line_faults(alias, self.name, MAX_NAME)
        if len(value) > rules.MOST_ALIASES:
            yield RecordFault(RecordFaultCode.TOO_MANY_ALIASES, self.name, args={"most": rules.MOST_ALIASES})


def called(institution: Institution) -> str:
    return institution.name.passage("ru").text


def closing_words(closed_on: date | None, today: date) -> str:
    """Return what is said of something that is closed or will be; empty of anything else."""
    if closed_on is None:
        return ""
    words = gettext("Closed since %(day)s") if rules.is_closed(closed_on, today) else gettext("Closes on %(day)s")
    return words % {"day": long_day(closed_on)}


def ensure_own_names(names: Collection[str], *, but: Institution | None = None) -> None:
    """Raise NameTaken with a name under which a list would find two open institutions."""
    wanted = {rules.place_key(name): name for name in names if rules.place_key(name)}
    for known in queries.list_institutions():
        if known is but or known.closed_on is not None:
            continue
        for name in (known.code, *known.name, *known.aliases):
            if rules.place_key(name) in wanted:
                raise NameTaken(name=wanted[rules.place_key(name)], institution=called(known))


def day_faults(first: date | None, closed_on: date | None, name: str = "closed_on") -> list[RecordFault]:
    """Return what stands against the days between which something holds."""
    is_reversed = first is not None and closed_on is not None and closed_on <= first
    return [RecordFault(RecordFaultCode.DAYS_REVERSED, name)] if is_reversed else []


def _ensure_no_ring(values: Values, institution: Institution | None, _actor: Actor) -> None:
    if institution and institution.id in rules.line_up(values["parent_id"], queries.list_parents()):
        message = _l("An institution cannot lie under itself or under what belongs to it. Choose another one above it.")
        raise Refusal("lies_under_itself", message)


def _ensure_own_names(values: Values, institution: Institution | None, _actor: Actor) -> None:
    code = () if institution else (values["code"],)
    ensure_own_names((*code, *values["name"], *values["aliases"]), but=institution)


def _ensure_days(values: Values, institution: Institution | None, _actor: Actor) -> None:
    if institution:
        refusals.ensure_right(day_faults(values["valid_from"], institution.closed_on, "valid_from"))


def _offered_parents(asking: Asking) -> Pairs:
    """Offer what may stand above: nothing that is closed or that lies below; what stands above already stays."""
    institution, parents = asking.record, queries.list_parents()
    kept = [institution.parent_id] if institution else []
    return [
        (str(one.id), text_of(one, "name"))
        for one in queries.list_offered_institutions(asking.today, kept)
        if institution is None or institution.id not in rules.line_up(one.id, parents)
    ]


def _offered_owners(asking: Asking) -> Pairs:
    kept = [asking.record.institution_id] if asking.record else []
    return [(str(one.id), text_of(one, "name")) for one in queries.list_offered_institutions(asking.today, kept)]


def offered_regions(_asking: Asking) -> Pairs:
    return [(region.code, text_of(region, "name")) for region in queries.list_regions()]


INSTITUTIONS = Kind(
    Institution,
    [
        CODE,
        Text3("name", _l("Its name"), NAME, MAX_NAME, needed=RecordFaultCode.NAME_MISSING),
        Aliases("aliases", _l("Further names in lists")),
        Choice("kind", _l("Kind"), rules.InstitutionKind),
        Reference(
            "parent_id",
            _l("Part of"),
            "parent",
            _offered_parents,
            queries.get_institution,
            nothing=_l("nothing: it stands at the top"),
            nothing_shown="",
            is_number=True,
        ),
        Reference(
            "region_code", _l("Region"), "region", offered_regions, queries.get_region, nothing=_l("the whole country")
        ),
        Flag("is_security_force", _l("Security force")),
        Day("valid_from", _l("Exists from")),
    ],
    added="people.institution_added",
    changed="people.institution_changed",
    checks=[_ensure_days, _ensure_no_ring, _ensure_own_names],
    alone="people.institutions",  # Two moves in the tree at once could make a ring of it.
)
_TITLE = [
    CODE,
    Text3("title", _l("Title"), TITLE, rules.MAX_TITLE, needed=RecordFaultCode.NAME_MISSING),
    Whole("place", _l("Place in the list"), rules.MOST_PLACES, RecordFaultCode.ORDER_IMPLAUSIBLE, is_needed=True),
    Reference(
        "institution_id",
        _l("Institution"),
        "institution",
        _offered_owners,
        queries.get_institution,
        nothing=_l("all institutions"),
        is_number=True,
    ),
    Day("valid_from", _l("In use from")),
    Day("closed_on", _l("No longer in use from")),
]


def _days_of(values: Values) -> list[RecordFault]:
    return day_faults(values["valid_from"], values["closed_on"])


RANKS = Kind(
    Rank,
    [*_TITLE, Choice("rank_group", _l("Counted as"), rules.RankGroup, key="group")],
    added="people.rank_added",
    changed="people.rank_changed",
    judge=_days_of,
)
POSTS = Kind(Post, _TITLE, added="people.post_added", changed="people.post_changed", judge=_days_of)
