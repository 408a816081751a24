"""The notice that goes with every record that leaves the house.

On pages that are printed it stands by `{% part2_notice %}`, in files as a line of its own; a test
goes over all of them.
"""

from django.utils.translation import gettext_lazy as _

# Word for word the short statement of 42 CFR 2.32(a)(2).
NOTICE = _("42 CFR part 2 prohibits unauthorized use or disclosure of these records.")
