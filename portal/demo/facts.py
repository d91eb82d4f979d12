"""People and places of the demo. Every person is invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.access.permissions import Role
from portal.catalog.rules import PlannedSignatory
from portal.platform.texts import Text

PROJECT_CODE = "TIP-KG"
DONOR_CODE = "INL"
COURSE_CODE = "TIP-INV"
COURSE_HOURS = 12
_TUESDAY = 1


@dataclass(frozen=True)
class DemoAccount:
    """A sign-in of the demo; `side` names the regions of a coordinator."""

    role: Role
    email: str
    name: str
    side: str = ""
    institution: str | None = None


@dataclass(frozen=True)
class DemoTraining:
    """A training of the demo. Its venue tells it from others; `weeks` from today to its first day, or today itself."""

    region: str
    venue: Text
    title: Text
    weeks: int
    capacity: int
    allotments: tuple[tuple[str, int], ...] = ()

    def starts_on(self, today: date) -> date:
        """Return the first day: today, or the Tuesday of some week before or after."""
        if not self.weeks:
            return today
        day = today + timedelta(weeks=self.weeks)
        return day + timedelta(days=_TUESDAY - day.weekday())


ACCOUNTS = (
    DemoAccount(Role.ADMINISTRATOR, "admin@demo.example", "Нургүл Сатыбалдиева"),
    DemoAccount(Role.COORDINATOR, "aida@demo.example", "Аида Жумабаева", side="south"),
    DemoAccount(Role.COORDINATOR, "bakyt@demo.example", "Бакыт Осмонов", side="north"),
    DemoAccount(Role.DONOR, "dana@demo.example", "Dana Miller"),
    DemoAccount(Role.AUDITOR, "auditor@demo.example", "Эркин Садыков"),
    DemoAccount(Role.FOCAL_POINT, "focal@demo.example", "Гүлзат Абдыраева", institution="GPO"),
    DemoAccount(Role.VETTING_OFFICER, "vetting@demo.example", "Тимур Касымов"),
)

# Somebody who has not joined yet, and somebody who has left: the list of accounts shows every state.
INVITED = DemoAccount(Role.FOCAL_POINT, "nazgul@demo.example", "Назгүл Мамытова", institution="MOI")
LEFT = DemoAccount(Role.COORDINATOR, "ruslan@demo.example", "Руслан Абдыкеримов", side="north")

PROJECT: dict[str, Any] = {
    "code": PROJECT_CODE,
    "title": Text(
        ky="Адам сатууга каршы кылмыш-жаза сот адилеттигин чыңдоо",
        ru="Укрепление уголовно-правовых мер противодействия торговле людьми",
        en="Strengthening the criminal justice response to trafficking in persons",
    ),
    "organizers": Text(
        ky="Кыргыз Республикасынын Ички иштер министрлиги жана Башкы прокуратурасы",
        ru="Министерство внутренних дел и Генеральная прокуратура Кыргызской Республики",
        en="Ministry of Internal Affairs and General Prosecutor's Office of the Kyrgyz Republic",
    ),
    "acknowledgement": Text(
        ky="АКШ Мамлекеттик департаментинин Эл аралык баңгизат жана укук коргоо маселелери боюнча бюросунун (INL)"
        " каржылык колдоосу менен",
        ru="При финансовой поддержке Бюро по международным делам в сфере борьбы с наркотиками и правоохранительной"
        " деятельности (INL) Государственного департамента США",
        en="With financial support from the US State Department's Bureau of International Narcotics and Law"
        " Enforcement Affairs (INL)",
    ),
    "signatories": (
        PlannedSignatory(
            "А. Т. Бекмуратов",
            Text(
                ky="Ички иштер министринин орун басары",
                ru="Заместитель министра внутренних дел",
                en="Deputy Minister of Internal Affairs",
            ),
        ),
        PlannedSignatory(
            "Г. С. Ормонова",
            Text(
                ky="Башкы прокурордун орун басары",
                ru="Заместитель Генерального прокурора",
                en="Deputy Prosecutor General",
            ),
        ),
    ),
}

COURSE_TITLE = Text(
    ky="Адам сатууну тергөө жана куугунтуктоо",
    ru="Расследование и уголовное преследование торговли людьми",
    en="Investigation and prosecution of trafficking in persons",
)
SESSIONS = (
    Text(
        ky="Улуттук багыттоо механизми",
        ru="Национальный механизм перенаправления",
        en="National referral mechanism",
    ),
    Text(
        ky="Эксплуатациянын белгилери, жабырлануучуларды аныктоо",
        ru="Признаки эксплуатации, идентификация жертв",
        en="Signs of exploitation, identification of victims",
    ),
    Text(
        ky="Кылмыштарды квалификациялоо",
        ru="Квалификация преступлений",
        en="Qualification of crimes",
    ),
    Text(
        ky="Милициянын, прокуратуранын жана БӨУлардын кызматташуусу",
        ru="Взаимодействие милиции, прокуратуры и НПО",
        en="Cooperation of police, prosecutors and NGOs",
    ),
)
OSH = DemoTraining(
    "KG-GO",
    Text(ky="Ош, «Алай» мейманканасынын залы", ru="Ош, зал гостиницы «Алай»", en="Osh, hall of the Alay hotel"),
    COURSE_TITLE,
    weeks=-3,
    capacity=60,
)
ISSYK_KUL = DemoTraining(
    "KG-Y",
    Text(
        ky="Чолпон-Ата, «Ысык-Көл» окуу борбору",
        ru="Чолпон-Ата, учебный центр «Иссык-Куль»",
        en="Cholpon-Ata, Issyk-Kul training centre",
    ),
    COURSE_TITLE,
    weeks=0,
    capacity=70,
)
TALAS = DemoTraining(
    "KG-T",
    Text(ky="Талас, облустук китепкана", ru="Талас, областная библиотека", en="Talas, oblast library"),
    COURSE_TITLE,
    weeks=4,
    capacity=30,
)
BATKEN = DemoTraining(
    "KG-B",
    Text(ky="Баткен, облустук китепкана", ru="Баткен, областная библиотека", en="Batken, oblast library"),
    COURSE_TITLE,
    weeks=8,
    capacity=40,
)
TRAININGS = (OSH, ISSYK_KUL, TALAS, BATKEN)
# What some wrote, each in the language in which they think.
EVALUATION_COMMENTS = {
    "most_useful": (
        "Разбор реальных дел и допрос потерпевших",
        "Жабырлануучулар менен иштөө боюнча практикалык көнүгүүлөр",
        "Перечень признаков эксплуатации, распечатали и повесили в отделе",
        "Прокурорлор менен бир столдо отуруп сүйлөшкөнүбүз",
        "Квалификация по статье 166 на примерах",
        "Кризис борборлорунун байланыштары",
        "Видеозапись допроса несовершеннолетних",
        "Көрсөтмө китеп, аны күн сайын колдонсо болот",
    ),
    "to_change": (
        "Больше времени на практику, меньше слайдов",
        "Санарип далилдер боюнча өзүнчө күн керек",
        "Пригласить судей и адвокатов",
        "Материалдар кыргыз тилинде да толук болсун",
        "В зале было холодно",
    ),
    "obstacles": (
        "Штат жетишпейт, бир тергөөчүгө отуздан ашык иш",
        "Нет комнаты для допроса потерпевших",
        "Котормочулардын жоктугу",
        "Частая смена следователей",
    ),
}

_ALWAYS = Text(ky="күнү-түнү", ru="круглосуточно", en="day and night")
_WEEKDAYS = Text(ky="иш күндөрү 9:00–18:00", ru="по будням 9:00–18:00", en="weekdays 9:00–18:00")
# Every center is invented and says so; the numbers belong to nobody. Beside each, how many days ago it was checked.
CENTERS: tuple[tuple[dict[str, Any], int], ...] = (
    (
        {
            "name": Text(
                ky="«Таяныч» кризистик борбору (ойдон чыгарылган)",
                ru="Кризисный центр «Таяныч» (вымышленный)",
                en="Tayanych crisis centre (invented)",
            ),
            "region_code": "KG-GO",
            "address": Text(
                ky="Ош ш., Ойдон чыгарылган көч., 1", ru="г. Ош, ул. Вымышленная, 1", en="Osh, 1 Invented Street"
            ),
            "phones": ("+996555000101", "+996555000102"),
            "hours": _ALWAYS,
            "offers": ("shelter", "hotline", "psychologist", "lawyer", "medical"),
            "accepts": ("women", "children", "foreigners"),
            "languages": ("ky", "ru", "uz"),
            "note": Text(
                ky="Алдын ала чалыңыз: түнкүсүн дарбазаны кезметчи ачат.",
                ru="Позвоните заранее: ночью ворота открывает дежурный.",
                en="Call first: at night the person on duty opens the gate.",
            ),
        },
        40,
    ),
    (
        {
            "name": Text(
                ky="«Кадам» жардам борбору (ойдон чыгарылган)",
                ru="Центр помощи «Кадам» (вымышленный)",
                en="Kadam help centre (invented)",
            ),
            "region_code": "KG-J",
            "address": Text(ru="г. Манас, ул. Вымышленная, 7", en="Manas, 7 Invented Street"),
            "phones": ("+996555000103",),
            "hours": _WEEKDAYS,
            "offers": ("psychologist", "lawyer", "court", "social"),
            "accepts": ("women", "men", "families"),
            "languages": ("ky", "ru", "uz"),
        },
        400,
    ),
    (
        {
            "name": Text(
                ky="«Мээрим-Көл» баш калкалоочу жайы (ойдон чыгарылган)",
                ru="Приют «Мээрим-Кёль» (вымышленный)",
                en="Meerim-Kol shelter (invented)",
            ),
            "region_code": "KG-Y",
            "phones": ("+996555000104",),
            "hours": _ALWAYS,
            "offers": ("shelter", "psychologist", "transport"),
            "accepts": ("women", "children", "disabled"),
            "languages": ("ky", "ru"),
            "note": Text(ky="Дареги айтылбайт.", ru="Адрес не сообщается.", en="The address is not given out."),
        },
        12,
    ),
    (
        {
            "name": Text(
                ky="«Жардам 24» ишеним телефону (ойдон чыгарылган)",
                ru="Телефон доверия «Жардам 24» (вымышленный)",
                en="Jardam 24 hotline (invented)",
            ),
            "region_code": "KG-GB",
            "phones": ("+996555000105", "+996555000106"),
            "hours": _ALWAYS,
            "offers": ("hotline", "psychologist", "return_home"),
            "accepts": ("women", "men", "children", "families", "foreigners"),
            "languages": ("ky", "ru", "en"),
        },
        5,
    ),
)
