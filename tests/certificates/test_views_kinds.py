"""What pages say of the kinds of certificates: the plan, the list of certificates, verifying, one's own page."""

from portal.accounts.models import Account
from portal.certificates import queries as certificate_queries
from portal.closing.queries import list_reconciled
from portal.logistics import documents as logistics_documents
from portal.logistics import queries as logistics_queries
from tests import factories
from tests.browser import Browser
from tests.certificates.arranged import complete, confirm, make_ready


def test_plan_says_which_kinds_and_every_page_names_them(browser: Browser, aida: Account) -> None:
    training = factories.make_training(is_assessment_required=True)
    registration = make_ready(training, "Асанова", "Чолпон")
    leader = factories.make_person("Ведущий", "Эркин")
    factories.make_facilitator(training.sessions[0], leader)
    browser.sign_in(aida)

    form = browser.get(f"/trainings/{training.code}/edit").form("Save the plan")
    refused = form.fill(certificate_kinds=[]).submit(status=422)
    assert "Choose certificates of completion, of attendance, or both." in refused.text
    refused.form("Save the plan").fill(certificate_kinds=["completion", "attendance", "facilitator"]).submit()
    assert "of attendance" in browser.get(f"/trainings/{training.code}").text

    page = browser.get(f"/trainings/{training.code}/certificates")
    assert "of attendance" in page.row("Асанова")["State"]
    assert "1 facilitator of the agenda is not on the list" in page.text and "Ведущий Эркин" in page.text

    [certificate] = complete(training)
    assert (certificate.kind, certificate.registration_id) == ("attendance", registration.id)
    assert "of attendance" in browser.get(f"/trainings/{training.code}/certificates").row("Асанова")["Certificate"]
    answer = browser.get("/verify").form("Check").fill(code=certificate.code).submit()
    assert "of attendance" in answer.text and "Асанова" not in answer.text
    own = browser.as_stranger().open_own_page(registration).get("/my")
    assert "Your certificate of attendance" in own.text


def test_facilitator_has_a_certificate_on_the_own_page_and_no_place_in_the_list_of_participants(
    browser: Browser, aida: Account
) -> None:
    training = factories.make_training(certificate_kinds=["completion", "attendance", "facilitator"])
    training.is_assessment_required = True
    registration = make_ready(training, "Асанова", "Чолпон")
    leader = factories.make_registration(training=training, state="confirmed", role="facilitator")
    confirm(leader)
    factories.make_facilitator(training.sessions[0], leader.person)
    assert {one.kind for one in complete(training)} == {"attendance", "facilitator"}

    own = browser.open_own_page(leader).get("/my")
    assert "Your certificate of a facilitator" in own.text
    people = logistics_documents.participants(
        training,
        logistics_queries.list_paid(training, as_of=factories.AFTER),
        list_reconciled(training, as_of=None),
        as_of=factories.NOW.date(),
        lang="en",
    )
    [row] = people.sections[0][1]
    number = certificate_queries.find_issued(registration).number
    assert row[-2:] == ["not completed", f"{number} (of attendance)"]
