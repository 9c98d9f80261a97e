"""What a watch says, in a sentence or two with its rule and its figures, in English and in French. Pure."""

from collections.abc import Sequence
from typing import Literal, Protocol

from streams.storm import SPREADS, Verdict

_NAMED = 5  # of several scopes, so many are named

# French spaces that must not break, written as escapes: they look like any other.
_SPACE = "\u00a0"  # before a colon, between a number and its unit
_NARROW = "\u202f"  # before a semicolon


class Words(Protocol):
    """The sentences of one language. Windows, ages and silences are seconds."""

    @property
    def language(self) -> str:
        """Which one: en or fr."""

    def in_time(self, window_s: float, in_time: int, sample: int, floor: float) -> str:
        """The share of turns within their target."""

    def slowest(self, window_s: float, p90: float, over: int, sample: int, limit: float) -> str:
        """How long the slowest tenth waits."""

    def backlog(self, window_s: float, waiting: int, overdue: int, limit: float, oldest_s: float, older: int) -> str:
        """Who waits."""

    def storm(self, window_s: float, verdict: Verdict, times: float, min_sample: int) -> str:
        """More negative posts than usual, and how that is judged."""

    def silence(self, scope: str, silent_s: float, expected: float, window_s: float) -> str:
        """Nothing comes where something should."""

    def leader(self, name: str, waiting: int, overdue: int, oldest_s: float) -> str:
        """Customers of a leader wait for longer than was promised."""

    def offer(self, name: str, waiting: int, overdue: int, above: int, oldest_s: float) -> str:
        """A leader has more customers waiting than one person answers."""

    def several(self, scopes: Sequence[str], first: str) -> str:
        """One alert in the place of several."""

    def recovered(self, explanation: str) -> str:
        """The same figures once all is well."""

    def gone(self, scope: str) -> str:
        """Nothing is known any more of what was out of its bounds."""


class _English:
    language = "en"

    def in_time(self, window_s: float, in_time: int, sample: int, floor: float) -> str:
        share = f" ({in_time / sample:.0%})" if sample else ""
        return (
            f"In the last {span_en(window_s)}, {in_time} of {requests_en(sample)}{share} "
            f"{'was' if in_time == 1 else 'were'} answered within the promised time; the floor is {floor:.0%}. "
            "A request that is overdue and still open counts as late."
        )

    def slowest(self, window_s: float, p90: float, over: int, sample: int, limit: float) -> str:
        return (
            f"In the last {span_en(window_s)}, the slowest tenth of {requests_en(sample)} waited for about "
            f"{p90:.1f} times the promised time or longer. {over} waited for more than {limit:g} times that, and at "
            "most one in ten should; those that are overdue and still open count with their wait so far."
        )

    def backlog(self, window_s: float, waiting: int, overdue: int, limit: float, oldest_s: float, older: int) -> str:
        sentence = (
            f"{customers_en(waiting)} who wrote in the last {span_en(window_s)} {'waits' if waiting == 1 else 'wait'} "
            f"for an answer, {overdue} of them for longer than promised; the limit is {limit:g}."
        )
        if waiting:
            sentence += f" The oldest has waited for {span_en(oldest_s, exact=True)}."
        return sentence + (f" {older} more have waited since before that." if older else "")

    def storm(self, window_s: float, verdict: Verdict, times: float, min_sample: int) -> str:
        came = f"In the last {span_en(window_s)}, {verdict.came} negative post{'' if verdict.came == 1 else 's'} came"
        if verdict.basis == "none":
            return f"{came}; too little is known of earlier days to judge that."
        rule = f"It is a storm from {verdict.threshold} on: at least {min_sample}, "
        if verdict.basis == "last day":
            return (
                f"{came}; the most in any such span of the last day was {verdict.usual:.0f}. {rule}at least "
                f"{max(times, 3):g} times that, and more than chance explains. Fewer than three days are known yet: "
                "after that the same hours of earlier days are compared."
            )
        return (
            f"{came}; in the same hours of the last 7 days, or of this weekday in the last 4 weeks, "
            f"{verdict.usual:.0f} are usual (the higher median). {rule}at least {times:g} times the usual, and "
            f"{SPREADS:g} usual spreads "
            f"above it, measured on square roots so that small counts are not overrated; this is {verdict.spreads:.1f} "
            "spreads above."
        )

    def silence(self, scope: str, silent_s: float, expected: float, window_s: float) -> str:
        if not expected:
            return f"{_capital(_where_en(scope))} sends again; its last post came {span_en(silent_s, exact=True)} ago."
        return (
            f"Nothing has come from {_where_en(scope)} for {span_en(silent_s, exact=True)}. The same "
            f"{span_en(window_s)} of earlier days and weeks brought at least {expected:.0f} posts. Its connector, its "
            "credentials or the network itself may have failed."
        )

    def leader(self, name: str, waiting: int, overdue: int, oldest_s: float) -> str:
        if not waiting:
            return f"Nobody who named or wrote to {name} waits for an answer."
        return (
            f"{customers_en(waiting)} who named or wrote to {name} {'waits' if waiting == 1 else 'wait'} for an "
            f"answer, {overdue} of them for longer than promised. The oldest has waited for "
            f"{span_en(oldest_s, exact=True)}."
        )

    def offer(self, name: str, waiting: int, overdue: int, above: int, oldest_s: float) -> str:
        if waiting <= above:
            return (
                f"{waiting} of the customers of {name} wait for an answer; the delegates are asked from {above + 1} on."
            )
        return (
            f"{waiting} customers of {name} wait for an answer, {overdue} of them for longer than promised, and more "
            f"than {above} are too many for one person. You are asked to answer in the name of {name}, the oldest "
            f"first: it has waited for {span_en(oldest_s, exact=True)}."
        )

    def several(self, scopes: Sequence[str], first: str) -> str:
        return f"{len(scopes)} at once: {_listed(scopes, 'and', 'more')}. The first: {first}"

    def recovered(self, explanation: str) -> str:
        return f"Back within its bounds. {explanation}"

    def gone(self, scope: str) -> str:
        return f"Nothing is looked at there any more ({_where_en(scope)})."


