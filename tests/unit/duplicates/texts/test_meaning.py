"""Pairs that a short edit parts, and pairs that are one message: in the languages that people use."""

# ruff: noqa: RUF001 - signs that look alike are what these pairs are about.

import pytest

pytest.importorskip("rapidfuzz")

from vicinal.duplicates import compare_texts, find_text_duplicates

# First and second text, and what parts them.
DIFFERENT = [
    ("Just got back from the dentist and the new filling looks great :)", ":)", ":("),
    ("The support team was helpful and I would use this service again 😀", "😀", "😡"),
    ("I would recommend this phone to anyone who needs a long battery life", "would", "wouldn't"),
    ("The scan of the left lung shows no sign of a growing nodule in the upper lobe", "no sign", "a sign"),
    ("Patient has a history of asthma and was treated with steroids at home", "has a", "has no"),
    ("这家餐厅的服务员态度非常好，菜也很好吃，我下次还会再来的", "非常好", "非常差"),
    ("The results are significantly positive for the treated group overall", "positive", "negative"),
    ("Is it hypertension that the drug treats in most of the older patients", "hyper", "hypo"),
    ("the match ended with a win for our team in the very last minute of play", "our", "your"),
    ("total cost was one hundred dollars for the entire family dinner last night", "one", "two"),
    ("１２月２４日の会議は午後三時から本社の三階で行います", "２４", "２５"),
    ("الاجتماع يوم ٣ مايو في القاعة الكبرى مع جميع الأعضاء والضيوف", "٣", "٤"),
    ("Chapter IV of the report deals with the causes of the great fire", "IV", "VI"),
    # Emoticons, emoji and signs.
    ("Another monday morning at the office with all of my favourite people ;)", ";)", ":/"),
    ("Another monday morning at the office with all of my favourite people <3", "<3", "</3"),
    ("Another monday morning at the office with all of my favourite people 👍", "👍", "👎"),
    ("Another monday morning at the office with all of my favourite people 😂", " 😂", ""),
    ("Another monday morning at the office with all of my favourite people ^_^", "^_^", "T_T"),
    ("Ну вот и закончилась наша работа в этом замечательном месте)", ")", "("),
    ("The new release of the app works on my old phone without any trouble.", ".", "?"),
    ("The temperature in the cold room was -5 degrees when we opened it", "-5", "5"),
    ("We had to pay $5 for each of the tickets at the door of the hall", "$5", "5%"),
    ("She has been writing C++ for more than ten years in a large company", "C++", "C"),
    ("Most of the games that we play at home were written in C# by two people", "C#", "C"),
    ("The area of the square is x² if the length of each of its sides is x", "x²", "x2"),
    ("Stop the infusion if the pressure is < 90 at the next two readings", "<", ">"),
    ("The expert said that the new drug is safe for all of the patients", "expert", '"expert"'),
    ("The new rule was ~~dropped~~ by the council at the end of last week", "~~dropped~~", "dropped"),
    # Negation in many languages.
    ("The patient is able to walk without help after the second operation", "able", "unable"),
    ("The patient was symptomatic at the time of the second examination", "symptomatic", "asymptomatic"),
    ("It was a typical course of the disease in a man of about that age", "a typical", "atypical"),
    ("There is no one who could help us with the luggage at the station", "no one", "one"),
    ("I have never been so happy with a hotel in this part of the country", "never", "ever"),
    ("It is legal to park a car on this side of the street after eight", "legal", "illegal"),
    ("He can swim in the lake with his friends on the last day of school", "can", "can't"),
    ("We cant reach the island by boat when the wind comes from that side", "cant", "can"),
    ("Das Zimmer war sauber und ich würde gern wieder in dieses Hotel gehen", "gern", "nie"),
    ("Wir haben keine Probleme mit der Heizung in der neuen Wohnung gehabt", "keine", "eine"),
    ("Es ist möglich, das Gerät ohne Werkzeug an der Wand zu befestigen", "möglich", "unmöglich"),
    (
        "Le service était bon et je reviendrai avec ma famille cet été",
        "et je reviendrai",
        "et je ne reviendrai pas",
    ),
    ("La valise est rangée au-dessus du lit dans la chambre du fond", "dessus", "dessous"),
    ("El equipo tiene una garantía de dos años para todas las piezas", "tiene", "no tiene"),
    ("Il negozio è aperto di domenica per tutto il mese di dicembre", "è aperto", "non è aperto"),
    ("O médico disse que ela pode comer carne depois da operação de hoje", "ela pode", "ela não pode"),
    ("De winkel is open op zondag tijdens de hele maand december dit jaar", "is open", "is niet open"),
    ("Мне понравился этот фильм, и я советую его всем своим друзьям", "понравился", "не понравился"),
    ("Автобус входит в город каждый день рано утром по этой дороге", "входит", "выходит"),
    ("この薬は食事の前に飲んでもいいと先生が昨日の診察で言いました", "いい", "よくない"),
    ("昨日の試合で私たちのチームは相手に勝ちました、本当に驚きました", "ました、", "ませんでした、"),
    ("医生说这种药可以和牛奶一起吃，每天早上和晚上各吃一次就好", "可以", "不可以"),
    ("会议改到三月五日上午九点在公司二楼的大会议室举行请准时参加", "三月", "二月"),
    ("هذا الدواء مفيد للأطفال في كل الحالات التي رأيناها هذا العام", "مفيد", "ليس مفيدا"),
    ("המסעדה פתוחה בשבת בערב במשך כל חודשי הקיץ והחורף השנה", "פתוחה", "לא פתוחה"),
    ("이 식당의 음식은 정말 맛있어요 그래서 다음에 또 오고 싶어요", "맛있어요", "맛없어요"),
    ("यह दवा बच्चों के लिए सुरक्षित है और सब डॉक्टर इसे देते हैं", "सुरक्षित है", "सुरक्षित नहीं है"),
    ("ร้านนี้อาหารอร่อยมากและพนักงานบริการดีจะกลับมาอีกแน่นอน", "อร่อย", "ไม่อร่อย"),
    # Opposites and other words by a short edit.
    ("The number of visitors will increase in the second half of the year", "increase", "decrease"),
    ("The patient took the tablets before the meal as the doctor had said", "before", "after"),
    ("Turn left at the church and follow the road to the end of the village", "left", "right"),
    ("All of the lesions that we found in the liver were benign this time", "benign", "malign"),
    ("The employer has to sign the form within two weeks from this day on", "employer", "employee"),
    ("The nerve carries afferent fibres from the skin of the upper arm", "afferent", "efferent"),
    ("Add the sulfate to the solution and stir until all of it is gone", "sulfate", "sulfite"),
    ("These are macroscopic changes of the tissue in most of the samples", "macroscopic", "microscopic"),
    ("The internal wall of the house has to be painted before the winter", "internal", "external"),
    ("He said that he would emigrate in the spring of the following year", "emigrate", "immigrate"),
    ("The doctor will prescribe this drug to nobody in the coming months", "prescribe", "proscribe"),
    ("My friend from Iran sent me this picture of the mountains last week", "Iran", "Iraq"),
    ("We met Maria at the station and went to the market with all of them", "Maria", "Mario"),
    ("They won the game on their own ground in front of all of the fans", "They won", "They lost"),
    ("She loves her job and the people she works with in the small office", "She", "He"),
    ("He is a fiend to everyone who has to work with him in this building", "fiend", "friend"),
    ("Todos los niños estaban cansados después de la fiesta en la escuela", "cansados", "casados"),
    ("El perro más viejo de la casa duerme siempre cerca de la ventana", "perro", "pero"),
    ("Mi hermana tiene tres años menos que yo y vive en la misma ciudad", "años", "anos"),
    ("Er trinkt Alkohol in Maßen, wenn er mit seinen Freunden ausgeht", "Maßen", "Massen"),
    # Numbers, units, dates, names and case.
    ("The train to the coast leaves at 10:45 from the platform on the left", "10:45", "10:46"),
    ("Give the child 5 mg of the drug in the morning and in the evening", "mg", "g"),
    ("Give the child 5mg of the drug in the morning and in the evening", "5mg", "5ug"),
    ("The rent for the flat is 1,500 euros a month with all of the costs", "1,500", "1.500"),
    ("The meeting of the whole team was moved to June, at the usual place", "June", "July"),
    ("This law is good for everyone who works in the US or wants to do so", "US", "us"),
    ("He put Polish wax into the box that we keep in the cellar at home", "Polish", "polish"),
    ("He comes from a small village and was made king, Louis XIV, in the end", "XIV", "XVI"),
    ("She voted for @anna_b in the last election because of the new school", "@anna_b", "@paul_c"),
    ("No, stop the machine when the red light beside the door goes on", "No, stop", "No stop"),
    # Words that came or went.
    ("We were all happy with the hotel and with the food that they served", "were all", "were not all"),
    ("There are few people who know how to repair this kind of machine", "are few", "are a few"),
    ("I would buy this again at this price from the same shop in our street", "buy", "only buy"),
]
# Texts that stay one message, and what evidence says of the second.
MESSAGE = "I finally finished the long book that my sister gave me for my birthday, what a story"
DUPLICATES = [
    (MESSAGE.upper(), "case"),
    (MESSAGE.lower(), "case"),
    (MESSAGE.replace("finished", "FINISHED"), "case"),
    ("i" + MESSAGE[1:], "case"),
    (MESSAGE + "!", "punctuation"),
    (MESSAGE + "!!!", "punctuation"),
    (MESSAGE + "...", "punctuation"),
    (MESSAGE.replace(",", ""), "punctuation"),
    (MESSAGE.replace(",", "..."), "punctuation"),
    (f'"{MESSAGE}"', "punctuation"),
    (f"\u201c{MESSAGE}.\u201d", "punctuation"),
    (MESSAGE.replace("book", "#book"), "punctuation"),
    (f"  {MESSAGE}\n", "identical but for white space"),
    (MESSAGE.replace(" ", "   "), "identical but for white space"),
    (MESSAGE.replace(" that ", "\nthat "), "identical but for white space"),
    (MESSAGE.replace(" that ", "\u00a0that "), "identical but for white space"),
    (MESSAGE.replace("sister", "sis\u00adter"), "punctuation"),
    (MESSAGE + " http://t.co/x1", "other URLs"),
    ("https://example.org/a " + MESSAGE, "other URLs"),
    (MESSAGE + " www.example.org", "other URLs"),
    ("@ana " + MESSAGE, "other @mentions"),
    ("@ana @bob: " + MESSAGE, "other @mentions"),
    (MESSAGE + " @ana", "other @mentions"),
    (MESSAGE.replace("sister", "sister @ana"), "other @mentions"),
    ("RT @ana: " + MESSAGE, "RT mark"),
    ("rt @ana " + MESSAGE, "RT mark"),
    ("RT @ana: " + MESSAGE.upper() + "!", "RT mark"),
    (MESSAGE.replace("the", "teh"), "'teh' for 'the'"),
    (MESSAGE.replace("that", "taht"), "'taht' for 'that'"),
    (MESSAGE.replace("sister", "sitser"), "'sitser' for 'sister'"),
    (MESSAGE.replace("sister", "sistr"), "'sistr' for 'sister'"),
    (MESSAGE.replace("birthday", "birthdday"), "'birthdday' for 'birthday'"),
    (MESSAGE.replace("finally", "finaly"), "'finaly' for 'finally'"),
    (MESSAGE.replace("story", "stroy"), "'stroy' for 'story'"),
    (MESSAGE.replace("what", "waht"), "'waht' for 'what'"),
    (MESSAGE.replace("gave me", "gaveme"), "'gaveme' for 'gave me'"),
    (MESSAGE.replace("long book", "lon gbook"), "'lon gbook' for 'long book'"),
    (MESSAGE.replace("my birthday", "my my birthday"), "'my' twice"),
    (MESSAGE.replace("long", "logn").replace("story", "stoyr"), "'logn' for 'long'"),
    (MESSAGE[:-6] + "...", "cut off at the end: 'story'"),
    (MESSAGE[:-3] + "\u2026", "cut off at the end: 'story'"),
    ("..." + MESSAGE[2:], "cut off in front: 'i'"),
]
OTHER_DUPLICATES = [
    (
        "Tom &amp; Jerry are on again tonight at eight",
        "Tom & Jerry are on again tonight at eight",
        "HTML entities",
    ),
    ("it’s the best film we’ve seen this year", "it's the best film we've seen this year", "punctuation"),
    ("soooo happy with the new kitchen", "soooooooo happy with the new kitchen", "punctuation"),
    ("where is everybody today??", "where is everybody today?", "punctuation"),
    ("I can’t wait for the weekend :)", "I can't wait for the weekend :)", "punctuation"),
    ("I love this ❤️ so much today", "I love this ❤ so much today", "punctuation"),
    ("la fête était très réussie hier soir", "La fête était très réussie, hier soir!", "case"),
    (
        "Das Essen war sehr gut und die Bedienung freundlich",
        "das Essen war sehr gut und die Bedienung freundlich.",
        "case",
    ),
    ("这家餐厅的服务员态度非常好，菜也很好吃", "这家餐厅的服务员态度非常好,菜也很好吃。", "punctuation"),
    ("今日は とても楽しかったです", "今日はとても楽しかったです。", "punctuation"),
    ("１２月の会議は三階です", "12月の会議は三階です", "punctuation"),
    ("الاجتماع غدا في القاعة الكبرى، مع الجميع", "الاجتماع غدا في القاعة الكبرى مع الجميع", "punctuation"),
    ("Мне очень понравился этот фильм", "МНЕ ОЧЕНЬ ПОНРАВИЛСЯ ЭТОТ ФИЛЬМ!", "case"),
    ("ร้านนี้อาหารอร่อยมาก และบริการดี", "ร้านนี้อาหารอร่อยมากและบริการดี", "punctuation"),
    ("이 식당의 음식은 정말 맛있어요", "이 식당의 음식은 정말 맛있어요!!", "punctuation"),
    (
        "cafe\u0301 au lait pour tout le monde",
        "caf\u00e9 au lait pour tout le monde",
        "identical but for white space",
    ),
]


