"""Render facts and a template to PDF in a child process.

`render_one(Order("certificate.html", facts, title=…, lang="ky", created_at=…))`.
"""

from portal.printing.batch import render_each, render_joined, render_one, renderer
from portal.printing.client import Limits, PdfUnavailable, Renderer, RenderFailed
from portal.printing.fonts import TextRefusal, TextRefused, printable
from portal.printing.orders import Order, Picture, Variant

__all__ = [
    "Limits",
    "Order",
    "PdfUnavailable",
    "Picture",
    "TextRefusal",
    "RenderFailed",
    "Renderer",
    "TextRefused",
    "Variant",
    "printable",
    "render_each",
    "render_joined",
    "render_one",
    "renderer",
]
