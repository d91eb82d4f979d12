"""Read calls for one institution, its own nominees, and public links.

Which trainings these are is said once (`_asks`), so that the list of a focal point and a page cannot disagree.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from portal.access.policy import Scope
from portal.calls.models import JoinLink
from portal.calls.rules import VERDICTS, Answer, CallStatus, Verdict, kept_seats, status_of
from portal.list_reader.decisions import IMPORTABLE
from portal.list_reader.nominee import Nominee
from portal.nominations.models import NominationList, NominationRow
from portal.people.models import Institution, Person
from portal.people.queries import InstitutionTree, get_institution_tree
from portal.platform import links, paging, tokens
from portal.platform.db import db
from portal.platform.paging import Page
from portal.registration.models import JoinRequest, Registration
from portal.registration.rules import SEATED, RegistrationState
from portal.trainings.models import Allotment, Training
from portal.trainings.rules import TrainingState

PAGE_SIZE = 50
_MOST = 60
_LISTS = "lists"
_INSIDE = (TrainingState.DRAFT.value, TrainingState.PENDING_APPROVAL.value)


@dataclass(frozen=True)
class Call:
    """What one training asks of one institution, and how that stands."""

    training: Training
    tree: InstitutionTree
    answer: Answer = Answer()

    @property
    def scope(self) -> Scope:
        """Return the training's scope, narrowed to the institution that is asked."""
        return replace(self.training.scope, institution_id=self.tree.id)

    @property
    def due_on(self) -> date:
        return self.training.nominations_due_on

    def status(self, today: date) -> CallStatus:
        training = self.training
        return status_of(training.state, training.starts_on, training.nominations_due_on, self.answer, today)


@dataclass(frozen=True)
class Own:
    """Somebody whom the institution nominated, by the name that it wrote itself."""

    name: Person | Nominee
    institution: Institution | None
    post: str
    role: str
    verdict: Verdict


def find_call(code: str, institution_id: int | None, today: date) -> Call | None:
    """Return what a training asks of an institution, or None if it asks nothing."""
    if institution_id is None:
        return None
    tree = get_institution_tree(institution_id)
    query = _shown().where(Training.code == code.upper(), _asks(tree, today))
    training = db.session.scalars(query).one_or_none()
    return _answered([training], tree)[0] if training is not None else None


def list_calls(institution_id: int | None, today: date) -> list[Call]:
    """Return what trainings ask of an institution, the latest first, with how that stands, in four queries."""
    if institution_id is None:
        return []
    tree = get_institution_tree(institution_id)
    newest = _shown().where(_asks(tree, today)).order_by(Training.starts_on.desc(), Training.id.desc()).limit(_MOST)
    return _answered(list(db.session.scalars(newest)), tree)


def page_of_nominees(call: Call, number: int) -> Page[Own]:
    """Return one page of those whom the institution nominated, by name."""
    query = (
        select(Registration)
        .join(Person, Person.id == Registration.person_id)
        .options(joinedload(Registration.person), joinedload(Registration.institution))
        .where(Registration.training_id == call.training.id, Registration.role.in_(SEATED), _is_own(call.tree))
    )
    page = paging.page(query.order_by(Person.sort_key, Registration.id), number, PAGE_SIZE)
    written = _as_written(call, [one.person_id for one in page.items])
    shown = []
    for registration in page.items:
        nominee = written.get(registration.person_id)
        own_institution = registration.institution if registration.institution_id in call.tree.own else None
        post = nominee.post if nominee else registration.post
        verdict = VERDICTS[RegistrationState(registration.state)]
        shown.append(Own(nominee or registration.person, own_institution, post, registration.role, verdict))
    return page.showing(shown)


def find_waiting_list(call: Call) -> NominationList | None:
    """Return the list of the institution that waits for the coordinator."""
    return db.session.scalars(_lists(call).where(NominationList.state == "staged").limit(1)).first()


def list_taken(call: Call) -> list[NominationList]:
    """Return the lists of the institution that were imported, the latest first."""
    return list(db.session.scalars(_lists(call).where(NominationList.state == "committed").limit(_MOST)))


def list_kept(call: Call) -> list[Allotment]:
    """Return the seats that are kept for the institution, for parts of it, or for what it belongs to."""
    query = (
        select(Allotment)
        .options(joinedload(Allotment.institution), joinedload(Allotment.region))
        .where(Allotment.training_id == call.training.id, Allotment.institution_id.in_(call.tree.line))
    )
    return list(db.session.scalars(query.order_by(Allotment.id)))


def _shown() -> Any:
    return select(Training).options(joinedload(Training.region), joinedload(Training.venue))


