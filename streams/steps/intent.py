"""What the author wants: complain, ask, praise, request, or none of these; by feeling and words, French and English."""

from collections.abc import Sequence

from schemas.enriched import Intent
from streams.lang.classifier import SENTIMENT
from streams.lang.words import Lexicon
from streams.steps.base import Finding, Reading, Step

_LEXICON = Lexicon.of(
    {
        "complaint": (
            *("worst", "terrible", "awful", "unacceptable", "disgusting", "ridiculous", "never again", "disgrace*"),
            *("fed up", "disappoint*", "useless", "complain*", "still waiting", "still no", "not happy", "pathetic"),
            *("does n't work", "not working", "wo n't", "lost my", "rude", "incompetent", "ignored", "no one answers"),
            *("rip off", "ripped off", "scam", "appalling", "shambles", "joke of a", "poor service", "let down"),
            *("honte", "honteux", "honteuse", "scandale"),
            *("scandaleux", "inadmissible*", "inacceptable*", "lamentable*"),
            *("marre", "ras le bol", "decu", "decue", "decus", "deception", "nul", "nulle", "pire", "catastroph*"),
            *("toujours pas", "toujours rien", "aucune reponse", "sans reponse", "reclamation*", "plainte", "furieu*"),
            *("arnaque*", "voleurs", "marche pas", "fonctionne pas"),
            *("plus jamais", "a fuir", "incompeten*", "desastr*"),
            *("foutage", "se moque de", "se foutent", "n'importe quoi", "insupportable*", "mensonge*", "menteu*"),
        ),
        "praise": (
            *("thank you", "thanks", "thx", "great service", "love"),
            *("amazing", "awesome", "excellent", "kudos", "brilliant"),
            *("well done", "best", "fantastic", "impressed"),
            *("shout out", "shoutout", "perfect", "helpful", "recommend"),
            *("merci", "bravo", "super", "genial", "geniale"),
            *("parfait", "parfaite", "top", "efficace", "felicitation*"),
            *("excellent*", "ravi", "ravie", "satisfait", "satisfaite", "recommande", "chapeau", "reactif", "reactive"),
        ),
        "question": (
            *("how do", "how can", "how long", "how much", "what is", "what are", "what time", "when will", "when is"),
            *("where is", "where can", "is there", "are there"),
            *("do you", "does your", "can i", "could i", "is it possible"),
            *("any idea", "anyone know", "why is", "why are", "which", "will you", "have you"),
            *("comment", "combien", "quand", "pourquoi", "est-ce que", "est-ce", "quel", "quelle", "quels", "quelles"),
            *("qui peut", "ou est", "ou puis-je", "puis-je"),
            *("peut-on", "savez-vous", "avez-vous", "y a-t-il", "c'est quand"),
        ),
        "request": (
            *("please", "pls", "plz", "can you", "could you", "would you", "need help", "help me", "i need", "dm me"),
            *("call me", "contact me", "send me", "fix this"),
            *("i would like", "i'd like", "i want to", "get back to me"),
            *("svp", "s'il vous plait", "stp", "pouvez-vous"),
            *("pourriez-vous", "pouvez vous", "pourriez vous", "merci de"),
            *("j'ai besoin", "besoin d'aide", "aidez", "aidez-moi", "contactez-moi", "rappelez-moi", "je voudrais"),
            *("je souhaite", "j'aimerais", "veuillez", "je demande", "repondez", "faites quelque chose"),
        ),
    }
)
_CLEARLY, _VERY_CLEARLY = 0.5, 0.75
_NEGATIVE, _POSITIVE = "negative", "positive"


def build(classes: Sequence[str]) -> Step:
    """The step for a sentiment classifier with these classes."""
    negative, positive = classes.index(_NEGATIVE), classes.index(_POSITIVE)

    def run(readings: Sequence[Reading]) -> list[Finding]:
        return [Finding(intent=_decide(reading, negative, positive)) for reading in readings]

    return Step(name="intent", run=run)


def _decide(reading: Reading, negative: int, positive: int) -> Intent:
    found = _LEXICON.find(reading.words)
    odds = reading.doc.user_data[SENTIMENT]
    is_asked = "?" in reading.text
    complaint = found.get("complaint", 0) + 0.75 * ((odds[negative] > _CLEARLY) + (odds[negative] > _VERY_CLEARLY))
    praise = found.get("praise", 0) * (odds[negative] < _CLEARLY) + (odds[positive] > _CLEARLY)
    request, question = found.get("request", 0), found.get("question", 0) * is_asked + is_asked
    if complaint >= 1.5 and complaint >= praise:
        return "complaint"
    if request and request >= question and not (praise >= 2 and not is_asked):
        return "request"
    if question:
        return "question"
    if complaint > praise:
        return "complaint"
    return "praise" if praise >= 1.5 and found.get("praise") else "other"
