"""A changed byte is found: anywhere in the file, at its end, in the seal itself; and whatever is no sealed PDF is named."""

from __future__ import annotations

import io
import os
import random
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from tests.documents import papers
from tests.documents.test_record_paper import AT, typeset

from huitan.documents import certificate
from huitan.documents.certificate import known_certificates, sealing_key
from huitan.documents.checking import examine
from huitan.documents.sandbox import check
from huitan.documents.sealing import seal


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return seal(typeset(papers.CASES["signed"]), sealing_key(AT), reason="封存", label="封印", at=AT)


def said(data: bytes, trusted=None) -> str:
    found = examine(data, known_certificates() if trusted is None else trusted)
    return "\n".join(str(f.sentence) for f in found.findings)


def test_an_untouched_file_holds_and_says_why(pdf) -> None:
    found = examine(pdf, known_certificates())
    assert found.holds and found.is_certain
    words = said(pdf)
    assert "盖章之后没有改动过" in words
    assert "封印是公司的证书盖的：「会谈 Huitan」，2026-07-17 09:00:00" in words
    assert papers.CASES["signed"].hash in words
    assert "员工林晓岚 2026-07-16 15:18:00 签的就是这份正文：「我已阅读全文并同意」" in words


def test_two_hundred_flipped_bytes_are_all_found(pdf) -> None:
    chance = random.Random(20260717)
    for at in chance.sample(range(len(pdf)), 200):
        changed = bytearray(pdf)
        changed[at] ^= 1 << chance.randrange(8)
        assert not examine(bytes(changed), known_certificates()).holds, f"byte {at} of {len(pdf)}"


def test_a_flip_inside_the_seal_is_found_without_knowing_the_certificate(pdf) -> None:
    start, end = map(int, list(PdfFileReader(io.BytesIO(pdf)).embedded_signatures[0].byte_range)[1:3])
    chance = random.Random(7)
    for at in [start, end - 1, end - 2, *chance.sample(range(start, end), 60)]:
        changed = bytearray(pdf)
        changed[at] ^= 1 << chance.randrange(8)
        assert not examine(bytes(changed)).holds, f"byte {at - start} of the seal"


@given(st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_bytes_in_any_place_are_found(pdf, data) -> None:
    at = data.draw(st.integers(0, len(pdf)))
    cut = data.draw(st.integers(0, 40))
    added = data.draw(st.binary(max_size=40))
    changed = pdf[:at] + added + pdf[at + cut :]
    if changed != pdf:
        assert not examine(changed, known_certificates()).holds


@pytest.mark.parametrize("added", [b"\n", b"%", b"\x00", b"\nstartxref\n0\n%%EOF\n"])
def test_bytes_at_the_end_are_found(pdf, added) -> None:
    assert not examine(pdf + added, known_certificates()).holds


def test_an_update_appended_in_the_regular_way_is_found(pdf) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Rotate"] = generic.NumberObject(90)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    assert "后面被加过东西" in said(out.getvalue())


def test_a_second_seal_on_top_is_found(pdf) -> None:
    from pyhanko.sign import fields, signers

    from huitan.documents.sealing import _signer

    class Reckless(signers.PdfSigner):
        def _enforce_certification_constraints(self, reader) -> None:
            """Another program may not mind that the first seal forbids it."""

    meta = signers.PdfSignatureMetadata(field_name="Other", md_algorithm="sha256")
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec("Other"))
    twice = Reckless(meta, _signer(sealing_key(AT))).sign_pdf(writer).getvalue()
    assert "不止一个封印" in said(twice)


def test_the_text_saved_anew_without_the_seal_is_found(pdf) -> None:
    out = io.BytesIO()
    copy_into_new_writer(PdfFileReader(io.BytesIO(typeset(papers.CASES["signed"])))).write(out)
    assert "没有封印" in said(out.getvalue())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "这不是 PDF"),
        (b"PK\x03\x04" + b"x" * 100, "这不是 PDF"),
        (b"%PDF-1.7\n", "读不出来"),
        (b"%PDF-1.7\n" + os.urandom(2000), "读不出来"),
        (b"%PDF-1.7\n" + b"[" * 200_000, "读不出来"),
    ],
)
def test_what_is_no_sealed_pdf_gets_one_clear_sentence(data, words) -> None:
    assert words in said(data)
    assert not examine(data).holds


def test_truncated_anywhere_is_found(pdf) -> None:
    for share in (0.1, 0.5, 0.9, 0.999):
        assert not examine(pdf[: int(len(pdf) * share)], known_certificates()).holds


def test_an_encrypted_file_is_named(pdf) -> None:
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    writer.encrypt("secret", "secret")
    out = io.BytesIO()
    writer.write(out)
    assert "加了密" in said(out.getvalue())


