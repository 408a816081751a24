"""A photo of an insurance card, for staff: recorded, kept by no cache, able to do nothing."""

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed

from admissions import card_photos
from admissions.models import CardPhoto, Lead


def card_photo(request: HttpRequest, *, lead: Lead, photo_id: int, by: User) -> HttpResponse:
    """Send a photo that came with a form of `lead`; that `by` opened it is recorded before.

    The name it is saved under says neither whose card it is nor from whom.
    """
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    try:
        photo = card_photos.open_photo(lead=lead, photo_id=photo_id, by=by)
    except CardPhoto.DoesNotExist:
        raise Http404 from None
    return HttpResponse(
        photo.image,
        content_type="image/jpeg",
        headers={
            "Cache-Control": "no-store",
            # Instead of the site's policy, which django-csp leaves out where there is one already.
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": f'inline; filename="card-{photo.side}.jpg"',
            "X-Content-Type-Options": "nosniff",
        },
    )
