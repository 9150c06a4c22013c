"""What a sealed file says about its own seal, in words; and a fingerprint as people compare it."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID
from django.utils.translation import gettext as _

from huitan.documents.certificate import SealingKey
from huitan.documents.written import stamp, zone_note


def how_to_verify(key: SealingKey, at: datetime) -> list[str]:
    certificate = x509.load_der_x509_certificate(key.certificate)
    return [
        _("%(when)s 由 %(who)s 盖电子封印。改动一个字节，封印就不再成立。")
        % {"when": stamp(at), "who": holder(certificate)},
        _(
            "核对：在公司的会谈系统打开「核对文件」，或运行 huitan verify 文件名.pdf；不需要登录，也不需要数据库。"
        ),
        _("证书指纹（SHA-256）：%(print)s") % {"print": grouped(key.fingerprint)},
        zone_note(at),
    ]


def holder(certificate: x509.Certificate) -> str:
    """The name a certificate speaks for."""
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        found = certificate.subject.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return certificate.subject.rfc4514_string()


def grouped(digest: str) -> str:
    """「9f3a 1c27 …」, in groups of four, as certificates are compared by eye."""
    return " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))
