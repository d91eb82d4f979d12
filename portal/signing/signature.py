"""Sign a file's digest: PAdES B-B.

This module alone loads pyHanko to sign; it is imported when the first seal is needed, never with the portal.
"""

import asyncio
from typing import Any

from asn1crypto.cms import CMSAttributes, SignerInfo
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.keys import load_certs_from_pemder_data
from pyhanko.sign.signers.pdf_cms import Signer

from portal.signing.keys import PrivateKey, SealKey

_DIGEST = "sha256"
_NO_DIGEST = bytes(range(32))  # As long as every digest, and nothing that is in a certificate.


class KeptSigner(Signer):
    """Sign with a key object that was loaded before; pyHanko's own signer reads and checks the key for each file."""

    def __init__(self, key: SealKey) -> None:
        certificate, *above = load_certs_from_pemder_data(key.published.encode())
        # The root is published, not carried along: inside the file nobody would see it change.
        super().__init__(signing_cert=certificate, embed_roots=False)
        self.cert_registry.register_multiple(above)
        self._private: PrivateKey = key.private
        self._attributes = b""

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Return the bare signature; the same data gives the same one."""
        if isinstance(self._private, RSAPrivateKey):
            return self._private.sign(data, PKCS1v15(), SHA256())
        return self._private.sign(data, ECDSA(SHA256(), deterministic_signing=True))

    async def signed_attrs(self, data_digest: bytes, *args: Any, **settings: Any) -> CMSAttributes:
        """Return what is signed: pyHanko encodes it for the first file, the others differ by their digest alone.

        What was read from bytes is not encoded again at each level of what it is put into; that took most of the time.
        """
        if not self._attributes:
            self._attributes = (await super().signed_attrs(_NO_DIGEST, *args, **settings)).dump()
        return CMSAttributes.load(self._attributes.replace(_NO_DIGEST, data_digest))

    def signer_info(self, *args: Any, **settings: Any) -> SignerInfo:
        """Return who signed with what, as if it were read from bytes too."""
        return SignerInfo.load(super().signer_info(*args, **settings).dump())

    def signature(self, digest: bytes) -> bytes:
        """Return the signature of a file's digest with the certificates in it (CMS in DER)."""
        signed: Any = asyncio.run(self.async_sign(digest, _DIGEST, use_pades=True))
        packed: bytes = signed.dump()
        return packed
