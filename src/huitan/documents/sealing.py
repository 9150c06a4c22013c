"""Putting the company's seal on a PDF: a PAdES signature that certifies the whole file and allows no change after it."""

from __future__ import annotations

import functools
import hashlib
import io
from datetime import datetime
from typing import Any

from asn1crypto import keys, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from huitan.documents.certificate import SealingKey

FIELD = "Seal"
DIGEST = "sha256"


def seal(pdf: bytes, key: SealingKey, *, reason: str, label: str, at: datetime) -> bytes:
    """The sealed file. `reason` is why, `label` how assistive software names the seal, both in words."""
    writer = _Writer(io.BytesIO(pdf))
    fields.append_signature_field(
        writer, fields.SigFieldSpec(FIELD, on_page=0, readable_field_name=label, box=None)
    )
    _tag_seal(writer)
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        name=x509.Certificate.load(key.certificate).subject.native.get("organization_name"),
    )
    sealed = _Signer(meta, _signer(key), at).sign_pdf(writer, existing_fields_only=True)
    return bytes(sealed.getvalue())


class _Writer(IncrementalPdfFileWriter):
    """Adds to the file and leaves its properties as they were typeset: they are valid PDF/A already."""

    def __init__(self, source: io.BytesIO) -> None:
        super().__init__(source)
        self._document_id[1] = generic.ByteStringObject(hashlib.sha256(source.getvalue()).digest()[:16])

    def _update_meta(self) -> None:
        pass


class _Signer(signers.PdfSigner):
    """Signs as of a given instant instead of asking the clock."""

    def __init__(self, meta: signers.PdfSignatureMetadata, signer: signers.Signer, at: datetime) -> None:
        super().__init__(meta, signer=signer)
        self.at = at

    def init_signing_session(self, *given: Any, **named: Any) -> Any:
        session = super().init_signing_session(*given, **named)
        session.system_time = self.at
        return session


class _Hand(signers.SimpleSigner):
    """Signs with a key that is read once per process."""

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        if digest_algorithm != DIGEST:
            raise ValueError(f"a seal is made with {DIGEST}, not {digest_algorithm}")
        key = _read(self.signing_key.dump())
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        raise TypeError("a seal is made with an RSA or ECDSA key")


@functools.lru_cache(maxsize=2)
def _read(der: bytes) -> object:
    return serialization.load_der_private_key(der, password=None)


def _signer(key: SealingKey) -> signers.SimpleSigner:
    certificates = SimpleCertificateStore()
    certificates.register_multiple(x509.Certificate.load(c) for c in key.chain)
    return _Hand(
        signing_cert=x509.Certificate.load(key.certificate),
        signing_key=keys.PrivateKeyInfo.load(key.key),
        cert_registry=certificates,
    )


def _tag_seal(writer: IncrementalPdfFileWriter) -> None:
    """Give the (invisible) seal its place in the structure: PDF/UA wants every form field inside a Form element."""
    root = writer.root
    field = root["/AcroForm"]["/Fields"][0]
    page_reference = writer.find_page_for_modification(0)[0]
    page = page_reference.get_object()
    page["/Tabs"] = pdf_name("/S")
    tree = root["/StructTreeRoot"]
    document_reference = tree.raw_get("/K")
    document_reference = (
        document_reference[0] if isinstance(document_reference, generic.ArrayObject) else document_reference
    )
    widget = root["/AcroForm"]["/Fields"].raw_get(0)
    document = document_reference.get_object()
    number = generic.NumberObject(tree["/ParentTreeNextKey"])
    element = writer.add_object(
        generic.DictionaryObject(
            {
                pdf_name("/Type"): pdf_name("/StructElem"),
                pdf_name("/S"): pdf_name("/Form"),
                pdf_name("/P"): document_reference,
                pdf_name("/K"): generic.DictionaryObject(
                    {
                        pdf_name("/Type"): pdf_name("/OBJR"),
                        pdf_name("/Obj"): widget,
                        pdf_name("/Pg"): page_reference,
                    }
                ),
            }
        )
    )
    document["/K"].append(element)
    tree["/ParentTree"]["/Nums"].extend([number, element])
    tree["/ParentTreeNextKey"] = generic.NumberObject(number + 1)
    field["/StructParent"] = number
    for changed in (document, tree, tree["/ParentTree"], field, page):
        writer.update_container(changed)
