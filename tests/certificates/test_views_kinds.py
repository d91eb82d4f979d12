"""What pages say of the kinds of certificates: the plan, the list of certificates, verifying, one's own page."""

from portal.accounts.models import Account
from tests import factories
from tests.browser import Browser
from tests.certificates.arranged import complete, make_ready


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
