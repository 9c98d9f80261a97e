"""Voice of the customer: what they write about, how they feel, what they name, in their own words."""

from deploy.grafana import looks, terms
from deploy.grafana.fields import FEELING, NETWORK, POST, counted, feelings, share
from deploy.grafana.house import House
from deploy.grafana.macros import literal
from deploy.grafana.panels import Board, Columns, Donut, Field, Lines, Panel, Section, Stat, Table
from deploy.grafana.queries import voice as ask
from deploy.grafana.said import Said, joined

_POSTS = Field(name="posts", title=Said(en="Posts", fr="Messages"), unit=looks.COUNT, width=90)
_TOPIC = Field(name="topic", title=Said(en="Topic", fr="Sujet"), terms=terms.TOPICS)
_NEGATIVE = share("negative_share", Said(en="Negative", fr="Négatifs"), steps=looks.NEGATIVE_SHARE, width=90)
_WRITTEN = Field(name="written", title=Said(en="Written", fr="Écrit"), unit=looks.WHEN, width=130)
_SAID = Field(name="said", title=Said(en="In their words", fr="Leurs mots"), wrap=True)
_NEGATIVE_EARLIER = Said(en="Negative, a week earlier", fr="Négatifs, une semaine avant")
_POSTS_EARLIER = Said(en="Posts, a week earlier", fr="Messages, une semaine avant")
_SINCE = Said(
    en="A week earlier: the same hours seven days before; for a period longer than a week, the period of the "
    "same length just before it.",
    fr="Une semaine avant : les mêmes heures sept jours plus tôt ; pour une période de plus d'une semaine, la "
    "période de même durée juste avant.",
)
_COUNTED = Said(
    en="Posts of customers in the period, spam left out.", fr="Messages de clients dans la période, hors spam."
)
_WEEK = Said(en="Of the last seven days of the period.", fr="Des sept derniers jours de la période.")


def board(house: House) -> Board:
    """The board; `house` names the watches that tell of a storm."""
    return Board(
        place=3,
        title=Said(en="Voice of the customer", fr="Voix du client"),
        about=Said(
            en="What customers write about us, how they feel, what they name, and in which words.",
            fr="Ce que les clients écrivent de nous, ce qu'ils ressentent, ce qu'ils nomment, et avec quels mots.",
        ),
        variables=("brand", "network", "language"),
        since="now-7d",
        sections=(
            Section(
                title=Said(en="How much, and how do they feel?", fr="Combien, et que ressentent-ils ?"), panels=_mood()
            ),
            Section(title=Said(en="What about?", fr="À quel sujet ?"), panels=_subjects()),
            Section(title=Said(en="Storms", fr="Tempêtes"), panels=_storms(house)),
            Section(title=Said(en="In their words", fr="Leurs mots"), panels=_words()),
        ),
    )


def _mood() -> tuple[Panel, ...]:
    return (
        _counts(),
        _feelings_over_time(),
        _shares(),
        _by_network(),
    )


def _counts() -> Panel:
    return Panel(
        number=1,
        title=Said(en="Posts of customers", fr="Messages de clients"),
        about=joined(
            _COUNTED,
            Said(
                en="Negative, complaints: their share of these posts, as the models read them.",
                fr="Négatifs, plaintes : leur part de ces messages, d'après les modèles.",
            ),
            _SINCE,
        ),
        sql=ask.COUNTS,
        shape=Stat(),
        fields=(
            counted("posts", Said(en="Posts", fr="Messages")),
            Field(name="earlier_posts", title=_POSTS_EARLIER, unit=looks.COUNT, color=looks.PLAIN),
            counted("customers", Said(en="Customers", fr="Clients")),
            share("negative_share", Said(en="Negative", fr="Négatifs"), steps=looks.NEGATIVE_SHARE),
            share("earlier_negative_share", _NEGATIVE_EARLIER, color=looks.PLAIN),
            share("complaint_share", Said(en="Complaints", fr="Plaintes"), color=looks.PLAIN),
        ),
        width=24,
        height=4,
    )


