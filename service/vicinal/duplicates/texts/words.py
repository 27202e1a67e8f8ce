"""Words that say something of their own, and how many of a set's texts have each word."""

import re
import zlib
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# ruff: noqa: RUF001 - Letters of other alphabets look like Latin ones.

_NEGATIONS = {
    "English": (
        "no not nor none never nobody nothing nowhere neither without cannot hardly barely scarcely "
        "rarely seldom unless except but only almost nearly lack lacks lacking denies denied absent non "
        "dont doesnt didnt isnt arent wasnt werent wont wouldnt cant couldnt shouldnt hasnt havent hadnt "
        "aint"
    ),
    "German": (
        "nicht nichts nie niemals niemand nirgends kein keine keinen keinem keiner keines keins weder "
        "noch ohne kaum außer fast nur aber sondern"
    ),
    "French": "ne pas non ni jamais rien aucun aucune sans personne guère point sauf presque seulement mais",
    "Spanish": "no ni sin nunca jamás nada nadie ningún ninguna ninguno tampoco casi solo sólo pero sino",
    "Portuguese": "não nem sem nunca nada ninguém nenhum nenhuma jamais quase só mas",
    "Italian": "no non né mai niente nulla nessuno nessuna senza neanche nemmeno quasi ma però solo",
    "Dutch": "niet geen nooit niets niemand zonder noch bijna maar alleen",
    "Nordic": "ikke aldrig ingen intet uden inte inget utan ej uten aldri men ei en et emme ette eivät ilman",
    "Slavic": (
        "nie nigdy nic nikt żaden żadna bez ani ale ne nikdy nikdo žádný není nije nikad ništa nitko не "
        "нет ни никогда ничего никто никакой нельзя без но лишь только почти едва ні немає ніколи ніхто "
        "нищо никой"
    ),
    "other": (
        "δεν δε μην όχι ποτέ χωρίς κανένας değil hayır yok hiç nem sem soha senki nélkül nu fără "
        "niciodată nimic nimeni tidak bukan jangan tanpa tak belum không chưa chẳng đừng لا لم لن ليس "
        "ليست ما غير بدون نه نیست לא אין בלי אל नहीं मत बिना न "
        "안 못 없다 없습니다 아니다 아닙니다 不 没 沒 無 无 非 未 勿 别 別 莫 否"
    ),
}
NEGATIONS = frozenset(" ".join(_NEGATIONS.values()).split())
"""Words that negate or weaken the words next to them. Of Chinese and Japanese: characters."""

