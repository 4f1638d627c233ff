"""TLS of servers and of callers, from files that are replaced while they are in use (P4).

The files have the names that Kubernetes and cert-manager give them in a secret: tls.crt, tls.key, ca.crt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import grpc
import structlog

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a server shows, and whom it lets in; PEM."""

    chain: bytes
    key: bytes
    client_authority: bytes | None

    def configuration(self) -> grpc.ServerCertificateConfiguration:
        """As gRPC wants it."""
        return grpc.ssl_server_certificate_configuration([(self.key, self.chain)], self.client_authority)


class ServerTls:
    """The files of a server, read at every handshake: a renewed certificate is shown to the next caller.

    With `client_authority` callers must show a certificate of that authority, too (mTLS).
    """

    def __init__(self, chain: Path, key: Path, client_authority: Path | None) -> None:
        self._paths = chain, key, client_authority
        self._shown = self._read()

    def credentials(self) -> grpc.ServerCredentials:
        """For `add_secure_port`."""
        is_mutual = self._shown.client_authority is not None
        # Its type stub forgets that None says "nothing new".
        renewed = cast(Callable[[], grpc.ServerCertificateConfiguration], self._renewed)
        return grpc.dynamic_ssl_server_credentials(self._shown.configuration(), renewed, is_mutual)

    def _renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """What has changed since the last handshake; None for nothing. gRPC stays with the old where it is no pair."""
        try:
            found = self._read()
        except OSError as error:
            _log.warning("certificates cannot be read, the last ones stay", reason=str(error))
            return None
        if found == self._shown:
            return None
        self._shown = found
        _log.info("certificates were renewed")
        return found.configuration()

    def _read(self) -> Certificates:
        chain, key, authority = self._paths
        return Certificates(chain.read_bytes(), key.read_bytes(), authority.read_bytes() if authority else None)