def _feelings_over_time() -> Panel:
    return Panel(
        number=2,
        title=Said(en="Feelings over time", fr="Sentiments au fil du temps"),
        about=_COUNTED,
        sql=ask.FEELINGS,
        shape=Lines(unit=looks.COUNT, stacked=True, step="1h"),
        fields=feelings(),
    )


def _shares() -> Panel:
    return Panel(
        number=3,
        title=Said(en="Negative posts and complaints over time", fr="Messages négatifs et plaintes au fil du temps"),
        about=joined(
            _COUNTED,
            Said(en="Their share of all posts at that time.", fr="Leur part de tous les messages de ce moment."),
        ),
        sql=ask.SHARES,
        shape=Lines(unit=looks.SHARE, top=1.0, step="6h"),
        fields=(
            Field(name="negative_share", title=Said(en="Negative", fr="Négatifs"), decimals=0, color=looks.BAD),
            Field(name="complaint_share", title=Said(en="Complaints", fr="Plaintes"), decimals=0, color=looks.FAIR),
        ),
    )


def _by_network() -> Panel:
    return Panel(
        number=13,
        title=Said(en="By network", fr="Par réseau"),
        about=joined(_COUNTED, _SINCE),
        sql=ask.NETWORKS,
        shape=Table(nothing=Said(en="No customer has written.", fr="Aucun client n'a écrit.")),
        fields=(
            NETWORK,
            _POSTS,
            _NEGATIVE,
            share("earlier_negative_share", _NEGATIVE_EARLIER, width=150),
        ),
        width=24,
        height=7,
    )


def _subjects() -> tuple[Panel, ...]:
    return (
        _topics(),
        _topics_over_time(),
        _intents(),
        _languages(),
        _names(),
    )


def _topics() -> Panel:
    return Panel(
        number=4,
        title=Said(en="Topics", fr="Sujets"),
        about=joined(
            _COUNTED,
            Said(en="A post may have several topics.", fr="Un message peut avoir plusieurs sujets."),
            _SINCE,
        ),
        sql=ask.TOPICS,
        shape=Table(nothing=Said(en="No topic was found.", fr="Aucun sujet n'a été trouvé.")),
        fields=(
            _TOPIC,
            _POSTS,
            Field(name="earlier_posts", title=_POSTS_EARLIER, unit=looks.COUNT, width=130),
            _NEGATIVE,
            share("positive_share", Said(en="Positive", fr="Positifs"), width=90),
        ),
        height=10,
    )


def _topics_over_time() -> Panel:
    return Panel(
        number=5,
        title=Said(en="The six largest topics over time", fr="Les six premiers sujets au fil du temps"),
        about=_COUNTED,
        sql=lambda language: ask.topics_over_time(terms.in_sql("topic", terms.TOPICS, language)),
        shape=Lines(unit=looks.COUNT, label="topic_name", step="6h"),
        height=10,
    )


def _intents() -> Panel:
    return Panel(
        number=6,
        title=Said(en="What they want", fr="Ce qu'ils veulent"),
        about=_COUNTED,
        sql=ask.INTENTS,
        shape=Donut(),
        fields=(
            Field(name="intent", title=Said(en="Intent", fr="Intention"), terms=terms.INTENTS),
            counted("posts", Said(en="Posts", fr="Messages"), steps=()),
        ),
        width=6,
    )


def _languages() -> Panel:
    return Panel(
        number=7,
        title=Said(en="Languages", fr="Langues"),
        about=_COUNTED,
        sql=ask.LANGUAGES,
        shape=Columns(by="language"),
        fields=(Field(name="language", title=Said(en="Language", fr="Langue"), terms=terms.TONGUES), *feelings()),
        width=8,
    )


def _names() -> Panel:
    return Panel(
        number=8,
        title=Said(en="People, places, products they name", fr="Personnes, lieux, produits qu'ils nomment"),
        about=joined(
            _COUNTED,
            _WEEK,
            Said(
                en="Names in the text, our own brands left out; the latest spelling stands for the others.",
                fr="Noms dans le texte, nos marques exclues ; la dernière graphie vaut pour les autres.",
            ),
        ),
        sql=ask.NAMES,
        shape=Table(nothing=Said(en="Nothing was named.", fr="Rien n'a été nommé.")),
        fields=(
            Field(name="name", title=Said(en="Name", fr="Nom")),
            Field(name="kind", title=Said(en="Kind", fr="Nature"), terms=terms.ENTITIES, width=120),
            _POSTS,
            _NEGATIVE,
        ),
        width=10,
    )