_ENGLISH = """
a about above abroad accept access across act active add advise affect after afternoon again against age ago
agree ahead air alive all allow alone along also always am among an and angel angle angry animal another
answer any anybody anyone anything anyway apart april are area arm army around arrive art as aside ask
asleep assume at ate august aunt away awake awful baby back bad bag ball bank bar bare base bat bath be
beach bear beat beautiful became because become bed been beer before began begin behind being believe bell
below belt bench bend beneath beside best bet better between beyond big bill bird birth bit bite bitter
black blew block blood blow blue board boat body bold bone book boot bored born borrow boss both bottle
bottom bought bowl box boy brain brake branch brave bread break breast breath breathe bride bridge brief
bright bring broad broke brother brought brown build built burn bus bush busy butter buy by cake call calm
came camp can cap car card care careful careless carry cart case cash cast cat catch caught causal casual
cause cell cent center chain chair chance change charge chase cheap cheat check cheek cheese chest child
choose chose church circle city class clean clear climb clock close closed cloth cloud club coal coast coat
code coffee coin cold come comic comma common compare complain complement compliment conscience conscious
contact contract contrast control cook cool copy corn corner cost could council counsel count country county
course court cover cow crash create cross crowd cruel cry cup cure curse cut dad daily dairy damage dance
dark date daughter day dead deaf deal dear death deep deer degree desert dessert device devise diary did die
died diet dig dinner diner dirt dirty do doctor does dog done door doubt down draw dream dress drink drive
drop drove drug dry due during dust duty each ear early earn earth east easy eat edge effect egg eight
either elder elect eleven else emigrate empty end enemy engine enjoy enough enter entrance equal even
evening ever every everybody everyone everything exact exam exit expect expensive explain eye face fact fail
fair faith fall false family far farm fast fat father fear february feed feel feet fell felt female fence
few field fiend fifteen fifth fifty fight fill film final find fine finger finish fire first fish fit five
fix flat flew floor flour flow flower fly fold follow food fool foot for force forget form formal former
forth forty forward found four fourth free fresh friday friend from front fruit full fun fur future gain
game gate gave get gift girl give glad glass go goal goat god going gold gone good got grade grass grave
great green grew grey ground group grow guess guest guilty gun guy had hair half hall hand hang happen happy
hard harm has hat hate have he head heal health hear heard heart heat heavy held hell hello help hence her
here hero hers herself hi hide high higher hill him himself his hit hold hole holy home honest hope hoping
hopping horse hospital host hot hour house how huge human humane hundred hung hungry hunt hurt husband i ice
idea if ill immoral immortal import in income increase indeed inside into invite iron is island it its
itself jam january job join joke joy judge july jump june just keen keep kept key kick kid kill kind king
kiss knee knew knife know known lady lake land lane language large last late later latter laugh law lawyer
lay lazy lead leaf learn least leave led left leg legal lend length less lesson let letter level liar
liberty lie life lift light like likely line lip list listen little live lived lives load loan local lock
log lonely long look loose lord lose loss lost lot loud love loved lover loves low lower luck lunch mad made
main make male man many march mark market marital martial married mass master match may me meal mean meant
meat medal media medical medication mediation meet member men mental met metal middle might mile milk mind
mine minor minus minute miss mistake mix mom monday money month moon moral morale more morning mortal most
mother mouse mouth move much mud multiple murder muscle music must my myself nail name narrow nation near
neck need negative neighbor nerve net new news next nice niece night nine nineteen ninth ninety noise noon
normal north nose note notice november now number nurse oak october odd of off offer office often oil old on
once one ones onion open opened or orange order other others ought our ours out outside over own owner pack
page paid pain paint pair palm pan paper parent park part party pass passed past patent path patient
patience pause pay peace pen people per perfect perhaps period person personal personnel phone photo pick
picture piece pig pill pink pit place plain plan plane plant plate play please plenty plus pocket point
poison pole police polish polite pool poor pop port positive possible post pot pound pour power pray precede
prefer prescribe present press pretty prevent prey price pride prince princess principal principle prison
private prize problem proceed profit proof proscribe prosecute persecute prostate prostrate protect proud
prove public pubic pull pump pure push put queen question quick quiet quit quite race rage rain raise ran
rang rare rate raw reach read ready real reason receive recent red refuse regret relation relative release
remain remember remove rent repair reply report request rescue reserve rest restore result return reverse
rice rich ride right ring rise risk river road roof room root rope rose rough round row rude ruin rule run
rush sad safe said sail salad salary sale salt same sample san sand sat save saw say scar scare scared
sacred school score sea search season seat second secret secure see seed seem seen self sell send sense sent
separate september serious serve set settle seven seventeen seventh seventy sever several severe shade shall
shame shape share sharp she shed sheep sheet ship shirt shock shoe shoot shop shore short shot should shout
show shut shy sick side sight sign silent silver similar simple since sing single sink sister sit site six
sixteen sixty size skill skin skip sky slave sleep slept slice slide slim slip slow small smart smell smile
smoke smooth snow so soap social soft soil sold some somebody someone something sometimes son song soon sore
sorry sort soul sound soup sour south space spare speak special speed spell spend spent spoke spoon sport
spot spread spring staff stage stair stake stale stamp stand star stare start starve state station
stationary stationery statue stay steal steel stem step stick still stole stone stood stop store storm story
straight strange stream street strength stress strike string strip stripe striped stripped strong student
study stuff stupid such suck suffer sugar suit sum summer sun sunday super supper sure surface surgery
surgeon sweat sweet swim table tail take taken tale talk tall tap taste taught tax tea teach team tear tell
ten tense tent tenth term test text than thank thanks that the theft their theirs them then there these they
thick thief thin thing think third thirteen thirty this thorough those though thought thousand three threw
through throw thumb thursday thus ticket tide tie tight till time tin tiny tip tire tired to today toe
together told tomorrow tone tongue tonight too took tool tooth top total touch tough tour toward town toy
track trade trail train trap travel treat tree trial trick trip trouble truck true trunk trust truth try
tube tuesday tune turn twelve twenty twice two type ugly uncle under united unite untied until up upon upper
upset upstairs us use used useful useless user usual valley value very veil vein victim view village visit
voice vote wage wait wake walk wall want war ward warm warn was wash waste watch water wave way we weak
wealth wear weather wedding wednesday week weight well went were west wet what wheat wheel when where
whether which while white who whole wholly whom whose why wide wife wild will win wind window wine wing
winner winter wipe wire wise wish with within woke wolf woman women won wonder wood wool word words wore
work worker world worry worse worst worth would wound wrap write wrong wrote yard year yell yellow yes
yesterday yet you young your yours yourself youth zero zone
"""
_GERMAN = """
ab alle alles als alt alte am an ander andere auch auf aus bald bei beide beim besser beste bin bis bist
bitte bleiben böse da damit dann das dass dein deine dem den denn der des dessen dich die dies diese dieser
dieses dir doch dort drei du dumm dunkel durch eben ein eine einem einen einer eines eins einmal ende er
erst es etwas euch euer feind frau freund früh für ganz geben gegen gehen gern gestern gewinn groß große gut
gute guten haben halb hass hat hatte haus heute hier hin hinter hoch ich ihm ihn ihr ihre im immer in ins
ist ja jahr je jede jeder jemand jetzt jung junge kalt kann klein kleine kleiner können krank kurz land lang
langsam leben leicht letzte leute lieb liebe links mal man mann masse maße mehr mein meine mensch mich miete
mir mit mitte morgen muss mutter nach nacht nahe neben nein neu neue neun nun ob oben oder ofen offen oft
rechts ruhig sagen schlecht schnell schon schön schuld schwer sechs sehr sein seine seit sich sie sieben
sieg sind so sogar soll sonst spät staat stadt stark tag tod tot tun über um und uns unser unter vater
verlust viel viele vier voll vom von vor vorher wahr wann war warm warum was weil weiß weit welche wenig
weniger wenn wer werden wie wieder will wir wird wo wohl zehn zeit zu zum zur zwei zwischen
"""
_FRENCH = """
ai ainsi aller alors ami amie ans après assez au aussi autre aux avant avec avoir beau beaucoup bien bon
bonne bas car ce cela celle celui ces cet cette chaud chaque chez chien cinq comme contre court dans de
dedans dehors depuis dernier derrière des dessous dessus deux devant dix dont du elle elles en encore entre
est et été être eu faire fait femme fille fils fin fois font froid gagner gauche grand gros haut hier homme
huit ici il ils jamais je jeune jour la laid le les leur lui ma mal me meilleur même mes mieux mois moins
mon monde mort mot moi neuf noir nos notre nous nouveau nuit on ont ou où oui par parce parle partir peine
perdre petit peu peur plus poisson poison pour premier près prix quand quatre que quel qui quoi sa sec se
seize sept ses si six soir son sont sous sur ta tant tard te temps tes toi ton toujours tous tout toute très
trois trop tu un une vers vie vieux vingt vite voir vos votre vous vrai
"""
_SPANISH = """
abajo ahora algo alguien allí alto amigo amiga antes año años apenas aquel aquí arriba así aun aún bajo bien
buena bueno cada caro carro cansado casa casado caso cerca cero cerro cinco como con contra corto cosa
cuando cuatro dar de debajo decir del dentro desde después día dice diez donde dos él ella ellos en encima
entre era es esa ese eso esta está este esto frío fuera fue gana gran grande hace hacia hambre hasta hay
hijo hija hombre hora hoy ido igual ir izquierda joven la las le lejos les lo los luego lugar mal malo mano
mañana más mayor mejor menor menos mes mi mil mis mismo mucho mucha muerte mujer muy nieto niña niño noche
nos nosotros nueve nuevo ocho otro otra padre para peor perro pesos besos poco poca por porque primero
pronto puede que qué quien rico saber se ser seis según si sí siempre siete sobre son su sube sur tan tanto
tarde te tengo tener tiempo tiene todo todos trabajo tras tres tu tú último un una uno usted vaca vaso vez
vida viejo viene vivo ya yo
"""
_PORTUGUESE = """
abaixo acima agora ainda alguém amanhã ano antes aqui até bem boa bom cada cedo cinco com coisa depois dez
dia dois dentro ele ela eles em entre era essa esse esta este eu foi fora frio hoje homem isso já lá lado
longe maior mais mal mau melhor menos meu mês minha muito mulher nós nove novo oito onde ontem ou outro
outra para perto pior pois por porque pouco quando quatro que quem sai seis sempre ser sete seu sim sobre
sua também tarde tem três tudo um uma vai você avó avô
"""
_ITALIAN = """
alto amico amica anno ano anche ancora bene brutto buono caldo capello cappello caro casa che chi ci cinque
come con contro cosa così dei del della dentro dieci dietro dopo dove due ecco era esce essere fuori freddo
giorno giovane giù già gli ha ho ieri il io la lei lì loro lui lontano male meglio meno mese mia mio molto
nel noi nonno nono notte nove nuovo oggi ogni oltre ora otto ottimo palla pala peggio per perché piccolo più
poco poi porta prima primo qua qualche quando quattro quel questo qui sale se sei sempre senso sette si sì
sono sopra sordo sardo sotto su sua subito suo tanto tardi te tre tu tutto tutti un una uno uomo va vecchio
vero vi via vicino vita voi
"""
_DUTCH = """
aan achter al alle als ander bij beter binnen boven buiten daar dan dat de deze die dit doen door drie een
elk en er goed groot haar heb heeft hem het hier hij hoe ik in is ja je jij kan klein koud links maar man
meer men met mij mijn minder na naar nog nu of om onder ons onze ook op open over rechts slecht te tegen
tien toen tot twee uit u uur vaak van veel vier vijf voor vrouw waar wat weer weg wel werd wie wij wil zal
ze zeer zes zeven zij zijn zo zonder zou
"""
_LANGUAGES = tuple(
    frozenset(f"{words} {_NEGATIONS[language]}".split())
    for language, words in (
        ("English", _ENGLISH),
        ("German", _GERMAN),
        ("French", _FRENCH),
        ("Spanish", _SPANISH),
        ("Portuguese", _PORTUGUESE),
        ("Italian", _ITALIAN),
        ("Dutch", _DUTCH),
    )
)
_KNOWN = NEGATIONS.union(*_LANGUAGES)
_ROMAN = re.compile(r"m{0,4}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,4})")
_BEGINNINGS = """
a ab ad al an ana anti aus auf auto be by co con contra counter de des di dis down ein en ent er ex extra
for fore ge hyper hypo il im in inter intra ir mis non of off on out over para post pre pro re s semi sub
super trans un under up ver zer zu
"""
# Words that make another word of the next one where the blank is dropped: "a part", "in formal".
PREFIXES = frozenset(_BEGINNINGS.split())
# Of these the ones that make the opposite, as "a typical" and "atypical".
OPPOSING = frozenset(("a", "an", "anti", "dis", "il", "ir", "non", "un"))
# "Typical" and "atypical", "moral" and "amoral".
PRIVATIVE = frozenset("a")
# Beginnings that make another word of the same stem, and differ in a letter.
OTHER_BEGINNINGS = (
    *(("в", "вы"), ("при", "пре"), ("с", "со"), ("о", "об"), ("w", "wy"), ("v", "vy"), ("u", "un")),
    *(("be", "ge"), ("de", "re"), ("de", "be"), ("im", "em"), ("in", "en"), ("en", "un"), ("in", "un")),
)
VOWELS = frozenset("aeiouàáâãäåæèéêëìíîïòóôõöøœùúûüаеёиоуыэюяіїєαεηιουω")

