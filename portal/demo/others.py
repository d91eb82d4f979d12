"""What others do in the demo: an institution hands in its list for Talas, somebody helps at the venue by Issyk-Kul."""

from datetime import datetime
from zoneinfo import ZoneInfo

from portal.access.policy import Operator
from portal.accounts import queries as accounts
from portal.attendance.operations import venue_helpers
from portal.attendance.queries import venue_helpers as helpers
from portal.demo import outside
from portal.registration.operations import calls, imports_reading
from portal.registration.queries import calls as queries
from portal.registration.rules import calls as rules
from portal.trainings.models import Training

_FOCAL_POINT = "focal@demo.example"
_HELPER = "Мээрим, ассистент в зале"
_LIST = """№;Ф.И.О.;Пол;Должность;Регион;Телефон
1;Айдаралиев Улан Ныязович;М;прокурор отдела;Таласская область;+996555970001
2;Сооронбаева Перизат Маратовна;Ж;старший прокурор;Таласская область;+996555970002
3;Кыдыров Чынгыз Азизович;М;помощник прокурора;Таласская область;+996555970003
4;Доолотова Айсулуу Бектуровна;Ж;помощник прокурора;Чуйская область;+996555970004
"""


def hand_in(talas: Training, *, now: datetime) -> None:
    """Let the focal point answer the letter with a list, while lists are taken and unless one was handed in."""
    today = now.astimezone(ZoneInfo(talas.time_zone)).date()
    account = accounts.get_by_email(_FOCAL_POINT)
    call = queries.find_call(talas.code, account.reach.institution_id, today) if account else None
    if account is None or call is None or not rules.takes_lists(talas.state, call.due_on, today):
        return
    if queries.find_waiting_list(call) is not None or queries.list_taken(call):
        return
    source = outside.made(imports_reading.open_file, _LIST.encode(), "gpo-talas.csv")
    calls.hand_in(call, calls.draft(call, source, today=today), actor=account, now=now)


def invite_helper(training: Training, *, now: datetime) -> None:
    """Give somebody at the venue a link for the days that are left, unless somebody has one."""
    today = now.astimezone(ZoneInfo(training.time_zone)).date()
    days = {session.local_date for session in training.sessions if session.local_date >= today}
    if days and not helpers.list_venue_helpers(training).rows:
        venue_helpers.give_link(training, name=_HELPER, days=days, actor=Operator(), now=now)