def _storms(house: House) -> tuple[Panel, ...]:
    return (
        _announced(house),
        _copies(),
    )


def _announced(house: House) -> Panel:
    return Panel(
        number=9,
        title=Said(en="Storms of negative posts", fr="Tempêtes de messages négatifs"),
        about=Said(
            en="What the watches announced in the period: many more negative posts than in the same hours of"
            " earlier days. Each says its rule and its figures.",
            fr="Ce que les veilles ont annoncé dans la période : bien plus de messages négatifs qu'aux mêmes"
            " heures des jours précédents. Chacune dit sa règle et ses chiffres.",
        ),
        sql=ask.storms(", ".join(literal(name) for name in house.storms) or "''"),
        shape=Table(nothing=Said(en="No storm in this period.", fr="Aucune tempête sur cette période.")),
        fields=(
            Field(name="fired", title=Said(en="Began", fr="Début"), unit=looks.WHEN, width=130),
            Field(name="ended", title=Said(en="Ended", fr="Fin"), unit=looks.WHEN, width=130),
            Field(
                name="state",
                title=Said(en="State", fr="État"),
                terms=terms.ALERT_STATES,
                colors=terms.STATE_COLORS,
                width=100,
            ),
            Field(name="what", title=Said(en="What was seen", fr="Ce qui a été vu"), wrap=True),
            Field(name="scope", title=Said(en="Where", fr="Où"), terms=terms.NETWORK_NAMES, width=120),
        ),
        height=8,
    )


def _copies() -> Panel:
    return Panel(
        number=10,
        title=Said(en="The same text again and again", fr="Le même texte en boucle"),
        about=joined(
            _COUNTED,
            _WEEK,
            Said(
                en="Retweets and copies of one text, three or more; the first of them is quoted.",
                fr="Partages et copies d'un même texte, trois ou plus ; le premier est cité.",
            ),
        ),
        sql=ask.COPIES,
        shape=Table(nothing=Said(en="No text was copied.", fr="Aucun texte n'a été copié.")),
        fields=(
            Field(name="copies", title=Said(en="Copies", fr="Copies"), unit=looks.COUNT, width=80),
            Field(name="authors", title=Said(en="Authors", fr="Auteurs"), unit=looks.COUNT, width=80),
            _SAID,
            Field(name="first_seen", title=Said(en="First", fr="Premier"), unit=looks.WHEN, width=130),
            Field(name="last_seen", title=Said(en="Last", fr="Dernier"), unit=looks.WHEN, width=130),
            POST,
        ),
        height=8,
    )


def _words() -> tuple[Panel, ...]:
    return (
        _most_seen(),
        _latest(),
    )


def _most_seen() -> Panel:
    return Panel(
        number=11,
        title=Said(en="Most widely seen", fr="Les plus vus"),
        about=joined(
            _COUNTED,
            _WEEK,
            Said(
                en="Seen: views, likes and shares together.",
                fr="Vus : vues, mentions « j'aime » et partages, ensemble.",
            ),
        ),
        sql=ask.MOST_SEEN,
        shape=Table(),
        fields=(
            Field(name="reach", title=Said(en="Seen", fr="Vus"), unit=looks.COUNT, width=80),
            FEELING,
            NETWORK,
            _SAID,
            _WRITTEN,
            POST,
        ),
        width=24,
        height=10,
    )


def _latest() -> Panel:
    return Panel(
        number=12,
        title=Said(en="The latest words", fr="Les derniers mots"),
        about=joined(
            _COUNTED,
            _WEEK,
            Said(
                en="The newest first; very short ones are left out.",
                fr="Les plus récents d'abord, hors messages très courts.",
            ),
        ),
        sql=ask.LATEST,
        shape=Table(nothing=Said(en="No customer has written.", fr="Aucun client n'a écrit.")),
        fields=(
            _WRITTEN,
            FEELING,
            NETWORK,
            _SAID,
            POST,
        ),
        width=24,
        height=12,
    )