class _French:
    language = "fr"

    def in_time(self, window_s: float, in_time: int, sample: int, floor: float) -> str:
        share = f" ({_percent(in_time / sample)})" if sample else ""
        received = "a reçu" if in_time < 2 else "ont reçu"
        return (
            f"{last_fr(window_s)}, {in_time} demande{_s(in_time)} sur {sample}{share} {received} une réponse dans le "
            f"délai promis{_NARROW}; le plancher est de {_percent(floor)}. Une demande en retard et toujours ouverte "
            "compte comme hors délai."
        )

    def slowest(self, window_s: float, p90: float, over: int, sample: int, limit: float) -> str:
        return (
            f"{last_fr(window_s)}, le dixième le plus lent des {sample} demandes a attendu environ "
            f"{_decimal(p90)} fois le délai promis, ou davantage. {over} {'ont' if over > 1 else 'a'} attendu plus de "
            f"{_number(limit)} fois ce délai, alors qu’une sur dix au plus le devrait{_NARROW}; "
            "celles qui sont en retard et toujours ouvertes comptent avec leur attente à ce jour."
        )

    def backlog(self, window_s: float, waiting: int, overdue: int, limit: float, oldest_s: float, older: int) -> str:
        verb = "attendent" if waiting > 1 else "attend"
        last = last_fr(window_s)
        sentence = (
            f"{waiting} client{_s(waiting)} ayant écrit {last[0].lower()}{last[1:]} {verb} une réponse, "
            f"dont {overdue} au-delà du délai promis{_NARROW}; la limite est de {_number(limit)}."
        )
        if waiting:
            sentence += f" L’attente la plus longue dure depuis {span_fr(oldest_s, exact=True)}."
        if older:
            sentence += (
                f" {older} autre{_s(older)} {'attendent' if older > 1 else 'attend'} depuis plus longtemps encore."
            )
        return sentence

    def storm(self, window_s: float, verdict: Verdict, times: float, min_sample: int) -> str:
        arrived = "sont arrivés" if verdict.came > 1 else "est arrivé"
        came = f"{last_fr(window_s)}, {verdict.came} message{_s(verdict.came)} négatif{_s(verdict.came)} {arrived}"
        if verdict.basis == "none":
            return f"{came}{_NARROW}; on en sait trop peu sur les jours précédents pour en juger."
        rule = f"La tempête commence à {verdict.threshold}{_SPACE}: au moins {min_sample}, "
        if verdict.basis == "last day":
            return (
                f"{came}{_NARROW}; au plus fort des dernières 24 heures, on en comptait {verdict.usual:.0f} sur la "
                f"même durée. {rule}au moins {_number(max(times, 3))} fois ce nombre, et plus que le hasard "
                f"n’explique. On connaît moins de trois jours{_SPACE}: la comparaison se fera ensuite avec les mêmes "
                "heures des jours précédents."
            )
        return (
            f"{came}{_NARROW}; aux mêmes heures des 7 derniers jours, ou de ce jour de la semaine depuis 4 semaines, "
            f"on en compte d’habitude {verdict.usual:.0f} (la plus haute des deux médianes). {rule}au moins "
            f"{_number(times)} fois l’habitude, et {_number(SPREADS)} écarts habituels au-dessus, mesurés sur les "
            f"racines carrées pour ne pas surestimer les petits nombres{_NARROW}; on est ici à "
            f"{_decimal(verdict.spreads)} écarts."
        )

    def silence(self, scope: str, silent_s: float, expected: float, window_s: float) -> str:
        if not expected:
            return (
                f"Les messages arrivent de nouveau ({_where_fr(scope)}){_NARROW}; le dernier date d’il y a "
                f"{span_fr(silent_s, exact=True)}."
            )
        return (
            f"Plus rien n’arrive ({_where_fr(scope)}) depuis {span_fr(silent_s, exact=True)}. Sur la même durée "
            f"({span_fr(window_s)}), aux mêmes heures des jours et des semaines passés, on a reçu au moins "
            f"{expected:.0f} messages. Le connecteur, ses identifiants ou le réseau lui-même sont peut-être en panne."
        )

    def leader(self, name: str, waiting: int, overdue: int, oldest_s: float) -> str:
        if not waiting:
            return f"Aucun client ayant cité {name} ou lui ayant écrit n’attend de réponse."
        return (
            f"{waiting} client{_s(waiting)} ayant cité {name} ou lui ayant écrit "
            f"{'attendent' if waiting > 1 else 'attend'} une réponse, dont {overdue} au-delà du délai promis. "
            f"L’attente la plus longue dure depuis {span_fr(oldest_s, exact=True)}."
        )

    def offer(self, name: str, waiting: int, overdue: int, above: int, oldest_s: float) -> str:
        if waiting <= above:
            return (
                f"Clients qui s’adressent à {name} et attendent une réponse{_SPACE}: {waiting}. Les délégués sont "
                f"sollicités à partir de {above + 1}."
            )
        return (
            f"{waiting} clients qui s’adressent à {name} attendent une réponse, dont {overdue} au-delà du délai "
            f"promis{_SPACE}: au-delà de {above}, c’est trop pour une seule personne. Il vous est proposé de répondre "
            f"pour {name}, en commençant par le plus ancien, qui attend depuis {span_fr(oldest_s, exact=True)}."
        )

    def several(self, scopes: Sequence[str], first: str) -> str:
        return f"{len(scopes)} à la fois{_SPACE}: {_listed(scopes, 'et', 'autres')}. Le premier{_SPACE}: {first}"

    def recovered(self, explanation: str) -> str:
        return f"Retour à la normale. {explanation}"

    def gone(self, scope: str) -> str:
        return f"Il n’y a plus rien à y surveiller ({_where_fr(scope)})."


