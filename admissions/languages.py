"""Which of the languages that leads are sorted by a person means, whatever they call it."""

import unicodedata

from admissions.enums import Language

# Names in English, the languages' own names, usual misspellings and codes. Creole alone may be the
# Cape Verdean one, which many in Massachusetts speak.
_NAMES = {
    Language.HAITIAN_CREOLE: "haitian haitien kreyol ayisyen ht",
    Language.OTHER: "creole kriolu crioulo",
    Language.SIGN_LANGUAGE: "asl sign",
    Language.ENGLISH: "english ingles anglais en",
    Language.SPANISH: "spanish espanol espanola castellano spanisch es",
    Language.PORTUGUESE: "portuguese portugues portugese brazilian brasileiro pt",
    Language.CHINESE: "chinese mandarin cantonese taishanese toisanese zh",
    Language.VIETNAMESE: "vietnamese viet vi",
    Language.RUSSIAN: "russian русскии ru",
    Language.ARABIC: "arabic العربية عربي ar",
    Language.KHMER: "khmer cambodian km",
    Language.FRENCH: "french francais fr",
}
_IN_ONE_PIECE = {  # scripts that put no spaces between words
    Language.CHINESE: (
        "中文",
        "汉语",
        "漢語",
        "普通话",
        "普通話",
        "国语",
        "國語",
        "粤",
        "粵",
        "广东话",
        "廣東話",
    ),
    Language.KHMER: ("ខ្មែរ",),
}
_NOTHING = {"any", "all", "language", "none", "no", "n", "a", "preference"}


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        " " if not char.isalnum() else char for char in bare if not unicodedata.combining(char)
    )


_BY_NAME = {_plain(name): language for language, names in _NAMES.items() for name in names.split()}
# Where several are named: these say what the others in the text only describe.
_FIRST = (Language.HAITIAN_CREOLE, Language.OTHER, Language.SIGN_LANGUAGE)


def code_of(written: str) -> str:
    """Return the `Language` that somebody wrote, the first where they wrote several.

    OTHER where we do not sort by it, "" where nothing, or no preference, was written.
    """
    for language, pieces in _IN_ONE_PIECE.items():
        if any(piece in written for piece in pieces):
            return language
    words = _plain(written).split()
    if set(words) <= _NOTHING:
        return ""
    named = [_BY_NAME[word] for word in words if word in _BY_NAME]
    return next((one for one in _FIRST if one in named), named[0] if named else Language.OTHER)
