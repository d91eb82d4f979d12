"""Find the record behind a document's number or code, within the actor's reach."""

from dataclasses import dataclass

from portal.access import policy
from portal.access.policy import Actor, Subject
from portal.certificates import queries as certificates
from portal.certificates.models import Certificate
from portal.materials import queries as material_queries
from portal.materials.models import Handover, Material
from portal.platform import tokens
from portal.trainings import paper_numbers
from portal.trainings import queries as trainings
from portal.trainings.models import Training
from portal.trainings.paper_numbers import PaperKind, PaperNumber

_CODE_LETTERS = 12


@dataclass(frozen=True)
class TrainingPaper:
    """A paper of a training; `material` is the title of a receipt list."""

    training: Training
    number: PaperNumber
    material: Material | None = None


Record = Handover | Certificate | TrainingPaper | Training


def find_record(typed: str, actor: Actor) -> Record | None:
    """Return what a number or a code names; None for one that names nothing, or nothing within the actor's reach."""
    found = _find(typed)
    subject: Subject | None = found.training if isinstance(found, TrainingPaper) else found
    return found if subject is not None and policy.reaches(actor, subject.scope) else None


def _find(typed: str) -> Record | None:
    wanted = paper_numbers.folded(typed)
    paper = paper_numbers.read(typed)
    if paper is not None:
        return _paper(paper)
    return (
        trainings.get_training(wanted)
        or material_queries.find_by_number(wanted)
        or certificates.find_by_number(wanted)
        or _by_code(typed)
    )


def _by_code(typed: str) -> Certificate | None:
    code = tokens.normalize_code(typed)
    return certificates.find_by_secret(code=code) if len(code) == _CODE_LETTERS else None


def _paper(paper: PaperNumber) -> TrainingPaper | None:
    training = trainings.get_training(paper.training)
    if training is None:
        return None
    if paper.kind != PaperKind.RECEIPTS:
        return TrainingPaper(training, paper)
    known = material_queries.list_materials(with_retired=True)
    return TrainingPaper(
        training, paper, next((one for one in known if paper_numbers.mark_of(one.reference) == paper.part), None)
    )