def test_a_file_that_swells_up_costs_only_its_own_process() -> None:
    """Twelve megabytes of zeros packed twice over swell to tens of gigabytes; reading them ends in a sentence."""
    # After a full flush each block reads the same, so that one is packed and written 512 times: eight gigabytes of zeros.
    once = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = once.compress(bytes(1 << 24)) + once.flush(zlib.Z_FULL_FLUSH)
    checksum = ((512 << 24) % 65521 << 16 | 1).to_bytes(4, "big")
    stream = zlib.compress(b"\x78\xda" + block * 512 + b"\x03\x00" + checksum, 9)
    body = (
        b"%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 2/W[1 2 1]/Root 1 0 R/Filter[/FlateDecode/FlateDecode]/Length "
    )
    data = (
        body
        + str(len(stream)).encode()
        + b">>\nstream\n"
        + stream
        + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"
    )
    assert len(data) < 100_000
    found = check(data, [])
    assert not found.holds
    assert len(found.findings) == 1


def test_the_separate_process_says_the_same(pdf) -> None:
    assert check(pdf, known_certificates()).as_json() == examine(pdf, known_certificates()).as_json()


def test_a_stranger_who_seals_alike_is_not_the_company(pdf, tmp_path) -> None:
    forged = seal(typeset(papers.CASES["signed"]), _stranger(), reason="封存", label="封印", at=AT)
    assert "封印不是公司的证书盖的" in said(forged)
    assert not examine(forged, known_certificates()).holds
    unknown = examine(forged)
    assert unknown.holds and not unknown.is_certain
    assert "还没有核对" in str(unknown.conclusion)


def test_altered_text_sealed_again_by_a_stranger_shows_the_mismatch(pdf) -> None:
    """The declared hash, the printed one and the attached text must be the same, whoever sealed."""
    case = papers.CASES["signed"]
    other = papers.copy(papers.content(place="别处"))
    mixed = papers.RecordCopy(case.version, case.hash, other.content, case.signing)
    forged = seal(typeset(mixed), sealing_key(AT), reason="封存", label="封印", at=AT)
    assert "校验值不符" in said(forged)


def test_signatures_of_another_text_are_named() -> None:
    case = papers.CASES["signed"]
    signing = {**case.signing, "signatures": [{**case.signing["signatures"][0], "record_hash": "0" * 64}]}
    mixed = papers.RecordCopy(case.version, case.hash, case.content, signing)
    sealed = seal(typeset(mixed), sealing_key(AT), reason="封存", label="封印", at=AT)
    assert "签的不是这份正文" in said(sealed)


def test_old_files_hold_after_the_certificate_was_renewed(pdf) -> None:
    before = sealing_key(AT).fingerprint
    renewed = certificate.renew(AT + timedelta(days=400))
    assert renewed.fingerprint != before
    assert examine(pdf, known_certificates()).is_certain
    new = seal(
        typeset(papers.CASES["signed"]), renewed, reason="封存", label="封印", at=AT + timedelta(days=401)
    )
    assert examine(new, known_certificates()).is_certain


@pytest.mark.parametrize("password", ["", "geheim"])
def test_the_companys_own_certificate_takes_over(settings, tmp_path, password) -> None:
    authority, authority_key = _certificate("测试 CA", None, None)
    own, own_key = _certificate("景天装备", authority, authority_key)
    path = tmp_path / "company.p12"
    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", own_key, own, [authority], lock))
    settings.HUITAN_SEAL_PKCS12, settings.HUITAN_SEAL_PASSWORD = str(path), password
    sealed = seal(typeset(papers.CASES["signed"]), sealing_key(AT), reason="封存", label="封印", at=AT)
    assert examine(sealed, [own]).is_certain
    assert examine(sealed, [authority]).is_certain  # the authority that issued it is enough
    assert own in known_certificates()
    settings.HUITAN_SEAL_PKCS12 = ""
    assert examine(sealed, known_certificates()).is_certain


def test_the_key_is_readable_by_its_owner_only(settings, tmp_path) -> None:
    settings.HUITAN_HOME = tmp_path
    first = sealing_key(AT)
    assert (tmp_path / "keys" / "document.pem").stat().st_mode & 0o777 == 0o600
    assert sealing_key(AT + timedelta(days=1)).certificate == first.certificate
    assert not list((tmp_path / "keys").glob("*.part"))


def _stranger():
    one, key = _certificate("会谈 Huitan", None, None)
    return certificate._sealing_key(key, one)


def _certificate(name, issuer, issuer_key):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2030, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(True, issuer is not None, False, False, False, issuer is None, False, False, False),
            critical=True,
        )
    )
    return builder.sign(issuer_key or key, hashes.SHA256()), key