def words(language: Literal["en", "fr"]) -> Words:
    """The sentences of a language."""
    return _French() if language == "fr" else _English()


def customers_en(count: int) -> str:
    """One customer, two customers."""
    return f"{count} customer{'' if count == 1 else 's'}"


def requests_en(count: int) -> str:
    """One request, two requests."""
    return f"{count} request{'' if count == 1 else 's'}"


def span_en(seconds: float, *, exact: bool = False) -> str:
    """A span as a person says it: hour, 4 hours, 15 minutes; exactly: 1 h 05 min."""
    return _exact(seconds, "d", " ") if exact else _said(seconds, ("day", "hour", "minute"), alone=True)


def span_fr(seconds: float, *, exact: bool = False) -> str:
    """The same in French: 1 heure, 4 heures."""
    return _exact(seconds, "j", _SPACE) if exact else _said(seconds, ("jour", "heure", "minute"), alone=False)


def last_fr(seconds: float) -> str:
    """`Au cours de la dernière heure`, `Au cours des 4 dernières heures`."""
    count, unit = _unit(seconds, ("jour", "heure", "minute"))
    latest = "dernier" if unit == "jour" else "dernière"
    if count == 1:
        return f"Au cours {'du' if unit == 'jour' else 'de la'} {latest} {unit}"
    return f"Au cours des {count} {latest}s {unit}s"


def _unit(seconds: float, names: tuple[str, str, str]) -> tuple[int, str]:
    for size, name in ((86_400, names[0]), (3600, names[1])):
        if seconds >= size and seconds % size == 0 and not (size == 86_400 and seconds == size):
            return int(seconds // size), name
    return max(1, round(seconds / 60)), names[2]


def _said(seconds: float, names: tuple[str, str, str], *, alone: bool) -> str:
    count, unit = _unit(seconds, names)
    return (unit if alone else f"1 {unit}") if count == 1 else f"{count} {unit}s"


def _exact(seconds: float, day: str, space: str) -> str:
    minutes = int(seconds // 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days}{space}{day} {hours}{space}h"
    return f"{hours}{space}h{space}{minutes:02d}{space}min" if hours else f"{minutes}{space}min"


def _s(count: int) -> str:
    return "s" if count > 1 else ""


def _percent(share: float) -> str:
    return f"{share * 100:.0f}{_SPACE}%"


def _decimal(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _where_en(scope: str) -> str:
    return "any network" if scope == "all" else scope


def _where_fr(scope: str) -> str:
    return "tous réseaux" if scope == "all" else scope


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(scopes: Sequence[str], joined: str, more: str) -> str:
    named, rest = list(scopes[:_NAMED]), len(scopes) - _NAMED
    last = f"{rest} {more}" if rest > 0 else named.pop()
    return f"{', '.join(named)} {joined} {last}" if named else last
