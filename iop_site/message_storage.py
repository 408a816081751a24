"""Where the one-line messages of the desk are kept until the next page shows them."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class _HostCookie(CookieStorage):
    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        """Return the name: over HTTPS one that no other host may set, as the session's is."""
        return "__Host-messages" if settings.SESSION_COOKIE_SECURE else "messages"


class MessageStorage(FallbackStorage):
    """Messages in a signed cookie; in the session what does not fit into one."""

    storage_classes = (_HostCookie, SessionStorage)