def told(step, done, of):
    del step, done, of


@pytest.mark.parametrize(("text", "part", "other"), DIFFERENT)
def test_a_short_edit_that_changes_what_is_said_makes_no_duplicate(text, part, other):
    assert part in text
    changed = text.replace(part, other, 1)
    for words in (f"{text}", f"  {text} http://t.co/a"):
        assert compare_texts(words, changed) is None
        assert compare_texts(changed, words) is None


@pytest.mark.slow
def test_nor_in_a_search_in_which_all_words_are_known():
    """Each text stands there five times with other links, its opposite once, and the other way round."""
    texts = {}
    for number, (text, part, other) in enumerate(DIFFERENT):
        pair = (text, text.replace(part, other, 1))
        often = number % 2
        for copy in range(5):
            texts[f"{number}-often-{copy}"] = f"{pair[often]} http://t.co/{number}{copy}"
        texts[f"{number}-once"] = pair[1 - often]
    for group in find_text_duplicates(texts.items(), told).groups:
        assert len({item_id.rsplit("-", 1)[0].removesuffix("-often") for item_id in group.item_ids}) == 1
        assert not any(item_id.endswith("-once") for item_id in group.item_ids), [
            texts[item_id] for item_id in group.item_ids
        ]


# Told from slips by nothing but knowing the language, where many texts have the one and none the other.
REMAINING = {"cansados", "Iran", "Maria"}


