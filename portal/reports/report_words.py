"""The words of a training's report, one row each, in the three languages in which it is made."""

from collections.abc import Mapping

_LANGUAGES = ("ky", "ru", "en")
# In Kyrgyz, Russian and English.
_ROWS: Mapping[str, tuple[str, str, str]] = {
    "heading": ("Окуу жөнүндө отчёт", "Отчёт об обучении", "Training report"),
    "inside": ("ички нускасы", "внутренний экземпляр", "inside copy"),
    "outside": ("жарыялоо үчүн", "для публикации", "for publication"),
    "draft": ("ДОЛБООР", "ПРОЕКТ", "DRAFT"),
    "draft_note": (
        "Долбоор: окуу жабыла элек, маалымат өзгөрүшү мүмкүн.",
        "Проект: обучение не завершено, сведения могут измениться.",
        "Draft: the training is not closed, and the figures may change.",
    ),
    "inside_note": (
        "Кызматтык пайдалануу үчүн: аты-жөндөр жана толук сандар бар. Сыртка бербеңиз.",
        "Для служебного пользования: содержит имена и полные числа. Не передавать наружу.",
        "For internal use: it holds names and full counts. Do not pass it on.",
    ),
    "made": ("түзүлгөн күнү", "составлен", "made on"),
    "course": ("Курс", "Курс", "Course"),
    "project": ("Долбоор", "Проект", "Project"),
    "donors": ("Каржылаган", "Донор", "Donor"),
    "hosts": ("Кабыл алган", "Принимающая сторона", "Hosted by"),
    "place": ("Өтүүчү жай", "Место проведения", "Venue"),
    "dates": ("Күнү", "Даты", "Dates"),
    "hours": ("Сааты", "Часов", "Hours"),
    "people": ("Катышуучулар", "Участники", "People"),
    "confirmed": ("Ырасталды", "Подтверждено", "Confirmed"),
    "attended": ("Келди", "Пришло", "Attended"),
    "completed": ("Аяктады", "Завершило", "Completed"),
    "person_hours": (
        "Аяктагандардын адам-сааты",
        "Человеко-часов у завершивших",
        "Person-hours of those who completed",
    ),
    "sex": ("Аялдар жана эркектер", "Женщины и мужчины", "Women and men"),
    "region": ("Кызмат аймагы", "Регион службы", "Region of service"),
    "institution": ("Мекеме", "Учреждение", "Institution"),
    "F": ("Аялдар", "Женщины", "Women"),
    "M": ("Эркектер", "Мужчины", "Men"),
    "?": ("Көрсөтүлгөн эмес", "Не указано", "Not stated"),
    "other": ("Башкалар", "Другие", "Other"),
    "total": ("Бардыгы", "Всего", "Total"),
    "learning": ("Билимдин өзгөрүшү", "Изменение знаний", "Change in knowledge"),
    "tested": (
        "Тест тапшырды: чейин %s, кийин %s, экөөнү тең %s.",
        "Прошли тест: до обучения %s, после %s, оба %s.",
        "Tests taken: %s before, %s after, %s both.",
    ),
    "before": ("Чейин, %", "До, %", "Before, %"),
    "after": ("Кийин, %", "После, %", "After, %"),
    "change": ("Өзгөрүү, пункт", "Изменение, пунктов", "Change, points"),
    "interval": ("95 % интервал", "95 %-ный интервал", "95 % interval"),
    "effect": ("Эффект өлчөмү (Hedges g, d_av)", "Размер эффекта (Hedges g, d_av)", "Effect size (Hedges g, d_av)"),
    "pairs": ("Жуп", "Пар", "Pairs"),
    "change_note": (
        "Эки тестти тең тапшыргандардын орточо айырмасы. Бул өзгөрүү, таасир эмес: салыштыруу тобу жок.",
        "Средняя разница у тех, кто прошёл оба теста. Это изменение, а не воздействие: группы сравнения нет.",
        (
            "The mean difference of those who took both tests. It is a change, not an effect: there is no "
            "group to compare with."
        ),
    ),
    "no_change": (
        "Көрсөтүлбөйт: эки тестти тең тапшыргандар өтө аз же маалымат дагы жарыялана элек.",
        "Не показывается: прошедших оба теста слишком мало или данные ещё не опубликованы.",
        "Not shown: too few took both tests, or the figures are not published yet.",
    ),
    "evaluation": ("Баалоо", "Оценка обучения", "Evaluation"),
    "answered": (
        "Жооп берди: %s, катышкандар: %s. Жооптор жашыруун.",
        "Ответили %s из %s посетивших. Ответы анонимны.",
        "%s answered of %s who attended. The answers are anonymous.",
    ),
    "answered_outside": (
        "Жооп берди: %s. Жооптор жашыруун.",
        "Ответили %s. Ответы анонимны.",
        "%s answered. The answers are anonymous.",
    ),
    "question": ("Суроо", "Вопрос", "Question"),
    "answers": ("Жооп", "Ответов", "Answers"),
    "mean": ("Орточо, 1–5", "Среднее, 1–5", "Mean, 1–5"),
    "exact": ("%s %%", "%s %%", "%s %%"),
    "least": ("%s %%дан кем эмес", "не менее %s %%", "at least %s %%"),
    "most": ("%s %%дан көп эмес", "не более %s %%", "at most %s %%"),
    "favorable": ("4–5 же «ооба»", "4–5 или «да»", "4–5 or “yes”"),
    "no_evaluation": (
        "Көрсөтүлбөйт: баалоо жабыла элек, жооптор өтө аз же маалымат дагы жарыялана элек.",
        "Не показывается: опрос не закрыт, ответов слишком мало или данные ещё не опубликованы.",
        "Not shown: the evaluation is open, too few answered, or the figures are not published yet.",
    ),
    "materials": ("Материалдар", "Материалы", "Materials"),
    "material": ("Аталышы", "Название", "Title"),
    "language": ("Тили", "Язык", "Language"),
    "brought": ("Алып келинди", "Привезено", "Brought"),
    "handed": ("Мекемелерге", "Учреждениям", "To institutions"),
    "given": ("Катышкандарга", "Участникам", "To participants"),
    "written": ("Эсептен", "Списано", "Written off"),
    "left": ("Калды", "Осталось", "Left"),
    "handed_note": (
        "Мекемелерге өткөрүлгөн нускалар алып келингендерден да, кеңседен да алынат.",
        "Учреждениям передают и привезённые экземпляры, и экземпляры со склада офиса.",
        "What institutions get comes from the copies that were brought and from the office.",
    ),
    "act": ("Акт", "Акт", "Act"),
    "receiver": ("Алган мекеме", "Получившее учреждение", "Received by"),
    "copies": ("Нуска", "Экз.", "Copies"),
    "state": ("Абалы", "Состояние", "State"),
    "printed": ("басылган", "напечатан", "printed"),
    "signed": ("кол коюлган", "подписан", "signed"),
    "no_materials": ("Материал таратылган жок.", "Материалы не раздавались.", "No materials were given out."),
    "certificates": ("Сертификаттар", "Сертификаты", "Certificates"),
    "issued": ("берилди", "выдано", "issued"),
    "replaced": ("алмаштырылды", "заменено", "replaced"),
    "revoked": ("кайтарылып алынды", "отозвано", "revoked"),
    "attendance": ("катышуу жөнүндө", "об участии", "of attendance"),
    "facilitator": ("алып баруучуларга", "ведущим", "of facilitators"),
    "corrections": (
        "Жыйынтыкталгандан кийинки оңдоолор",
        "Исправления после завершения",
        "Corrections since it was closed",
    ),
    "corrected": ("Оңдоолор: %s.", "Исправлений: %s.", "Corrections: %s."),
    "no_corrections": ("Оңдоолор болгон жок.", "Исправлений не было.", "Nothing was corrected."),
    "number": ("№", "№", "№"),
    "date": ("Күнү", "Дата", "Date"),
    "what": ("Эмне", "Что", "What"),
    "who": ("Ким", "Кто", "Who"),
    "reason": ("Себеби", "Причина", "Reason"),
    "issues": ("Ачык маселелер", "Открытые вопросы", "Open issues"),
    "no_issues": (
        "Ачык маселе жок: баары дал келет.",
        "Открытых вопросов нет: всё сходится.",
        "Nothing is open: everything agrees.",
    ),
    "issue": ("Эмне дал келбейт", "Что не сходится", "What does not agree"),
    "count": ("Адам", "Человек", "People"),
    "agenda": ("Күн тартиби", "Программа", "Agenda"),
    "time": ("Убактысы", "Время", "Time"),
    "block": ("Мазмуну", "Содержание", "What"),
    "leads": ("Алып баруучулар", "Ведущие", "Facilitators"),
    "prepared": ("Даярдаган", "Составил(а)", "Prepared by"),
    "sign": ("аты-жөнү, колу, күнү", "Ф. И. О., подпись, дата", "name, signature, date"),
    "rule": (
        (
            "Жарыялоо үчүн. «–» белгиси көрсөтүлбөгөн санды билдирет: ал %s адамдан аз же башка сандар аркылуу "
            "ушундай санды эсептеп чыгарууга болот. Чакан топтор «Башкалар» деп бириктирилген."
        ),
        (
            "Для публикации. «–» означает число, которое не показывается: за ним стоят менее %s человек, или "
            "по нему можно вычислить такое число. Малые группы объединены в строку «Другие»."
        ),
        (
            "For publication. “–” is a count that is not shown: it stands for fewer than %s people, or such a "
            "count could be worked out from it. Small groups stand together as “Other”."
        ),
    ),
    "from_release": (
        "Сандар %s-чыгарылыштан (%s карата) алынган.",
        "Числа взяты из выпуска %s (по состоянию на %s).",
        "The counts are those of release %s (as of %s).",
    ),
    "no_release": (
        "Жынысы, аймагы жана мекемеси боюнча таблицалар бул окууну эсепке алган биринчи чыгарылыш менен кошо берилет.",
        "Таблицы по полу, регионам и учреждениям появятся с первым выпуском, который учтёт это обучение.",
        "Tables by sex, region and institution come with the first release that counts this training.",
    ),
}


def words_of(lang: str) -> dict[str, str]:
    """Return every word in one language."""
    place = _LANGUAGES.index(lang)
    return {name: row[place] for name, row in _ROWS.items()}
