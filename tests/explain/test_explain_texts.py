# ruff: noqa: E501 - texts are quoted as they came
"""Texts as people paste them, whole stack traces too: the right code comes first."""

from __future__ import annotations

import pytest

from hubemu.explain import explain
from hubemu.explain.reading import stack_of

JAVA_S1 = """javax.net.ssl.SSLHandshakeException: PKIX path building failed: \
sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification \
path to requested target
\tat java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)
\tat java.base/sun.security.ssl.TransportContext.fatal(TransportContext.java:371)
\tat com.rabbitmq.client.impl.SocketFrameHandler.sendHeader(SocketFrameHandler.java:131)
Caused by: sun.security.validator.ValidatorException: PKIX path building failed: \
sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification \
path to requested target
"""
JAVA_S4 = """javax.net.ssl.SSLHandshakeException: PKIX path validation failed: \
java.security.cert.CertPathValidatorException: validity check failed
\tat java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)
Caused by: java.security.cert.CertPathValidatorException: validity check failed
Caused by: java.security.cert.CertificateExpiredException: NotAfter: Mon Dec 09 12:00:00 CET 2024
\tat java.base/sun.security.x509.CertificateValidity.valid(CertificateValidity.java:277)
"""
JAVA_C7 = """com.rabbitmq.client.AuthenticationFailureException: ACCESS_REFUSED - Login was refused \
using authentication mechanism EXTERNAL. For details see the broker logfile.
\tat com.rabbitmq.client.impl.AMQConnection.start(AMQConnection.java:362)
"""
JAVA_C6 = """java.io.IOException
\tat com.rabbitmq.client.impl.AMQChannel.wrap(AMQChannel.java:129)
Caused by: com.rabbitmq.client.ShutdownSignalException: connection error
Caused by: javax.net.ssl.SSLHandshakeException: Received fatal alert: certificate_required
\tat java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)
"""
NODE_S1 = """Error: unable to get local issuer certificate
    at TLSSocket.onConnectSecure (node:_tls_wrap:1674:34)
    at TLSSocket.emit (node:events:524:28)
    at TLSSocket._finishInit (node:_tls_wrap:1085:8) {
  code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
}"""
NODE_C1 = """Error: write EPROTO 00E8F0A5A17F0000:error:0A000418:SSL routines:ssl3_read_bytes:\
tlsv1 alert unknown ca:../deps/openssl/openssl/ssl/record/rec_layer_s3.c:1605:SSL alert number 48
    at TLSSocket.onerror (node:internal/streams)  {
  library: 'SSL routines', reason: 'tlsv1 alert unknown ca', code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'
}"""
PYTHON_S6 = """Traceback (most recent call last):
  File "client.py", line 12, in <module>
    connection = pika.BlockingConnection(parameters)
ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname \
mismatch, certificate is not valid for 'broker.example'. (_ssl.c:1006)
"""
PIKA_C1_13 = """pika.exceptions.IncompatibleProtocolError: The protocol returned by the server is not \
supported: ("StreamLostError: ('Transport indicated EOF',)",)"""
PIKA_C1_12 = "ssl.SSLError: [SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:1006)"
DOTNET_S1 = """Unhandled exception. RabbitMQ.Client.Exceptions.BrokerUnreachableException: None of the \
specified endpoints were reachable
 ---> System.AggregateException: One or more errors occurred. (The remote certificate is invalid \
because of errors in the certificate chain: UntrustedRoot)
 ---> System.Security.Authentication.AuthenticationException: The remote certificate is invalid \
because of errors in the certificate chain: UntrustedRoot
   at System.Net.Security.SslStream.SendAuthResetSignal(ReadOnlySpan`1 alert, ExceptionDispatchInfo e)
"""
DOTNET_BARE = """RabbitMQ.Client.Exceptions.BrokerUnreachableException: None of the specified \
endpoints were reachable
 ---> System.IO.IOException: Unable to read data from the transport connection: Connection reset by peer
"""
GO_S7 = "x509: certificate relies on legacy Common Name field, use SANs instead"
GO_C10 = 'panic: Exception (403) Reason: "no access to this vhost"\ngoroutine 1 [running]:'
GO_TLS13 = 'Exception (501) Reason: "Exception (501) Reason: \\"EOF\\""'
RUBY_S1 = """SSL_connect returned=1 errno=0 state=error: certificate verify failed (unable to get \
local issuer certificate) (OpenSSL::SSL::SSLError)
\tfrom /usr/lib/ruby/gems/bunny/lib/bunny/ssl_socket.rb:86:in `connect'"""
ERLANG_S1 = """{error,{tls_alert,{unknown_ca,"TLS client: In state wait_cert_cr at \
ssl_handshake.erl:2100 generated CLIENT ALERT: Fatal - Unknown CA\\n"}}}"""
ERLANG_C1 = """{error,{tls_alert,{unknown_ca,"TLS client: In state connection received SERVER ALERT: \
Fatal - Unknown CA\\n"}}}"""
ERLANG_OTP26 = "{options,incompatible,[{verify,verify_peer},{cacerts,undefined}]}"
REPORT = """{"error": {"errorCode": {"statusCode": 300, "statusString": "INVALID_MESSAGE"},
"errorCause": "Could not validate message against schema : errors occurred. ..."}}"""