@pytest.mark.slow
@pytest.mark.parametrize("often", [0, 1])
@pytest.mark.parametrize("count", [3, 30])
def test_nor_where_many_other_texts_have_the_one_word_and_none_the_other(often, count):
    texts = {}
    for number, (text, part, other) in enumerate(DIFFERENT):
        pair = (text, text.replace(part, other, 1))
        texts[f"{number}-often"], texts[f"{number}-once"] = pair[often], pair[1 - often]
        words = pair[often].split()[::-1]
        for row in range(count):
            turned = [*words[row % 7 :], "x" + chr(ord("a") + row % 26) * (3 + row // 26), *words[: row % 7]]
            texts[f"{number}-other-{row}"] = " ".join(turned)
    joined = {
        DIFFERENT[number][1]
        for group in find_text_duplicates(texts.items(), told).groups
        for number in range(len(DIFFERENT))
        if {f"{number}-often", f"{number}-once"} <= set(group.item_ids)
    }
    assert joined <= REMAINING


@pytest.mark.parametrize(("text", "kind"), DUPLICATES)
def test_noise_leaves_a_duplicate(text, kind):
    assert text != MESSAGE
    found, turned = compare_texts(MESSAGE, text), compare_texts(text, MESSAGE)
    assert kind in found.kinds
    assert turned is not None
    assert turned.similarity == found.similarity >= 0.9
    assert found.is_identical == (kind == "identical but for white space")


@pytest.mark.parametrize(("first", "second", "kind"), OTHER_DUPLICATES)
def test_noise_leaves_a_duplicate_in_other_languages(first, second, kind):
    for found in (compare_texts(first, second), compare_texts(second, first)):
        assert kind in found.kinds


def test_a_word_that_the_data_know_may_be_misspelt():
    """Without other texts nobody can say which of two words is a slip of the other."""
    text, typo = (
        "the quarterly zorbing tournament was a joy for all",
        "the quarterly zurbing tournament was a joy for all",
    )
    assert compare_texts(text, typo) is None
    others = {"c": "zorbing is a sport", "d": "she likes zorbing and rowing"}
    (group,) = find_text_duplicates(({"a": text, "b": typo} | others).items(), told).groups
    assert group.item_ids == ("a", "b")
    assert group.duplicates[0].evidence.kinds == ("'zurbing' for 'zorbing'",)
    others["e"] = "the zurbing of old iron"
    others["f"] = "zurbing comes next"
    assert find_text_duplicates(({"a": text, "b": typo} | others).items(), told).groups == []