KNOWN_TEXTS = 2
"""Texts that have a word from which on it is a word that people use."""
_ENOUGH_TEXTS = 5000
# Counted in addition to words: all texts, the words of each text together, and pieces of words.
_ALL, _MESSAGE, _PIECE = "\0", "\1", "\2"
_BITS = 22
_PLACES = 1 << _BITS
_MOST = 65_535


def is_known(key: str) -> bool:
    """Whether people use a word everywhere, and it is easily taken for another."""
    return key in _KNOWN


def is_word_beside(key: str, other: str) -> bool:
    """Whether a word is one in a language of another word; where no list has that one, in any language."""
    if other not in _KNOWN:
        return key in _KNOWN
    return any(key in words and other in words for words in _LANGUAGES)


def is_negation(key: str) -> bool:
    """Whether a word may turn what is said round."""
    return key in NEGATIONS or key.endswith("n't")


def is_numeral(key: str) -> bool:
    """Whether a word may be a Roman numeral."""
    return _ROMAN.fullmatch(key) is not None


class WordCounts(Protocol):
    """What is known of words."""

    def texts_with(self, word: str) -> int:
        """About how many texts have a word; never too few, up to 65,535."""
        ...

    def is_strange(self, word: str) -> bool:
        """Whether many texts are known, and none but one has a word with three of its letters in a row."""
        ...