def _asks(tree: InstitutionTree, today: date) -> ColumnElement[bool]:
    """Match the trainings that ask an institution for people, or have asked it.

    Seats are kept for it; or a coming training has seats that are kept for no institution, and so asks everybody; or
    people of it are registered; or it has handed in a list. Nothing is said of what is not approved yet.
    """
    kept = select(Allotment.id).where(Allotment.training_id == Training.id)
    lists = select(NominationList.id).where(
        NominationList.training_id == Training.id,
        NominationList.sender_id == tree.id,
        NominationList.state.in_(("staged", "committed")),
    )
    people = select(Registration.id).where(
        Registration.training_id == Training.id,
        Registration.institution_id.in_(tree.own),
        Registration.role.in_(SEATED),
    )
    taken_up = select(func.sum(Allotment.seats)).where(
        Allotment.training_id == Training.id, Allotment.institution_id.is_not(None)
    )
    for_everybody = and_(
        Training.state == TrainingState.APPROVED,
        Training.starts_on > today,
        Training.capacity > func.coalesce(taken_up.correlate(Training).scalar_subquery(), 0),
    )
    for_tree = kept.where(Allotment.institution_id.in_(tree.line)).exists()
    return and_(Training.state.not_in(_INSIDE), or_(for_tree, for_everybody, people.exists(), lists.exists()))


def _is_own(tree: InstitutionTree) -> ColumnElement[bool]:
    """Match registrations of the institution's people, and of whom its imported lists name."""
    named = _named(tree).where(
        NominationList.training_id == Registration.training_id, NominationRow.person_id == Registration.person_id
    )
    return or_(Registration.institution_id.in_(tree.own), named.correlate(Registration).exists())


def _named(tree: InstitutionTree) -> Any:
    return (
        select(NominationRow.person_id, NominationRow.values)
        .join(NominationList, NominationList.id == NominationRow.list_id)
        .where(
            NominationList.sender_id == tree.id,
            NominationList.state == "committed",
            NominationRow.kind.in_([kind.value for kind in IMPORTABLE]),
        )
    )


def _as_written(call: Call, person_ids: Collection[int]) -> dict[int, Nominee]:
    """Return how the institution itself wrote these persons: what the directory knows of them is not its business."""
    query = _named(call.tree).where(
        NominationList.training_id == call.training.id, NominationRow.person_id.in_(list(person_ids))
    )
    return {row.person_id: Nominee(**row.values) for row in db.session.execute(query.order_by(NominationRow.id))}


def _lists(call: Call) -> Any:
    of_tree = NominationList.training_id == call.training.id, NominationList.sender_id == call.tree.id
    return select(NominationList).where(*of_tree).order_by(NominationList.id.desc())


def _answered(trainings: Sequence[Training], tree: InstitutionTree) -> list[Call]:
    """Return the calls of some trainings with how they stand, in two queries whatever their number."""
    ids = [training.id for training in trainings]
    kept: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    allotments = select(Allotment.training_id, Allotment.institution_id, Allotment.seats).where(
        Allotment.training_id.in_(ids), Allotment.institution_id.in_(tree.own)
    )
    for training_id, institution_id, seats in db.session.execute(allotments):
        kept[training_id].append((seats, institution_id == tree.id))
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for training_id, kind, number in db.session.execute(_people_and_lists(ids, tree)):
        counts[training_id][kind if kind == _LISTS else VERDICTS[RegistrationState(kind)].value] += number
    calls = []
    for training in trainings:
        counted = counts[training.id]
        people = {verdict.value: counted[verdict.value] for verdict in Verdict}
        answer = Answer(seats=kept_seats(kept[training.id]), has_list=bool(counted[_LISTS]), **people)
        calls.append(Call(training, tree, answer))
    return calls


def _people_and_lists(ids: Collection[int], tree: InstitutionTree) -> Any:
    people = (
        select(Registration.training_id, Registration.state, func.count())
        .where(Registration.training_id.in_(ids), Registration.role.in_(SEATED), _is_own(tree))
        .group_by(Registration.training_id, Registration.state)
    )
    lists = (
        select(NominationList.training_id, literal(_LISTS), func.count())
        .where(
            NominationList.training_id.in_(ids),
            NominationList.sender_id == tree.id,
            NominationList.state == "staged",
        )
        .group_by(NominationList.training_id)
    )
    return union_all(people, lists)


def find_link(token: str) -> JoinLink | None:
    """Return the link of an address, with its training, unless it was ended or never made."""
    query = (
        select(JoinLink)
        .options(joinedload(JoinLink.training).joinedload(Training.venue))
        .where(JoinLink.secret_hash == tokens.hash_token(token), JoinLink.ended_at.is_(None))
    )
    return db.session.scalars(query).one_or_none()


def find_open_link(training_id: int) -> JoinLink | None:
    """Return the link that a training has now."""
    query = select(JoinLink).where(JoinLink.training_id == training_id, JoinLink.ended_at.is_(None))
    return db.session.scalars(query.order_by(JoinLink.id.desc()).limit(1)).first()


def secret_of(link: JoinLink) -> str | None:
    """Return the secret of a link; None if it was made under another secret key and cannot be shown any more."""
    secret = links.secret_of(link.seed)
    return secret if tokens.hash_token(secret) == link.secret_hash else None


def find_registration(training_id: int, person_id: int) -> Registration | None:
    """Return a person's registration in a training."""
    query = select(Registration).where(Registration.training_id == training_id, Registration.person_id == person_id)
    return db.session.scalars(query).one_or_none()


def get_request(registration_id: int, request_id: int) -> JoinRequest | None:
    """Return one request of a registration."""
    found = db.session.get(JoinRequest, request_id)
    return found if found is not None and found.registration_id == registration_id else None