CASES = [
    (JAVA_S1, "S1", "java"),
    (JAVA_S4, "S4", "java"),
    (JAVA_C7, "C7", "java"),
    (JAVA_C6, "C6", "java"),
    (NODE_S1, "S1", "node"),
    (NODE_C1, "C1", "node"),
    ("code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'", "S2", "node"),
    ("Error: unable to get issuer certificate\n code: 'UNABLE_TO_GET_ISSUER_CERT'", "S3", "node"),
    ("ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", "C3", "node"),
    (
        'Error: Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - '
        'Login was refused using authentication mechanism EXTERNAL."',
        "C7",
        None,
    ),
    ("Error: SASL mechanism PLAIN is not provided by the server", "C9", None),
    (PYTHON_S6, "S6", "python"),
    (PIKA_C1_13, "C1", "python"),
    (PIKA_C1_12, "C1", "python"),
    (
        'pika.exceptions.ChannelClosedByBroker: (403, "ACCESS_REFUSED - access to queue '
        "'fr.health.samuB.message' in vhost '15-15_v2.0' refused for user 'x'\")",
        "C11",
        "python",
    ),
    (
        "pika.exceptions.ChannelClosedByBroker: (406, 'PRECONDITION_FAILED - unknown delivery tag 1')",
        "406",
        "python",
    ),
    (
        "pika.exceptions.ChannelClosedByBroker: (404, \"NOT_FOUND - no queue 'x' in vhost '/'\")",
        "404",
        "python",
    ),
    ('(530) "NOT_ALLOWED - vhost nowhere not found"', "C10", None),
    (DOTNET_S1, "S1", "dotnet"),
    (DOTNET_BARE, "C1", "dotnet"),
    ("errors in the certificate chain: PartialChain", "S2", None),
    ("errors in the certificate chain: Revoked", "S10", None),
    (GO_S7, "S7", "go"),
    (GO_C10, "C10", "go"),
    (GO_TLS13, "C1", "go"),
    ("remote error: tls: certificate required", "C6", "go"),
    (
        "x509: cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
        "S7",
        "go",
    ),
    (RUBY_S1, "S1", "ruby"),
    ("Unable to connect (Unknown error)", "S1", None),
    (
        "Fatal error: Uncaught PhpAmqpLib\\Exception\\AMQPIOException: stream_socket_client(): Unable "
        "to connect to ssl://localhost:5671 (Unknown error) in client.php:12",
        "S1",
        "php",
    ),
    ("Connection refused: ssl://localhost:5671", "S1", None),
    ("could not allocate memory", "C9", None),
    (ERLANG_S1, "S1", "erlang"),
    (ERLANG_C1, "C1", "erlang"),
    (ERLANG_OTP26, "S18", None),
    ("wrong version number", "S14", None),
    ("tlsv1 alert protocol version", "S13", None),
    ("Missing Authority Key Identifier", "S17", None),
    ("java.io.IOException: toDerInputStream rejects tag type 45", "F7", "java"),
    ("java.io.IOException: keystore password was incorrect", "F4", "java"),
    ("Keystore was tampered with, or password was incorrect", "F4", None),
    ("the trustAnchors parameter must be non-empty", "F5", None),
    ("[X509: KEY_VALUES_MISMATCH] key values mismatch (_ssl.c:3901)", "F1", "python"),
    ("Algorithm HmacPBESHA256 not available", "F3", None),
    ("Error: Unsupported PKCS12 PFX data", "F2", None),
    ("Error: EACCES: permission denied, open '/certs/client.key'", "F9", None),
    ("connection peer presented no TLS (x.509) certificate", "C13", None),
    (REPORT, "300", None),
    ("<errorCode><statusCode>501</statusCode></errorCode>", "501", None),
    ("DEAD_LETTER_QUEUED", "500", None),
    ("CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'", "320", None),
]


@pytest.mark.parametrize(("text", "code", "stack"), CASES, ids=[code for _, code, _ in CASES])
def test_the_likeliest_meaning_comes_first(text: str, code: str, stack: str | None) -> None:
    found = explain(text)
    assert found, text
    assert found[0].code == code, [one.code for one in found]
    if stack is not None:
        assert stack_of(text) == stack


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (JAVA_S1, {"S1", "S2", "S9"}),
        ("unable to get local issuer certificate", {"S1", "S2"}),
        (NODE_C1, {"C1", "C2"}),
        (JAVA_C6, {"C6", "C1", "C2"}),
        ("keystore password was incorrect", {"F4", "F3"}),
        (JAVA_C7, {"C7", "C8"}),
    ],
)
def test_a_text_of_several_causes_gives_them_all(text: str, codes: set[str]) -> None:
    assert codes <= {one.code for one in explain(text)}


def test_colours_and_breaks_of_lines_do_not_hide_a_text() -> None:
    text = "\x1b[31mcertificate verify failed: unable to get\n    local issuer certificate\x1b[0m"
    assert explain(text)[0].code == "S1"


@pytest.mark.parametrize("text", ["", "everything is fine", "S99", "C0", "999", "1234", "Z1"])
def test_what_is_not_known_is_not_made_up(text: str) -> None:
    assert explain(text) == []


def test_a_number_of_both_hub_and_amqp_gives_both() -> None:
    assert [one.name for one in explain("501")] == ["UNROUTABLE_MESSAGE", "FRAME_ERROR"]
    assert [one.name for one in explain("200")] == ["SENDER_INCONSISTENCY", "REPLY_SUCCESS"]


def test_the_mend_is_that_of_the_stack() -> None:
    java, node = (explain("C1", stack=stack)[0].to_json()["mend"] for stack in ("java", "node"))
    assert "KeyStore" in java
    assert "pfx" in node
    assert "keytool" in explain(JAVA_S1)[0].to_json()["mend"]


def test_french_is_french() -> None:
    assert explain("C6", language="fr")[0].title == "Le client n'envoie aucun certificat"