class WordVocabulary:
    """The words of texts that come one by one, counted where two hashes of each lead to.

    Two words may share their places, and then both look more frequent than they are (Cormode and
    Muthukrishnan, "An improved data stream summary: the count-min sketch", 2005). With a million different
    words this happens to one in twenty. The counts take 16 MB, and no memory until words come.
    """

    def __init__(self) -> None:
        self._counts: NDArray[np.uint16] = np.zeros((2, _PLACES), dtype=np.uint16)
        self._is_shared = False

    def add(self, words: Collection[str]) -> None:
        """Takes in the words of one more text, each once; a text of the same words counts no more."""
        message = _MESSAGE + _MESSAGE.join(sorted(words))
        if not words or self.texts_with(message):
            return
        places = np.concatenate([_all_places((message, _ALL)), *map(_places_of_word, words)])
        if self._is_shared:
            self._counts, self._is_shared = self._counts.copy(), False
        for row, column in enumerate(places.T):
            once = np.unique(column)
            counts = self._counts[row, once]
            self._counts[row, once] = counts + (counts < _MOST)

    def texts_with(self, word: str) -> int:
        """About how many texts have a word; never too few, up to 65,535."""
        first, second = _places(word)
        return int(min(self._counts[0, first], self._counts[1, second]))

    def is_strange(self, word: str) -> bool:
        """Whether many texts are known, and none but one has a word with three of its letters in a row."""
        return _is_strange(self, word)

    def copy(self) -> "WordVocabulary":
        """The same counts, to which nothing is added while a search goes on."""
        made = WordVocabulary()
        made._counts = self._counts
        made._is_shared = self._is_shared = True
        return made


