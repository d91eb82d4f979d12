"""The question bank of the demo's course: invented, about method and not about any law's wording."""

from portal.evaluation.rules.assessments import QuestionDraft, QuestionKind, UsedIn
from portal.platform.texts import Text

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
