# ruff: noqa: E501, RUF001 - texts are quoted as they came
"""What is known to be printed (facts: pki 1 to 3, clients; Windows in French too), first bare, then
as people paste it: with what logs, terminals, pages and mails add around it."""

from __future__ import annotations

import html
import json
import textwrap
from collections.abc import Callable

import pytest

from hubemu.explain import explain

TEXTS = [
    ("S1", "certificate verify failed: unable to get local issuer certificate"),
    ("S1", "code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'"),
    (
        "S1",
        "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target",
    ),
    (
        "S1",
        '{error,{tls_alert,{unknown_ca,"TLS client: In state wait_cert_cr at ssl_handshake.erl:2111 generated CLIENT ALERT: Fatal - Unknown CA\n"}}}',
    ),
    (
        "S2",
        "Error: unable to verify the first certificate\n  code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'",
    ),
    ("S3", "unable to get issuer certificate"),
    ("S3", "UNABLE_TO_GET_ISSUER_CERT"),
    ("S4", "certificate has expired"),
    ("S4", "CERT_HAS_EXPIRED"),
    (
        "S4",
        "PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed; CertificateExpiredException: NotAfter: Mon Dec 09 12:00:00 CET 2024",
    ),
    (
        "S4",
        '{tls_alert,{certificate_expired,"TLS client: In state certify at ssl_handshake.erl:1 generated CLIENT ALERT: Fatal - Certificate Expired"}}',
    ),
    ("S5", "certificate is not yet valid"),
    ("S5", "CERT_NOT_YET_VALID"),
    (
        "S5",
        "java.security.cert.CertificateNotYetValidException: NotBefore: Mon Dec 09 12:00:00 CET 2026",
    ),
    ("S6", "Hostname mismatch, certificate is not valid for 'x'"),
    ("S6", "ERR_TLS_CERT_ALTNAME_INVALID"),
    ("S6", "No subject alternative DNS name matching x found"),
    (
        "S6",
        '{tls_alert,{handshake_failure,"TLS client: In state certify generated CLIENT ALERT: Fatal - Handshake Failure\\n {bad_cert,hostname_check_failed}"}}',
    ),
    (
        "S7",
        "x509: certificate relies on legacy Common Name field, use SANs or temporarily enable Common Name matching with GODEBUG=x509ignoreCN=0",
    ),
    ("S7", "x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs"),
    ("S8", "unsuitable certificate purpose"),
    ("S8", "INVALID_PURPOSE"),
    ("S8", "Extended key usage does not permit use for TLS server authentication"),
    (
        "S8",
        '{tls_alert,{handshake_failure,"TLS client: In state wait_cert_cr generated CLIENT ALERT: Fatal - Handshake Failure\n {bad_cert,invalid_ext_key_usage}"}}',
    ),
    ("S9", "self-signed certificate"),
    ("S9", "self signed certificate"),
    ("S9", "DEPTH_ZERO_SELF_SIGNED_CERT"),
    (
        "S9",
        '{tls_alert,{bad_certificate,"TLS client: In state certify at ssl_handshake.erl:1 generated CLIENT ALERT: Fatal - Bad Certificate"}}',
    ),
    ("S10", "certificate revoked"),
    ("S10", "CERT_REVOKED"),
    ("S10", "unable to get certificate CRL"),
    ("S11", "CA signature digest algorithm too weak"),
    ("S12", "EE certificate key too weak"),
    ("S13", "tlsv1 alert protocol version"),
    ("S13", "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"),
    ("S13", "Received fatal alert: protocol_version"),
    (
        "S13",
        '{tls_alert,{protocol_version,"TLS client: In state hello received SERVER ALERT: Fatal - Protocol Version"}}',
    ),
    ("S14", "wrong version number"),
    ("S14", "ERR_SSL_WRONG_VERSION_NUMBER"),
    ("S14", "Unsupported or unrecognized SSL message"),
    (
        "S14",
        '{tls_alert,{unexpected_message,"TLS client: In state hello at tls_record.erl generated CLIENT ALERT: Fatal - Unexpected Message\n {unsupported_record_type,65}"}}',
    ),
    ("S15", "certificate chain too long"),
    ("S15", "{bad_cert,max_path_length_reached}"),
    ("S16", "bad signature"),
    ("S16", "Bad Record MAC"),
    ("S17", "Missing Authority Key Identifier"),
    ("S17", "Basic Constraints of CA cert not marked critical"),
    ("S17", "Fatal - Unsupported Certificate"),
    ("S18", "{options,incompatible,[{verify,verify_peer},{cacerts,undefined}]}"),
    (
        "S1",
        "AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot",
    ),
    (
        "S2",
        "AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: PartialChain",
    ),
    (
        "S4",
        "AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: NotTimeValid",
    ),
    (
        "S10",
        "AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: Revoked",
    ),
    (
        "S1",
        "AuthenticationException: The remote certificate is invalid according to the validation procedure.",
    ),
    (
        "C1",
        "RabbitMQ.Client.Exceptions.BrokerUnreachableException: None of the specified endpoints were reachable",
    ),
    ("C1", "SERVER ALERT: Fatal - Unknown CA"),
    ("C1", "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca"),
    (
        "C1",
        "IncompatibleProtocolError: The protocol returned by the server is not supported: (\"StreamLostError: ('Transport indicated EOF',)\",)",
    ),
    ("C1", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"),
    ("C6", "Received fatal alert: certificate_required"),
    ("C6", "no_client_certificate_provided"),
    ("C1", "EOF occurred in violation of protocol"),
    ("C3", "SERVER ALERT: Fatal - Certificate Expired"),
    ("C3", "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    ("C3", "SSL alert number 45"),
    ("C1", "java.net.SocketException: Connection reset"),
    (
        "C4",
        "TLS server: In state wait_cert at ssl_handshake.erl generated SERVER ALERT: Fatal - Handshake Failure - {bad_cert,invalid_ext_key_usage}",
    ),
    ("C6", "SSLV3_ALERT_HANDSHAKE_FAILURE"),
    ("C5", "SERVER ALERT: Fatal - Bad Certificate"),
    ("C5", "alert number 42"),
    ("C6", "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    ("C6", "alert number 116"),
    ("C7", "EXTERNAL login refused: user 'x' - invalid credentials"),
    (
        "C7",
        "pika.exceptions.ProbableAuthenticationError: ConnectionClosedByBroker: (403) 'ACCESS_REFUSED - Login was refused using authentication mechanism EXTERNAL. For details see the broker logfile.'",
    ),
    ("C7", "Handshake terminated by server: 403 (ACCESS-REFUSED) with message"),
    ("C7", "com.rabbitmq.client.AuthenticationFailureException: ACCESS_REFUSED"),
    ("C8", "EXTERNAL login refused: user '*.client.example' - invalid credentials"),
    (
        "C9",
        "AuthenticationError: Server and client could not negotiate use of the PLAIN authentication mechanism",
    ),
    ("C9", "SASL mechanism PLAIN is not provided by the server"),
    ("C10", "ProbableAccessDeniedError: NOT_ALLOWED - access to vhost 'v' refused for user 'u'"),
    ("C10", "NOT_ALLOWED - vhost v not found"),
    (
        "C11",
        "ChannelClosedByBroker: (403, \"ACCESS_REFUSED - access to queue 'q' in vhost 'v' refused for user 'u'\")",
    ),
    ("C13", "connection peer presented no TLS (x.509) certificate"),
    ("F1", "[X509: KEY_VALUES_MISMATCH] key values mismatch"),
    ("F1", "ERR_OSSL_X509_KEY_VALUES_MISMATCH"),
    ("F1", "No cert in -in file 'a.crt' matches private key"),
    (
        "F2",
        "inner_evp_generic_fetch:unsupported:../crypto/evp/evp_fetch.c:373:Global default library context, Algorithm (RC2-40-CBC : 0), Properties ()",
    ),
    ("F2", "ERR_CRYPTO_UNSUPPORTED_OPERATION"),
    ("F2", "Unsupported PKCS12 PFX data"),
    ("F4", "keystore password was incorrect"),
    ("F3", "java.security.NoSuchAlgorithmException: Algorithm HmacPBESHA256 not available"),
    ("F3", "HmacPBESHA256 not available"),
    ("F4", "Mac verify error: invalid password?"),
    ("F4", "mac verify failure"),
    ("F4", "Keystore was tampered with, or password was incorrect"),
    ("F5", "the trustAnchors parameter must be non-empty"),
    ("F5", "Your keystore contains 0 entries"),
    ("F7", "header too long"),
    ("F7", "toDerInputStream rejects tag type 45"),
    ("F8", "ERR_OSSL_BAD_DECRYPT"),
    ("F9", "Permission denied"),
    ("S1", "Unable to connect (Unknown error)"),
    ("S1", "Connection refused: ssl://localhost:5671"),
    ("C9", "could not allocate memory"),
    ("S1", "a SSL error occurred"),
    ("C10", 'Exception (403) Reason: "no access to this vhost"'),
    ("C1", 'Exception (501) Reason: "EOF"'),
    ("C1", 'Exception (504) Reason: "channel/connection is not open"'),
    ("C1", "closed"),
    ("C1", "Broken pipe"),
    ("C7", "disconnected"),
    (
        "S1",
        "System.Security.Authentication.AuthenticationException: Le certificat distant n'est pas valide en raison d'erreurs dans la chaîne de certificats : UntrustedRoot",
    ),
    (
        "S1",
        "System.Security.Authentication.AuthenticationException: Le certificat distant n'est pas valide selon la procédure de validation.",
    ),
    (
        "S6",
        "Le certificat distant n'est pas valide en raison d'erreurs : RemoteCertificateNameMismatch",
    ),
    (
        "S1",
        "Une chaîne de certificats a été traitée mais s'est terminée par un certificat racine qui n'est pas approuvé par le fournisseur d'approbation.",
    ),
    ("S1", "La chaîne de certificats a été fournie par une autorité qui n'est pas approuvée"),
    ("S2", "Impossible de créer une chaîne de certificats vers une autorité racine de confiance."),
    (
        "S4",
        "Un certificat requis n'est pas dans sa période de validité selon la vérification par rapport à l'horloge système en cours ou le tampon daté dans le fichier signé.",
    ),
    ("S10", "Le certificat a été révoqué par son émetteur."),
    ("S10", "La fonction de révocation n'a pas pu vérifier la révocation du certificat."),
    (
        "S10",
        "La fonction de révocation n'a pas pu vérifier la révocation car le serveur de révocation était déconnecté.",
    ),
    ("S6", "Le nom principal de la cible n'est pas correct"),
    ("S6", "Le nom CN du certificat ne correspond pas à la valeur transmise."),
    ("S8", "Le certificat n'est pas valide pour l'utilisation demandée."),
    (
        "C1",
        "Impossible de lire les données de la connexion de transport : Une connexion existante a dû être fermée par l'hôte distant.",
    ),
    ("C1", "Une connexion établie a été abandonnée par un logiciel de votre ordinateur hôte"),
    (
        "F4",
        "System.Security.Cryptography.CryptographicException: Le mot de passe réseau spécifié est incorrect.",
    ),
    (
        "F9",
        "System.UnauthorizedAccessException: L'accès au chemin d'accès 'C:\\certs\\client.key' est refusé.",
    ),
    ("F9", "cat: client.key: Permission non accordée"),
    ("C1", "Connexion ré-initialisée par le correspondant"),
    ("C1", "Relais brisé (pipe)"),
    (
        "C1",
        "BrokerUnreachableException: Aucun des points de terminaison spécifiés n'était accessible",
    ),
    (
        "S13",
        "Le client et le serveur ne peuvent pas communiquer, car ils ne possèdent pas d'algorithme commun",
    ),
    ("C1", "Un appel à SSPI a échoué, consultez l'exception interne."),
    ("C1", "Le message reçu était inattendu ou formaté de façon incorrecte."),
    ("C1", "Authentication failed because the remote party sent a TLS alert: 'UnknownCA'."),
    ("C1", "A call to SSPI failed, see inner exception."),
]


@pytest.mark.parametrize(("code", "text"), TEXTS, ids=[f"{c}-{t[:40]}" for c, t in TEXTS])
def test_the_first_cause_is_the_right_one(code: str, text: str) -> None:
    assert [one.code for one in explain(text)][:1] == [code]


def prefixed(prefix: str) -> Callable[[str], str]:
    return lambda text: "\n".join(prefix + line for line in text.splitlines())


def cut(width: int) -> Callable[[str], str]:
    """As a terminal does, in the midst of words."""
    return lambda text: "\n".join(
        line[at : at + width]
        for line in text.splitlines()
        for at in range(0, max(len(line), 1), width)
    )


NOISE: dict[str, Callable[[str], str]] = {
    "log4j": prefixed("2026-11-28T08:00:00.123Z ERROR [main] "),
    "spring": prefixed("2026-11-28 08:00:00.123 ERROR 4242 --- [hub-client] c.hub.Client : "),
    "python": prefixed("2026-11-28 08:00:00,123 - pika.adapters - ERROR - "),
    "french": prefixed("28/11/2026 08:00:00,123 ERREUR "),
    ".NET": prefixed("fail: Hub.Client[0]\n      "),
    "serilog": prefixed("[08:00:00 ERR] "),
    "syslog": prefixed("<134>Nov 28 08:00:00 host app[12]: "),
    "kubernetes": prefixed("2026-11-28T08:00:00.123456789Z stderr F "),
    "RabbitMQ's log": prefixed("2026-11-28 08:00:00.123456+00:00 [notice] <0.812.0> "),
    "compose, cut": lambda text: prefixed("app-1  | ")(cut(31)(text)),
    "cut": cut(17),
    "quoted": prefixed("> "),
    "wrapped": lambda text: textwrap.fill(text, 24, subsequent_indent="    "),
    "colours": lambda text: "\x1b[31m" + text.replace(" ", "\x1b[0m \x1b[1;33m") + "\x1b[0m",
    "page": lambda text: f"<pre>{html.escape(text).replace(' ', '&nbsp;')}</pre>",
    "JSON": lambda text: json.dumps({"level": "error", "log": f"2026-11-28 ERROR {text}\n"}),
    "mail": lambda text: text.replace("'", "’").replace('"', "”").replace(" : ", "\u00a0: "),
    "damaged accents": lambda text: text.encode().decode("latin-1"),
    "no accents": lambda text: text.encode("ascii", "replace").decode(),
}
LONE = ("closed", "disconnected")
"""Words that mean something only where they are all that was printed."""


@pytest.mark.parametrize("kind", NOISE)
def test_what_stands_around_a_text_does_not_hide_it(kind: str) -> None:
    wrong = {
        text: found
        for code, text in TEXTS
        if text not in LONE
        and (found := [one.code for one in explain(NOISE[kind](text))])[:1] != [code]
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-28 08:00:00 INFO connection closed normally by the operator",
        "2026-11-28T08:00:00Z DEBUG [hub-client] published fr.health.samuA_1, confirmed",
        "&lt;message&gt; sent &amp; acknowledged",
        "[31mdone[0m",
        "C:\\new\\temp\\report.txt written",
    ],
)
def test_noise_alone_means_nothing(text: str) -> None:
    assert explain(text) == []


def test_a_very_long_paste_is_read_in_no_time() -> None:
    """Lines of a log that mean nothing, and one in their midst that does."""
    idle = "2026-11-28 08:00:00,123 INFO [main] received SERVER TLS client: (((((((\n" * 400
    text = f"{idle}certificate has expired\n{idle}"
    assert [one.code for one in explain(text)][:1] == ["S4"]
