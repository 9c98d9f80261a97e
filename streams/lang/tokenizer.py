"""One tokenizer for all languages of social text: keeps @handles, #hashtags, addresses, emoji and emoticons whole.

It splits French and Italian elisions (`l'appli`) and English contractions (`can't`), and everything else by
punctuation, so that one `nlp.pipe` serves every language.
"""

import re
from collections.abc import Callable

from spacy.lang.char_classes import CONCAT_ICONS
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex, registry

_PUNCTUATION = r"(?:…+|,|:|;|\!+|\?+|¿|¡|\(|\)|\[|\]|\{|\}|<|>|\*|&|。|？|！|，|、|；|：|·|।|،|۔|؛|٪|~|\||/|\^|=)"
_QUOTES = r"(?:\"|'|”|“|`|‘|´|’|‚|„|»|«|「|」|『|』)"
_DASHES = r"(?:--+|–|—|-)"
_ICONS = rf"(?:{CONCAT_ICONS})\ufe0f?"
_ELISION = r"(?:[cdjlmnstCDJLMNST]|[Qq]u|[Jj]usqu|[Ll]orsqu|[Pp]uisqu|[Dd]ell|[Aa]ll|[Uu]n)['’](?=\w)"
_CONTRACTIONS = r"(?:n['’]t|N['’]T|['’](?:s|S|re|ve|ll|d|m|RE|VE|LL|D|M))"

_PREFIXES = [_ELISION, r"\.\.+", r"\.(?=[^\W\d])", _PUNCTUATION, _QUOTES, _DASHES, r"\+(?![0-9])", r"[$€£¥%]", _ICONS]
_SUFFIXES = [_CONTRACTIONS, r"\.+", _PUNCTUATION, _QUOTES, _DASHES, r"(?<=\d)[$€£¥%°]", _ICONS]
_INFIXES = [r"\.\.+", _ICONS, r"(?<=[^\W\d_])[,!?:;/()\"“”«»](?=[^\W\d_])", r"(?<=\w)…(?=\w)", r"[–—]|--+"]

_WHOLE = re.compile(
    r"^(?:"
    r"[@＠]\w+(?:[.\-]\w+)*(?:@[\w.\-]+\w)?"  # handle, on Mastodon with its server
    r"|[#＃][\w\u200d]+"
    r"|<3+|</3+|[:;=8xX][-o*']?[)\](\[dDpP/\\|}{@*3]+|[)\](\[]+[-o*']?[:;=8]|[xX]D+|\^_*\^|[oO]_+[oO]|-_+-|T_+T"
    r"|\[[a-z]{2,12}\]"  # what redaction leaves: [email], [phone]
    r"|n['’]t|['’](?:s|S|re|ve|ll|d|m|t)"  # already split, as in corpora
    r"|[\d]+(?:[.,:/h\-]\d+)*"
    r")$"
)
_ADDRESS = re.compile(
    r"^(?:https?://|www\.)\S*[\w/]$|^(?:[\w\-]+\.)+(?:com|net|org|fr|co|ly|io|be|me|eu|de|it|es|pt|uk)(?:/\S*)?$",
    re.IGNORECASE,
)


@registry.tokenizers("vigie.social.v1")  # type: ignore[untyped-decorator]  # spaCy's registry carries no types
def create_tokenizer() -> Callable[[Language], Tokenizer]:
    """The factory that the pipeline's config names."""
    return build_tokenizer


def build_tokenizer(nlp: Language) -> Tokenizer:
    """A tokenizer that shares the vocabulary of `nlp`."""
    return Tokenizer(
        nlp.vocab,
        rules={},
        prefix_search=compile_prefix_regex(_PREFIXES).search,
        suffix_search=compile_suffix_regex(_SUFFIXES).search,
        infix_finditer=compile_infix_regex(_INFIXES).finditer,
        token_match=_WHOLE.match,
        url_match=_ADDRESS.match,
    )
