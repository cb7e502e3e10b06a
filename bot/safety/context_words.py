"""Small closed classes of English words by which bot/safety/context.py and its bases tell a report from a denial, a question or a comparison.

Longer lists that a clinician may want to read or add to are in content/safety/."""

from __future__ import annotations

#: Words that make a question one about oneself: "is a stiff neck normal?" may well be asked with one.
OWN = frozenset("i my me mine im he she his her our we us normal worry worried concerned".split())
SUBJECTS = frozenset("i my he she it they we you there this that his her the a im".split())
MINE = frozenset("my me i".split())
WH = frozenset("what which why how who where whats hows".split())
AUXILIARY = frozenset("can could are do does did would should might may will".split())
#: Words after which people speak of something else: what was asked or imagined before does not reach beyond.
NEW_TOPIC = frozenset("also plus btw anyway besides".split())
#: "and" begins something else before these, and before a question.
AFTER_AND = frozenset("also now since today tonight suddenly".split())
#: "cause" before these is "because".
BECAUSE_OF = frozenset("i im my mine he she his her it its they we you our".split())
#: After an auxiliary these make a statement of it: "can barely move", "does not stop".
STATING = frozenset("not barely hardly only never no scarcely".split())
#: "can not lift", "will not stop": what follows these is no denial of a sign but often one itself.
ABLE = frozenset("can ca could will wo would".split())
#: Ages in words, beside numbers from YOUNGEST on, and what stands before one.
AGES = frozenset("twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety grown".split())
YOUNGEST = 12
UNITS = frozenset("one two three four five six seven eight nine".split())
I_AM = frozenset((who, verb) for who in ("i", "he", "she") for verb in ("am", "m", "is", "'s"))
#: After an age told of today these bring the sign back.
RETURNS = frozenset("another again back more still same too".split())
#: After a comma these begin something else than what used to be.
ANEW = frozenset("this suddenly now today".split())
#: Strangers who may be at hand when something happens to the writer.
BYSTANDERS = frozenset("lady man guy woman bloke lad somebody neighbor neighbour neighbors neighbours".split())
#: Signs in which another person is the point ("the neighbour's girl has measles").
ABOUT_OTHERS = frozenset({"exposure", "violence"})
#: After these something else is told to be over, while the sign goes on.
WHILE = frozenset("when while if after because until till once whenever before".split())
#: What a patient may lose, behind whose it is: "her voice is gone" is a sign, not the end of one; "the dizzy feeling is gone" is one.
LOST = frozenset("voice speech sight vision eyesight hearing feeling strength balance grip".split())
WHOSE = frozenset("my her his their your all the".split())
#: What may stand before an end in the next sentence that is the sign's: "It is gone now". "The rash is gone" is another's.
OF_IT = frozenset("it they that this all both everything has have had is are was now the my and".split()) | {",", ".", "!", ";", "\n"}
#: After "no longer" these are a loss, not an end: "my leg is numb and no longer moves".
LOSSES = frozenset("move walk talk speak see feel know respond stand breathe hear".split())
#: A time dates these, not the sign on the other side of a comma.
EVENTS = frozenset("transplant infusion infusions ivig drip splenectomy surgery operation diagnosis diagnosed birth born".split())
#: "as if somebody poured tea in": nobody did.
AS_IF = frozenset("like if though".split())
#: "in the past two hours": now.
RECENT = frozenset("hour hours minute minutes min mins night day days".split())
#: Times that reach no further than a comma: "previously healthy, confused since noon".
UP_TO_A_COMMA = frozenset({"previously", "history of"})
#: Words that begin a report of its own after "also" or a comma; "also chest pain" goes on with what was told.
REPORTING = frozenset("i im my he she his her we our had have has am is are was got now today just".split())
#: Before these a clause of its own begins behind "and", a comma, "so" or "but".
OWNERS = frozenset("i im my he she his her we our dad mum mom baby husband wife".split())
JOINS = frozenset("and so but".split()) | {","}
BETWEEN = frozenset("honestly now then also today suddenly just".split())
#: "never such a headache", "never bled so much": a report.
EMPHASIS = frozenset("so such".split())
#: "worse than last time", "like last time": a comparison, not a date.
COMPARING = frozenset("than like as since".split())
#: "How many till you don't wake up?" may be asked by one who means it.
NEVER_ONLY_ASKED = frozenset({"suicidal"})
#: A threat is often said with "if": it is one all the same.
THREATENED = frozenset({"violence"})
SAYING = frozenset("said says saying told tells threatened threatens swore swears".split())
SMALL = frozenset("a an the any my more such real sort kind of had have having got get feel feeling felt having much signs".split())
NO = frozenset("no not without".split())
#: What may stand between one of them and what it denies: "no big clots".
OF_A_SIZE = frozenset("big large small visible obvious blood more any".split())
#: Words after which a "no" was one of earlier today: "no clots at first, then big ones".
LATER = frozenset("now today then later since but until till".split())
