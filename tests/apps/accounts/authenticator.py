"""An authenticator in software: what a browser posts after a passkey was made or used, true or bent."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

HOST = "localhost"
ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey. `origin`, `host`, `flags` and `count` can be bent to be refused."""

    user_id: UUID
    origin: str = ORIGIN
    host: str = HOST
    flags: int = PRESENT | VERIFIED
    count: int = 0
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))

    def _client(self, kind: str, challenge: bytes) -> CollectedClientData:
        return CollectedClientData.create(kind, challenge, self.origin)

    def _posted(self, response: dict[str, str]) -> str:
        name = websafe_encode(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})

    def make(self, challenge: bytes) -> str:
        public = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(
            self.key.public_key()
        ))  # fmt: skip
        host = sha256(self.host.encode()).digest()
        data = AuthenticatorData.create(host, self.flags | ATTESTED, self.count, bytes(public))
        return self._posted({
            "clientDataJSON": websafe_encode(self._client("webauthn.create", challenge)),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        })

    def use(self, challenge: bytes, *, kind: str = "webauthn.get", handle: UUID | None = None) -> str:
        client = self._client(kind, challenge)
        data = AuthenticatorData.create(sha256(self.host.encode()).digest(), self.flags, self.count)
        signature = self.key.sign(bytes(data) + client.hash, ECDSA(SHA256()))
        return self._posted({
            "clientDataJSON": websafe_encode(client), "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature), "userHandle": websafe_encode((handle or self.user_id).bytes),
        })
