"""The WSGI entry that gunicorn serves."""

import os
import sys

from iop_site.env import ConfigurationError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iop_site.settings.production")

try:
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
except ConfigurationError as error:
    sys.stderr.write(f"Configuration error: {error}\n")
    sys.exit(2)
