"""The company's certificate: with it every file people take away is sealed.

Made on first use under HUITAN_HOME/keys, self-signed, readable by its owner only. A company with a certificate of its
own names its PKCS#12 file in HUITAN_SEAL_PKCS12. Every certificate that ever sealed stays in keys/certificates, so
that old files are still known after a change.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings

from huitan.core import whole_files
from huitan.core.moves import Refused
from huitan.core.sentences import say

LASTS = timedelta(days=20 * 365)
KEY_BITS = 3072


@dataclass(frozen=True)
class SealingKey:
    """Private key and certificates in DER; `chain` are the issuers of a company's own certificate."""

    key: bytes
    certificate: bytes
    chain: tuple[bytes, ...] = ()

    @property
    def fingerprint(self) -> str:
        return fingerprint(x509.load_der_x509_certificate(self.certificate))


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 (hex) of a certificate."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def sealing_key(at: datetime) -> SealingKey:
    """What seals now: the company's PKCS#12 if one is named, otherwise the server's own certificate."""
    named = settings.HUITAN_SEAL_PKCS12
    found = _from_pkcs12(Path(named)) if named else _own(at)
    _remember(found)
    return found


def known_certificates() -> list[x509.Certificate]:
    """Every certificate this installation has ever sealed with."""
    folder = _keys() / "certificates"
    if not folder.is_dir():
        return []
    return [x509.load_pem_x509_certificate(p.read_bytes()) for p in sorted(folder.glob("*.pem"))]


def renew(at: datetime) -> SealingKey:
    """A new certificate of the server's own from now on; files sealed before still verify."""
    fresh = _make(at)
    whole_files.write(_keys() / "document.pem", fresh, replace=True)
    return sealing_key(at)


def _keys() -> Path:
    return Path(settings.HUITAN_HOME) / "keys"


def _own(at: datetime) -> SealingKey:
    return _read(whole_files.made_once(_keys() / "document.pem", lambda: _make(at)))


@functools.lru_cache(maxsize=2)  # reading a key proves its primes anew, which takes longer than sealing
def _read(pem: bytes) -> SealingKey:
    key = serialization.load_pem_private_key(pem, password=None)
    return _sealing_key(key, x509.load_pem_x509_certificate(pem))


def _from_pkcs12(path: Path) -> SealingKey:
    password = settings.HUITAN_SEAL_PASSWORD
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(
            path.read_bytes(), password.encode() if password else None
        )
    except (OSError, ValueError) as wrong:
        raise Refused(
            "not_now", say("打不开公司的证书文件 %(file)s：检查路径和密码。", file=path.name)
        ) from wrong
    if key is None or certificate is None:
        raise Refused("not_now", say("%(file)s 里没有私钥或证书。", file=path.name))
    return _sealing_key(key, certificate, others)


def _sealing_key(
    key: object, certificate: x509.Certificate, chain: list[x509.Certificate] | None = None
) -> SealingKey:
    der = serialization.Encoding.DER
    return SealingKey(
        key.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),  # type: ignore[attr-defined]
        certificate.public_bytes(der),
        tuple(c.public_bytes(der) for c in chain or []),
    )


def _make(at: datetime) -> bytes:
    """A new key and its self-signed certificate, as PEM."""
    key = rsa.generate_private_key(65537, KEY_BITS)
    company = settings.HUITAN_COMPANY
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, company[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{company[:46]} · 会谈文件封印"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + certificate.public_bytes(pem)


def _remember(used: SealingKey) -> None:
    certificate = x509.load_der_x509_certificate(used.certificate)
    path = _keys() / "certificates" / f"{fingerprint(certificate)}.pem"
    whole_files.made_once(path, lambda: certificate.public_bytes(serialization.Encoding.PEM))
