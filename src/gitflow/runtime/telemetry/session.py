"""The HTTP session that the exporters of the OpenTelemetry SDK send with.

It decides what leaves the server, whatever ``OTEL_*`` and proxy variables the environment holds: one request to the
configured address with the configured headers. Of the response it reads the status and nothing else.
"""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping

#: How long the collector may take to accept a connection, and to respond, in seconds.
TIMEOUT_S = 10.0


class Refused(Exception):
    """The collector does not accept this request, and will not accept it later."""


class NotSent(Exception):
    """Ends an export at once: the SDK retries only connection errors and responses, and here the queue retries."""


class CollectorSession(requests.Session):
    """Follows no redirect, and uses no proxy, ``.netrc``, cookie or kept connection."""

    def __init__(self, headers: Mapping[str, str], user_agent: str) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self.mount("https://", _SystemTrust())
        given = {name: value.strip() for name, value in headers.items()}
        fixed = {"Connection": "close", "Content-Type": "application/x-protobuf"}
        self._sent_headers = {"User-Agent": user_agent, "Accept-Encoding": "identity", **given, **fixed}
        self._failure: Exception | None = None  #: of the last request

    def expect_request(self) -> None:
        """Call it before an export: if the export ends without a request, its data could not be encoded."""
        self._failure = Refused("the SDK cannot encode it")

    def request(self, method: str, url: str | bytes, *_: Any, **given: Any) -> requests.Response:
        """Raises NotSent unless the collector accepted the request; ``raise_failure`` has the reason."""
        self._forget_environment()
        try:
            response = super().request(
                method,
                url,
                data=given.get("data"),
                headers=self._sent_headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,
                stream=True,
            )
            response.close()
        except requests.exceptions.InvalidHeader:  # its message has the value, which may be a secret
            self._failure = OSError("one of telemetry.headers has a value that HTTP does not allow")
        except Exception as error:
            self._failure = _cause(error)
        else:
            self._failure = _failure(response.status_code)
            if self._failure is None:
                return response
        raise NotSent from None

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Without this, requests would read the body of a redirect even though it does not follow it."""
        return None

    def _forget_environment(self) -> None:
        """The exporters write certificates and headers from ``OTEL_EXPORTER_OTLP_*`` into the session."""
        self.headers.clear()
        self.verify, self.cert = True, None


class _SystemTrust(HTTPAdapter):
    """Trusts the authorities of the machine (and ``SSL_CERT_FILE``), as everything else here; not certifi's."""

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Names no file of authorities: urllib3 requires a certificate, and then takes OpenSSL's."""


def _failure(status: int) -> Exception | None:
    if status in (408, 429) or status >= 500:
        return OSError(f"the collector answers {status}")
    return Refused(f"the collector answers {status}") if status >= 300 else None


def _cause(error: BaseException) -> Exception:
    """The first of the errors that requests and urllib3 have wrapped: ``Connection refused``, not three classes."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return error if isinstance(error, Exception) else OSError(str(error))
