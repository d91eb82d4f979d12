"""The plain way, in a process of its own: WeasyPrint from nothing for each certificate, pyHanko as it comes.

`python -m bench._baseline` reads orders and a PKCS#12 file from standard input and prints what they cost as JSON.
"""

import io
import json
import resource
import sys
import time
from base64 import b64decode

import weasyprint
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from weasyprint.text.fonts import FontConfiguration

from portal.printing.orders import Order
from portal.printing.typesetter import PackagedAssets, Typesetter


def main() -> None:
    """Make each file of standard input the plain way."""
    told = json.load(sys.stdin)
    signer = signers.SimpleSigner.load_pkcs12_data(b64decode(told["key"]), [], b"bench")
    press = Typesetter()  # For its templates only.
    sizes, began = [], time.perf_counter()
    used = time.process_time()
    for message in told["orders"]:
        sizes.append(len(_sealed(_page(press, Order.from_message(message)), signer)))
    answer = {
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "sizes": sizes,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    json.dump(answer, sys.stdout)


def _page(press: Typesetter, order: Order) -> bytes:
    assets, fonts = PackagedAssets(), FontConfiguration()
    background = "@page { background: url(asset:certificate.svg) no-repeat 0 0 / 297mm 210mm }"
    styles = [
        weasyprint.CSS(url="asset:certificate.css", url_fetcher=assets, font_config=fonts),
        weasyprint.CSS(string=background, url_fetcher=assets, font_config=fonts),
    ]
    page = weasyprint.HTML(string=press._fill(order), url_fetcher=assets, base_url="asset:")
    return page.write_pdf(font_config=fonts, stylesheets=styles, pdf_variant="pdf/a-3a")


def _sealed(page: bytes, signer: signers.SimpleSigner) -> bytes:
    meta = signers.PdfSignatureMetadata(field_name="Seal", subfilter=SigSeedSubFilter.PADES)
    out = io.BytesIO()
    signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(page)), meta, signer=signer, output=out)
    return out.getvalue()


if __name__ == "__main__":
    main()
