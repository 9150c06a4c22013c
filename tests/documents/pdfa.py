"""What PDF/A-3a and PDF/UA-1 ask of a file, looked at with pyHanko's reader: the points a structure can answer."""

from __future__ import annotations

import io
import re
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader


def problems(data: bytes) -> list[str]:
    reader = PdfFileReader(io.BytesIO(data))
    root = reader.root
    found = []

    def want(holds: object, problem: str) -> None:
        if not holds:
            found.append(problem)

    xmp = root["/Metadata"].data.decode()
    want(_declared(xmp, "pdfaid", "part") == "3" and _declared(xmp, "pdfaid", "conformance") == "A", "pdfaid")
    want(_declared(xmp, "pdfuaid", "part") == "1", "pdfuaid")
    want("dc:title" in xmp and "dc:creator" in xmp, "title and author")
    want(root["/MarkInfo"]["/Marked"], "MarkInfo")
    want(root["/Lang"] in ("zh-CN", "en"), "Lang")
    want(root["/ViewerPreferences"]["/DisplayDocTitle"], "DisplayDocTitle")
    want(root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1", "OutputIntent")
    want(not reader.encrypted and "/ID" in reader.trailer, "ID, no encryption")
    want("/JavaScript" not in root.get("/Names", {}) and "/OpenAction" not in root, "no actions")
    want(len(root["/AF"]) == len(_flat(root["/Names"]["/EmbeddedFiles"])), "attached files are associated")
    for spec in root["/AF"]:
        one = spec.get_object()
        want(
            (one["/AFRelationship"] == "/Source" and one["/EF"]["/F"]["/Subtype"] == "/application#2Fjson")
            or str(one["/EF"]["/F"]["/Subtype"]) == "/application/json",
            "relationship and type of attachments",
        )
    for page in pages(root["/Pages"]):
        for font in page["/Resources"]["/Font"].values():
            found += _font(font.get_object())
        for annotation in page.get("/Annots", []):
            widget = annotation.get_object()
            want(widget["/F"] & 4 and not widget["/F"] & 0b100011, "annotation prints and is not hidden")
            want("/StructParent" in widget, "annotation is tagged")
            want(page["/Tabs"] == "/S", "tab order follows the structure")
    elements = list(structure(root["/StructTreeRoot"]))
    kinds = {str(e["/S"]) for e in elements}
    want(
        {"/Document", "/H1", "/H2", "/P", "/Table", "/TH", "/TD", "/Form"} <= kinds,
        f"structure {sorted(kinds)}",
    )
    numbers = root["/StructTreeRoot"]["/ParentTree"]["/Nums"]
    want(list(numbers)[::2] == sorted(list(numbers)[::2]), "parent tree is sorted")
    return found


def pages(node: Any) -> list[Any]:
    kids = [kid.get_object() for kid in node["/Kids"]]
    return [p for kid in kids for p in (pages(kid) if kid["/Type"] == "/Pages" else [kid])]


def structure(node: Any) -> Any:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        one = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(one, dict) and "/S" in one:
            yield one
            yield from structure(one)


def _flat(tree: Any) -> list[Any]:
    own = list(tree.get("/Names", []))[::2]
    return own + [n for kid in tree.get("/Kids", []) for n in _flat(kid.get_object())]


def _font(font: Any) -> list[str]:
    descendant = font["/DescendantFonts"][0].get_object()
    embedded = {"/FontFile", "/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].keys())
    return [] if embedded and "/ToUnicode" in font else [f"font {font['/BaseFont']}"]


def _declared(xmp: str, prefix: str, name: str) -> str:
    found = re.search(rf"{prefix}:{name}(?:=\"|>)([^\"<]+)", xmp)
    return found[1] if found else ""
