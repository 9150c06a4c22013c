from huitan.web.urls import urlpatterns

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

handler403 = "huitan.web.errors.forbidden"
handler404 = "huitan.web.errors.not_found"
handler500 = "huitan.web.errors.broken"
