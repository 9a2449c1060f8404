"""PDF from frozen data. Pure: the same data gives the same bytes, so a preview can be compared with what leaves."""

from warmhandoff.documents.rendering import choice_pdf, letters_pdf, list_pdf, packet_pdf, record_pdf, release_pdf

__all__ = ["choice_pdf", "letters_pdf", "list_pdf", "packet_pdf", "record_pdf", "release_pdf"]
