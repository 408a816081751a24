"""What synthetic leads are made of: names of no living person, ways through the pipeline."""

from admissions.enums import OPEN_STATUSES, Language, LeadSource, LeadStatus

FIRST = """
Ash Brook Cedar Dale Ember Fern Gale Haven Iris Juniper Kit Lark Maple North Opal Perry Quinn
Rain Sage Tansy Umber Vale Wren Yarrow Zephyr José Renée Søren Nadia Óscar
""".split()
LAST = """
Ashdown Birchall Copperfield Dunmore Eastlake Fairbrook Greenhalgh Hollowell Inglewood Jessop
Kettering Larkspur Merriweather Northcott Oakhurst Pemberley Quillfeather Rosewall Saltmarsh
Thornbury Underhill Vanterpool Westbrook Yardley Zimmerlake
""".split()
# Area codes as the numbering plan forms them; with 555-01xx no number of them is anybody's.
AREAS = [f"{one}{two}{three}" for one in range(2, 10) for two in range(9) for three in range(1, 10)]

_S = LeadStatus
_ROAD = (
    _S.ATTEMPTING,
    _S.CONTACTED,
    _S.QUALIFIED,
    _S.ASSESSMENT_SCHEDULED,
    _S.ASSESSED,
    _S.ADMISSION_SCHEDULED,
    _S.ADMITTED,
)
# The way a lead went, and how many of a hundred went it.
PATHS: tuple[tuple[int, tuple[LeadStatus, ...]], ...] = (
    (6, ()),
    (9, _ROAD[:1]),
    (7, _ROAD[:2]),
    (6, _ROAD[:3]),
    (4, _ROAD[:4]),
    (3, (*_ROAD[:3], _S.WAITLISTED)),
    (3, _ROAD[:5]),
    (3, _ROAD[:6]),
    (19, _ROAD),
    (6, (_S.ATTEMPTING, _S.NURTURE)),
    (14, (_S.ATTEMPTING, _S.CLOSED)),
    (20, (_S.ATTEMPTING, _S.CONTACTED, _S.CLOSED)),
)
OLD_ENOUGH = set(LeadStatus) - {_S.NEW, _S.ATTEMPTING}
UNDER_WAY = set(OPEN_STATUSES) - {_S.NURTURE, _S.WAITLISTED}
# Where leads come from, and how many of a hundred do.
SOURCES = {
    LeadSource.WEB_INQUIRY: 66,
    LeadSource.PHONE: 18,
    LeadSource.WEB_CONSULTATION: 5,
    LeadSource.EMAIL: 4,
    LeadSource.WALK_IN: 3,
    LeadSource.REFERRAL: 3,
    LeadSource.EVENT: 1,
}
LANGUAGES = [one for one in Language if one not in (Language.ENGLISH, Language.OTHER)]
