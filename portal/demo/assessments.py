"""The demo's tests: an invented question bank, and sheets as a group hands them in before and after."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from portal.access.policy import Operator
from portal.assessments import operations as assessment_operations
from portal.assessments import queries as assessment_queries
from portal.assessments import question_queries
from portal.assessments import questions as assessment_questions
from portal.assessments.models import Assessment, AssessmentQuestion
from portal.assessments.operations import Handing
from portal.assessments.rules import LETTERS, Moment, QuestionDraft, QuestionKind, UsedIn
from portal.catalog.models import Course
from portal.platform.texts import Text
from portal.registration import queries as registration_queries
from portal.registration.models import Registration
from portal.trainings.models import Training

_SINGLE, _MULTIPLE, _STATEMENT = QuestionKind.SINGLE, QuestionKind.MULTIPLE, QuestionKind.TRUE_FALSE

IDENTIFICATION = Text("Жабырлануучуну аныктоо", "Выявление потерпевших", "Identification of victims")
EVIDENCE = Text("Далилдер", "Доказательства", "Evidence")
PROTECTION = Text("Коргоо жана багыттоо", "Защита и перенаправление", "Protection and referral")
OFFENCE = Text("Кылмыштын белгилери", "Признаки преступления", "Elements of the offence")


def _question(
    topic: Text, kind: QuestionKind, text: Text, key: str, *options: Text, used_in: UsedIn = UsedIn.BOTH
) -> QuestionDraft:
    correct = tuple("ABCDEF".index(letter) for letter in key)
    return QuestionDraft(kind.value, used_in.value, topic, text, options, correct)


def _false(topic: Text, text: Text) -> QuestionDraft:
    return _question(topic, _STATEMENT, text, "B")


QUESTIONS: tuple[QuestionDraft, ...] = (
    _false(
        IDENTIFICATION,
        Text(
            "Жумушка макул болгон киши адам сатуунун жабырлануучусу боло албайт.",
            "Человек, который согласился на работу, не может быть потерпевшим от торговли людьми.",
            "Somebody who agreed to the work cannot be a victim of trafficking.",
        ),
    ),
    _question(
        IDENTIFICATION,
        _MULTIPLE,
        Text(
            "Кайсылары мажбурлап иштетүүнүн белгилери?",
            "Что из этого – признаки принудительного труда?",
            "Which of these are signs of forced labour?",
        ),
        "ACD",
        Text("Документтери алынып коюлган", "Документы отобраны", "Documents were taken away"),
        Text("Айлык өз убагында төлөнөт", "Зарплату платят вовремя", "Wages are paid on time"),
        Text("Жүрүшү көзөмөлдөнөт", "За передвижением следят", "Movements are watched"),
        Text("Карызы өсө берет", "Долг всё растёт", "The debt keeps growing"),
    ),
    _question(
        IDENTIFICATION,
        _SINGLE,
        Text(
            "Жабырлануучу болушу мүмкүн болгон киши менен биринчи жолу кантип сүйлөшөсүз?",
            "Как провести первый разговор с возможным потерпевшим?",
            "How is a possible victim first spoken to?",
        ),
        "B",
        Text("Жумуш берүүчүнүн жанында", "При работодателе", "In front of the employer"),
        Text(
            "Коштогондордон бөлөк, ишенимдүү котормочу менен",
            "Отдельно от сопровождающих, с надёжным переводчиком",
            "Apart from those who came along, with a trusted interpreter",
        ),
        Text("Башка күбөлөр менен чогуу", "Вместе с другими свидетелями", "Together with other witnesses"),
        Text("Телефон аркылуу гана", "Только по телефону", "By telephone only"),
    ),
    _question(
        EVIDENCE,
        _SINGLE,
        Text(
            "Эксплуатация болгон жерде эмне биринчи бекитилет?",
            "Что на месте эксплуатации фиксируют в первую очередь?",
            "What is secured first at the place of exploitation?",
        ),
        "C",
        Text("Коңшулардын пикири", "Мнение соседей", "The neighbours' opinion"),
        Text("Маалымат каражаттары үчүн сүрөт", "Снимки для прессы", "Pictures for the press"),
        Text(
            "Телефондор жана документтер, кайда турганы менен",
            "Телефоны и документы, с отметкой, где они лежали",
            "Phones and documents, with a record of where they lay",
        ),
        Text("Эмеректер", "Мебель", "The furniture"),
    ),
    _question(
        EVIDENCE,
        _MULTIPLE,
        Text(
            "Интернет аркылуу азгырууну эмне далилдейт?",
            "Чем доказывают вербовку через интернет?",
            "What proves recruitment over the internet?",
        ),
        "ABD",
        Text(
            "Датасы жана дареги бар экран сүрөттөрү",
            "Снимки экрана с датой и адресом",
            "Screenshots with date and address",
        ),
        Text("Провайдердин суроо-талапка жообу", "Ответ провайдера на запрос", "The provider's answer to a request"),
        Text("Ушак", "Слухи", "Rumours"),
        Text(
            "Колдон колго өтүшү жазылган түзмөк",
            "Устройство с записью, как его передавали",
            "The device, with a record of who held it",
        ),
    ),
    _false(
        EVIDENCE,
        Text(
            "Датасы жана булагы жок экран сүрөтү далил катары жетиштүү.",
            "Снимка экрана без даты и источника достаточно как доказательства.",
            "A screenshot without date and source is enough as evidence.",
        ),
    ),
    _question(
        PROTECTION,
        _SINGLE,
        Text(
            "Жабырлануучунун жардам алууга укугу качан башталат?",
            "Когда начинается право потерпевшего на помощь?",
            "When does a victim's right to assistance begin?",
        ),
        "A",
        Text(
            "Ал жабырлануучу деп ойлоого негиз болгондо",
            "Когда есть основания считать человека потерпевшим",
            "When there are grounds to believe that somebody is a victim",
        ),
        Text("Көрсөтмө бергенден кийин", "После дачи показаний", "After a statement is given"),
        Text("Айыптоо өкүмүнөн кийин", "После обвинительного приговора", "After a conviction"),
        Text("Доо арыздан кийин", "После гражданского иска", "After a civil claim"),
    ),
    _question(
        PROTECTION,
        _SINGLE,
        Text(
            "Башпаанек керек болсо, кимге кайрылабыз?",
            "К кому обращаются, если нужен приют?",
            "Who is turned to when shelter is needed?",
        ),
        "D",
        Text("Жумуш берүүчүгө", "К работодателю", "The employer"),
        Text("Шектүүнүн үй-бүлөсүнө", "К семье подозреваемого", "The suspect's family"),
        Text("Журналисттерге", "К журналистам", "Journalists"),
        Text("Кризистик борборго", "В кризисный центр", "A crisis centre"),
    ),
    _question(
        PROTECTION,
        _SINGLE,
        Text(
            "Жабырлануучунун кайсы маалыматы басма сөзгө берилбейт?",
            "Какие сведения о потерпевшем не сообщают прессе?",
            "What about a victim is never given to the press?",
        ),
        "B",
        Text("Иштердин саны", "Число дел", "The number of cases"),
        Text("Аны таанытуучу ар бир маалымат", "Всё, по чему его узнают", "Whatever makes them recognizable"),
        Text("Соттун аталышы", "Название суда", "The name of the court"),
        Text("Окуунун темасы", "Тема обучения", "The subject of a training"),
    ),
    _question(
        OFFENCE,
        _SINGLE,
        Text(
            "Адам сатууну мигранттарды мыйзамсыз ташуудан эмне айырмалайт?",
            "Что отличает торговлю людьми от незаконного ввоза мигрантов?",
            "What sets trafficking apart from the smuggling of migrants?",
        ),
        "A",
        Text("Эксплуатация максаты", "Цель эксплуатации", "The purpose of exploitation"),
        Text("Чек арадан өтүү", "Пересечение границы", "Crossing a border"),
        Text("Акы төлөө", "Оплата", "Payment"),
        Text("Транспорт", "Транспорт", "Transport"),
        used_in=UsedIn.PRE,
    ),
    _question(
        OFFENCE,
        _SINGLE,
        Text(
            "Чек арадан мыйзамсыз өткөрүүдө жок, адам сатууда бар белги кайсы?",
            "Какой признак есть у торговли людьми, но не у незаконного провоза через границу?",
            "Which element does trafficking have that smuggling over a border lacks?",
        ),
        "C",
        Text("Акы төлөө", "Оплата", "Payment"),
        Text("Топтун катышуусу", "Участие группы", "A group taking part"),
        Text("Эксплуатация максаты", "Цель эксплуатации", "The purpose of exploitation"),
        Text("Жасалма документ", "Поддельный документ", "A forged document"),
        used_in=UsedIn.POST,
    ),
    _question(
        OFFENCE,
        _SINGLE,
        Text(
            "Жабырлануучу бала болсо, анын макулдугунун мааниси барбы?",
            "Имеет ли значение согласие, если потерпевший – ребёнок?",
            "Does consent matter if the victim is a child?",
        ),
        "D",
        Text("Ата-энеси макул болсо, бар", "Да, если согласны родители", "Yes, if the parents agree"),
        Text("14 жаштан баштап бар", "Да, с 14 лет", "Yes, from the age of 14"),
        Text("Жазуу жүзүндө болсо, бар", "Да, если оно письменное", "Yes, if it is in writing"),
        Text("Жок", "Нет", "No"),
    ),
    _false(
        OFFENCE,
        Text(
            "Адам сатууда дайыма мамлекеттик чек ара кесилип өтөт.",
            "При торговле людьми всегда пересекают государственную границу.",
            "Trafficking always crosses a state border.",
        ),
    ),
)


# How likely an answer is right; evidence stays the weak topic.
_KNOWN = {Moment.PRE: 0.48, Moment.POST: 0.82}
_KNOWN_OF_EVIDENCE = {Moment.PRE: 0.35, Moment.POST: 0.52}
_LATE, _GONE = 4, 7  # Every so many people came too late for the first test, or had left before the second.


def take_both(training: Training, *, now: datetime) -> None:
    """Let a group take the test before its first session, and the one after in its last."""
    take_first(training, now=now)
    _take(training, Moment.POST, at=training.sessions[-1].starts_at, now=now)


def take_first(training: Training, *, now: datetime) -> None:
    """Let a group take the test before its first session."""
    _write_questions(training.course, now=now)
    _take(training, Moment.PRE, at=training.sessions[0].starts_at, now=now)


def _write_questions(course: Course, *, now: datetime) -> None:
    """Fill the bank of a course, unless somebody has written in it."""
    if question_queries.list_questions(course.id):
        return
    earlier: AssessmentQuestion | None = None
    for draft in QUESTIONS:
        twin = earlier.reference if draft.used_in == UsedIn.POST and earlier else ""
        earlier = assessment_questions.add(course, replace(draft, twin=twin), actor=Operator(), now=now)


def _take(training: Training, moment: Moment, *, at: datetime, now: datetime) -> None:
    """Let a group take a test at a past moment, unless it was taken."""
    if assessment_queries.find_assessment(training.id, moment) is not None:
        return
    test = assessment_operations.open_test(training, moment, actor=Operator(), now=now)
    questions = assessment_queries.list_questions(test)
    chance = Random(f"{training.code} {moment}")  # The same group each time.
    for place, one in enumerate(registration_queries.list_confirmed(training.id)):
        if place % 19 == (_LATE if moment == Moment.PRE else _GONE):
            continue
        ability = chance.gauss(0, 0.12)
        answers = {question.reference: _answer(question, moment, ability, chance) for question in questions}
        _hand_in(one, moment, answers, at=at + timedelta(minutes=8, seconds=13 * place), now=now)
    assessment_operations.close_test(training, moment, actor=Operator(), now=now)
    _date(test, at)


def _hand_in(one: Registration, moment: Moment, answers: dict[str, str], *, at: datetime, now: datetime) -> None:
    sheet = assessment_operations.hand_in(one, moment, Handing(one.reference, answers), actor=Operator(), now=now)
    sheet.entered_at = at


def _date(test: Assessment, at: datetime) -> None:
    """Put the test in its day; the audit log says when it was really made."""
    test.opened_at, test.closed_at = at, at + timedelta(minutes=25)


def _answer(question: AssessmentQuestion, moment: Moment, ability: float, chance: Random) -> str:
    known = _KNOWN_OF_EVIDENCE if question.topic.en == EVIDENCE.en else _KNOWN
    if chance.random() < known[moment] + ability:
        return question.key
    return _slip(question, chance)


def _slip(question: AssessmentQuestion, chance: Random) -> str:
    """Return a wrong answer: another option, or a multiple choice with one too few."""
    if question.kind == QuestionKind.MULTIPLE:
        return question.key.replace(chance.choice(question.key), "")
    return chance.choice(_others(LETTERS[: len(question.options)], question.key))


def _others(letters: str, key: str) -> Sequence[str]:
    return [letter for letter in letters if letter not in key]
