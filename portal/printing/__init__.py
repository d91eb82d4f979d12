"""Render facts and a template to PDF in a child process.

`with renderer() as r: r.render("certificate.html", facts, title=…, lang="ky", created_at=…)`; see `kept.renderer`.
"""

from portal.printing.batch import render_each, render_joined, renderer
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
    "renderer",
]
