import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

/** TLS connections of Java: for each line on standard input (name, port, ca, certificate, key) what it says. */
public class Probe {
    public static void main(String[] a) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null; ) {
            String[] part = line.split("\t");
            System.out.println(part[0] + "\t" + probe(part).replaceAll("\\s*\\n\\s*", " | "));
        }
    }

    private static String probe(String[] part) {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.2");
            context.init(part[3].equals("-") ? null : keys(part[3], part[4]), trust(part[2]), null);
            SSLParameters parameters = new SSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setProtocols(new String[] {"TLSv1.2"});
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket("localhost", Integer.parseInt(part[1]))) {
                socket.setSoTimeout(10000);
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                return "accepted";
            }
        } catch (Exception error) {
            StringWriter text = new StringWriter();
            error.printStackTrace(new PrintWriter(text));
            return text.toString();
        }
    }

    private static Collection<? extends Certificate> read(String file) throws Exception {
        try (InputStream in = new FileInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
    }

    private static TrustManager[] trust(String file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (Certificate one : read(file)) store.setCertificateEntry("trusted-" + number++, one);
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyManager[] keys(String certificate, String key) throws Exception {
        String pem = Files.readString(Path.of(key)).replaceAll("-----[A-Z ]+-----|\\s", "");
        PrivateKey secret = KeyFactory.getInstance("RSA")
            .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("client", secret, new char[0], read(certificate).toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }
}
