"""Does a sealed file still hold? Looks at the bytes alone: no database, no settings, no clock.

Every byte counts. pyHanko says whether the signature fits what it covers; beyond that, what it does not cover (the
signature itself) must be exactly in the form it was written in, so that no byte of it can change unseen either.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import rfc8785
from asn1crypto import cms
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from huitan.core.sentences import Sentence, say
from huitan.documents.findings import Examination, Finding, only
from huitan.documents.page_text import page_texts

CONTENT, SIGNING, PLAN = "record.json", "signatures.json", "plan.json"
DECLARED = re.compile(rb"huitan-(record|plan)[^0-9A-Za-z]{1,3}(?:[^0-9a-f]{0,80}?)([0-9a-f]{64})")
SIDES = {"manager": "面谈人", "employee": "员工"}
DEEPEST = 4
# The clock the documents are written by.
ZONE = ZoneInfo("Asia/Shanghai")


class Broken(Exception):
    """The file cannot be read as one of ours; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence.text)


def examine(data: bytes, trusted: Sequence[x509.Certificate] = ()) -> Examination:
    """Everything that can be said about the bytes; `trusted` are the company's certificates, old and new."""
    if not data.startswith(b"%PDF-"):
        return only("file", say("这不是 PDF 文件。"))
    try:
        return _examine(data, trusted)
    except Broken as broken:
        return only("file", broken.sentence)
    except Exception:
        # Whatever a parser stumbles over in hostile bytes, the answer for people is the same.
        return only("file", say("文件读不出来：它已经损坏，或者不是会谈发出的 PDF。"))


