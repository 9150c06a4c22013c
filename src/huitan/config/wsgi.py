"""The pages. Who asks, and whether over TLS, is believed from the proxies of HUITAN_PROXIES and from nobody else."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huitan.config.settings")
pages = get_wsgi_application()

from django.conf import settings  # noqa: E402
from granian.utils.proxies import wrap_wsgi_with_proxy_headers  # noqa: E402

application = wrap_wsgi_with_proxy_headers(pages, settings.HUITAN_PROXIES)
