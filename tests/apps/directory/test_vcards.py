"""vCards from address books, pasted like anything else."""

from __future__ import annotations

from warmhandoff.directory.reading_pasted import read_pasted

CARDS = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Cedar;Olivia;;;LCSW\r\nFN:Olivia Cedar\r\nORG:Cedar Therapy;South\r\n"
    "TEL;TYPE=WORK,VOICE:512-555-0133\r\nitem1.EMAIL;TYPE=INTERNET:olivia@cedar.ex\r\n ample\r\n"
    "ADR;TYPE=WORK:;;12 Oak St\\, Suite 3;Austin;TX;78704;USA\r\nURL:https://cedar.example\r\n"
    "NOTE:Met at the\\nspring mixer\r\nPHOTO;ENCODING=b:AAAA\r\nBDAY:19800101\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\nVERSION:4.0\nN:Birch;Ana;;;\nTEL;VALUE=uri:tel:+1-512-555-0134\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Jos=C3=A9 Elm\nEND:VCARD\n"
    "BEGIN:VCARD\nVERSION:3.0\nNOTE:nobody\nEND:VCARD\n"
)


def test_three_kinds_of_cards() -> None:
    olivia, ana, jose = read_pasted(CARDS)
    assert (olivia.name, olivia.credentials, olivia.kind) == ("Olivia Cedar", "LCSW", "therapist")
    assert (olivia.phone, olivia.email) == ("512-555-0133", "olivia@cedar.example")
    assert (olivia.address, olivia.city, olivia.state, olivia.zip) == ("12 Oak St, Suite 3", "Austin", "TX", "78704")
    assert olivia.website == "https://cedar.example" and olivia.rest == "Cedar Therapy, South; Met at the spring mixer"
    assert "1980" not in str(olivia) and "AAAA" not in str(olivia)
    assert (ana.name, ana.phone) == ("Ana Birch", "+1-512-555-0134")
    assert jose.name == "José Elm"