def _examine(data: bytes, trusted: Sequence[x509.Certificate]) -> Examination:
    reader = PdfFileReader(io.BytesIO(data))
    if reader.encrypted:
        raise Broken(say("文件加了密，没法核对。用收到时的原文件再试。"))
    seals = reader.embedded_signatures
    if not seals:
        raise Broken(say("文件里没有封印：它不是会谈发出的，或者被另存过。"))
    if len(seals) > 1:
        raise Broken(say("文件里有不止一个封印：盖章之后有人加过东西。"))
    embedded = seals[0]
    certificate = x509.load_der_x509_certificate(embedded.signer_cert.dump())
    sealed_at = embedded.self_reported_timestamp
    facts: dict[str, Any] = {
        "sealed_at": sealed_at.isoformat() if sealed_at else "",
        "certificate": hashlib.sha256(embedded.signer_cert.dump()).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    problem = _changed(embedded, certificate, data)
    if problem:
        return Examination((Finding("seal", False, problem),), facts)
    findings = [
        Finding("seal", True, say("从第一个字节到最后一个字节，盖章之后没有改动过。")),
        _certificate(embedded, certificate, trusted, facts),
    ]
    attached = dict(_attached(reader))
    findings += _content(reader, attached, facts)
    return Examination(tuple(findings), facts)


def _changed(embedded: EmbeddedPdfSignature, certificate: x509.Certificate, data: bytes) -> Sentence | None:
    """What shows that a byte is not as it was when sealed."""
    changed = say("文件在盖章之后被改动过。")
    start, before, after, rest = (int(n) for n in embedded.byte_range)
    if start != 0 or not 0 < before < after or after + rest != len(data):
        return say("封印没有盖住整个文件：后面被加过东西，或者被截断了。")
    contents = embedded.pkcs7_content
    message = contents.rstrip(b"\x00")
    room = after - before - 2
    for padding in range(3):  # a signature may itself end in zero bytes
        written = (message + b"\x00" * padding).hex().upper()
        if _is_canonical(message + b"\x00" * padding):
            break
    else:
        return changed
    if data[before:after] != b"<" + written.ljust(room, "0").encode() + b">":
        return changed
    info = embedded.signer_info
    signed = embedded.signed_data
    as_made = (
        signed["version"].native == "v1"
        and [a.native for a in signed["digest_algorithms"]] == [info["digest_algorithm"].native]
        and len(signed["signer_infos"]) == 1
        and info["version"].native == "v1"
        and info["digest_algorithm"]["algorithm"].native == "sha256"
        and info["digest_algorithm"]["parameters"].native is None
        and info["signature_algorithm"]["algorithm"].native
        in ("sha256_rsa", "rsassa_pkcs1v15", "sha256_ecdsa")
        and info["sid"].name == "issuer_and_serial_number"
        and info["sid"].chosen["serial_number"].native == certificate.serial_number
        and info["sid"].chosen["issuer"].dump() == embedded.signer_cert.issuer.dump()
        and len(info["unsigned_attrs"] or ()) == 0
        and not signed["crls"].native
        and _chain_holds(embedded, certificate)
    )
    status = validate_pdf_signature(embedded, _context([certificate], embedded), skip_diff=False)
    if not (as_made and status.intact and status.valid and status.docmdp_ok):
        return changed
    return None


def _is_canonical(message: bytes) -> bool:
    """Whether the bytes are one CMS message in DER, nothing left over."""
    try:
        return bool(cms.ContentInfo.load(message, strict=True).dump(force=True) == message)
    except ValueError:
        return False


def _chain_holds(embedded: EmbeddedPdfSignature, certificate: x509.Certificate) -> bool:
    """Every certificate carried along is signed by itself or by another one carried along, or is the last of its line."""
    others = [x509.load_der_x509_certificate(c.dump()) for c in embedded.other_embedded_certs]
    carried = [certificate, *others]
    for one in carried:
        issuers = [c for c in carried if c.subject == one.issuer]
        if issuers and not any(_issued(one, by) for by in issuers):
            return False
    return True


def _issued(one: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(by)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _context(roots: Sequence[x509.Certificate], embedded: EmbeddedPdfSignature) -> ValidationContext:
    return ValidationContext(
        trust_roots=[asn1.Certificate.load(c.public_bytes(Encoding.DER)) for c in roots],
        other_certs=list(embedded.other_embedded_certs),
        moment=embedded.self_reported_timestamp,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )


def _certificate(
    embedded: EmbeddedPdfSignature,
    certificate: x509.Certificate,
    trusted: Sequence[x509.Certificate],
    facts: dict[str, Any],
) -> Finding:
    names = embedded.signer_cert.subject.native
    said = {
        "who": str(names.get("organization_name") or names.get("common_name") or "—"),
        "when": _time(facts["sealed_at"]),
        "print": facts["certificate"][:16],
    }
    if not trusted:
        return Finding(
            "certificate",
            None,
            say(
                "没有核对是谁盖的封印：手边没有公司的证书。证书写的是「%(who)s」，%(when)s，指纹 %(print)s…；"
                "请和公司公布的指纹比对。",
                **said,
            ),
        )
    if certificate in trusted or _is_issued_by_trusted(embedded, trusted):
        return Finding(
            "certificate", True, say("封印是公司的证书盖的：「%(who)s」，%(when)s，指纹 %(print)s…", **said)
        )
    return Finding(
        "certificate",
        False,
        say("封印不是公司的证书盖的。证书写的是「%(who)s」，%(when)s，指纹 %(print)s…", **said),
    )


def _is_issued_by_trusted(embedded: EmbeddedPdfSignature, trusted: Sequence[x509.Certificate]) -> bool:
    """By an authority among the trusted, at the time of sealing."""
    authorities = [c for c in trusted if _is_authority(c)]
    if not authorities:
        return False
    status = validate_pdf_signature(embedded, _context(authorities, embedded), skip_diff=True)
    return bool(status.trusted)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _attached(reader: PdfFileReader) -> Iterator[tuple[str, bytes]]:
    """The files inside the file."""
    names = reader.root.get("/Names")
    tree = names.get("/EmbeddedFiles") if names else None
    if tree is not None:
        yield from _in_tree(tree, 0)


def _in_tree(node: Any, depth: int) -> Iterator[tuple[str, bytes]]:
    if depth > DEEPEST:
        return
    entries = node.get("/Names") or []
    for i in range(0, len(entries) - 1, 2):
        yield str(entries[i]), entries[i + 1]["/EF"]["/F"].data
    for child in node.get("/Kids") or []:
        yield from _in_tree(child.get_object(), depth + 1)


def _content(reader: PdfFileReader, attached: dict[str, bytes], facts: dict[str, Any]) -> list[Finding]:
    """The canonical text inside: its hash against the one the document declares, and what was signed."""
    name = CONTENT if CONTENT in attached else PLAN
    if name not in attached:
        return [Finding("content", False, say("文件里没有附上规范的正文，没法核对校验值。"))]
    raw = attached[name]
    digest = hashlib.sha256(raw).hexdigest()
    content, declared = _canonical(raw), DECLARED.search(reader.root["/Metadata"].data)
    if content is None or declared is None or declared[2].decode() != digest:
        return [Finding("content", False, say("附上的正文和文件里写的校验值不符。"))]
    is_record = name == CONTENT
    facts |= {
        "kind": "record" if is_record else "plan",
        "hash": digest,
        "key": content.get("conversation") if is_record else content.get("plan"),
        "version": content.get("version"),
    }
    if not all(digest in text for text in page_texts(reader)):
        return [Finding("content", False, say("附上的正文和页面上印的校验值不符。"))]
    said = say("附上的正文和每一页印的校验值一致：%(hash)s", hash=digest)
    findings = [Finding("content", True, said)]
    return findings + (_signatures(attached, digest) if is_record else [])


def _signatures(attached: dict[str, bytes], digest: str) -> list[Finding]:
    signing = _canonical(attached.get(SIGNING, b""))
    if signing is None or signing.get("record_hash") != digest:
        return [Finding("signatures", False, say("附上的签字说的不是这份正文。"))]
    found = []
    for s in signing["signatures"]:
        fits = s["record_hash"] == digest
        about = {
            "side": Sentence(SIDES.get(s["side"], "")),
            "who": s["signer"]["name"],
            "when": _time(s["at"]),
            "choice": Sentence(s["sentence"]),
        }
        if fits and s["choice"] == "decline":
            sentence = say("%(side)s%(who)s %(when)s 看了这份正文，表示不签字。", **about)
        elif fits:
            sentence = say("%(side)s%(who)s %(when)s 签的就是这份正文：「%(choice)s」", **about)
        else:
            sentence = say("%(side)s%(who)s %(when)s 签的不是这份正文。", **about)
        found.append(Finding("signature", fits, sentence))
    for r in signing["refusals"]:
        found.append(
            Finding(
                "refusal",
                True,
                say(
                    "%(who)s %(when)s 见证员工没有签字。不当作同意。",
                    who=r["witness"]["name"],
                    when=_time(r["at"]),
                ),
            )
        )
    if not found:
        found.append(Finding("signatures", None, say("盖章的时候还没有人签字。")))
    if signing["superseded_by"]:
        said = say("盖章的时候已经有第 %(n)s 版，这一版上的签字不再算数。", n=signing["superseded_by"])
        found.append(Finding("superseded", False, said))
    return found


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if text else "—"


def _canonical(raw: bytes) -> dict[str, Any] | None:
    """The JSON object, if these are exactly the bytes of its RFC 8785 form."""
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return value if isinstance(value, dict) and rfc8785.dumps(value) == raw else None