class NoWordCounts:
    """Of texts among which nothing was seen."""

    def texts_with(self, word: str) -> int:
        """None."""
        del word
        return 0

    def is_strange(self, word: str) -> bool:
        """Nobody knows."""
        del word
        return False


class WordCountsWithText:
    """Words of a set of texts and of one more.

    Args:
        words: of the others.
        own: of that one.
    """

    def __init__(self, words: WordCounts, own: Iterable[str]) -> None:
        self._words = words
        mine = frozenset(own)
        self._own = mine | {piece for word in mine for piece in _pieces(word)}

    def texts_with(self, word: str) -> int:
        """About how many have a word."""
        return self._words.texts_with(word) + (word in self._own)

    def is_strange(self, word: str) -> bool:
        """Whether many texts are known, and none but one has a word with three of its letters in a row."""
        return _is_strange(self, word)


def _is_strange(words: WordCounts, word: str) -> bool:
    if words.texts_with(_ALL) < _ENOUGH_TEXTS:
        return False
    return any(words.texts_with(piece) <= 1 for piece in _pieces(word))


def _pieces(word: str) -> Iterator[str]:
    framed = f" {word} "
    return (_PIECE + framed[start : start + 3] for start in range(len(framed) - 2))


@lru_cache(maxsize=65_536)
def _places_of_word(word: str) -> NDArray[np.int64]:
    """(n, 2) where a word and its pieces are counted."""
    return _all_places((word, *_pieces(word)))


def _all_places(entries: Iterable[str]) -> NDArray[np.int64]:
    return np.array([_places(entry) for entry in entries], dtype=np.int64)


def _places(word: str) -> tuple[int, int]:
    code = zlib.crc32(word.encode(errors="surrogatepass"))
    return code & (_PLACES - 1), (code * 0x9E3779B1 & 0xFFFFFFFF) >> (32 - _BITS)
