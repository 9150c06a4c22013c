from huitan.web.urls import urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

handler400 = "huitan.web.errors.not_taken"
handler403 = "huitan.web.errors.forbidden"
handler404 = "huitan.web.errors.not_found"
handler500 = "huitan.web.errors.broken"
