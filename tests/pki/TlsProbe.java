import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.*;

/** One TLS connection: prints the subject of the certificate it presented, or the exception. */
public class TlsProbe {
    public static void main(String[] a) throws Exception {
        String port = a[0], protocol = a[1], passphrase = a[2], keyFile = a[3], trustFile = a[4];
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(load(keyFile, passphrase), passphrase.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(load(trustFile, passphrase));
        SSLContext context = SSLContext.getInstance(protocol);
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket("localhost", Integer.parseInt(port))) {
            socket.setEnabledProtocols(new String[] {protocol});
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            Object[] shown = socket.getSession().getLocalCertificates();
            System.out.println(shown == null ? "none"
                : ((X509Certificate) shown[0]).getIssuerX500Principal().getName());
        } catch (java.io.IOException refused) {
            System.out.println("refused " + refused);
        }
    }

    private static KeyStore load(String file, String passphrase) throws Exception {
        KeyStore store = KeyStore.getInstance(file.endsWith(".jks") ? "JKS" : "PKCS12");
        try (FileInputStream in = new FileInputStream(file)) {
            store.load(in, passphrase.toCharArray());
        }
        return store;
    }
}
