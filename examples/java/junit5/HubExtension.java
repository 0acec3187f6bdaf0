// JUnit 5: a Hub for the tests of a class. @ExtendWith(HubExtension.class), and a parameter Hub in
// any test method. Inside `hubemu run -- mvn verify` it is that Hub; else the class has one of its own.

import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store.CloseableResource;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

public class HubExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterTestExecutionCallback, ParameterResolver {

  @Override
  public void beforeAll(ExtensionContext context) {
    hub(context);
  }

  /** Each test begins on empty queues, without faults, phase and clock as at start. */
  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    hub(context).http("POST", "/api/v1/reset", "");
  }

  /** A test that failed shows what became of its messages. */
  @Override
  public void afterTestExecution(ExtensionContext context) throws Exception {
    if (context.getExecutionException().isPresent()) {
      System.err.println("the Hub's journal: " + hub(context).http("GET", "/api/v1/messages", null));
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Hub.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return hub(context);
  }

  private static Hub hub(ExtensionContext context) {
    var store = context.getRoot().getStore(Namespace.create(HubExtension.class));
    return store.getOrComputeIfAbsent(Hub.class, key -> Hub.start(), Hub.class);
  }

  /** A Hub that is up; ended after the last test if it was started here. */
  public static final class Hub implements CloseableResource {
    private final Path home;
    private final boolean own;
    private final String http;
    private final String token; // what its control API wants, if anything

    private Hub(Path home, boolean own) {
      this.home = home;
      this.own = own;
      Map<String, String> settings = environment("fr.health.samuA", "15-15_v2.0");
      this.http = settings.get("HUBEMU_HTTP");
      this.token = settings.getOrDefault("HUBEMU_HTTP_TOKEN", "none");
    }

    static Hub start() {
      if (System.getenv("HUBEMU_HTTP") != null) {
        return new Hub(Path.of(System.getenv("HUBEMU_HOME")), false);
      }
      try {
        Path home = Files.createTempDirectory("hubemu");
        hubemu(home, "up", "--detach", "--port", "0", "--http-port", "0");
        return new Hub(home, true);
      } catch (IOException error) {
        throw new IllegalStateException(error);
      }
    }

    @Override
    public void close() throws IOException {
      if (own) {
        hubemu(home, "down");
        try (Stream<Path> files = Files.walk(home)) { // the keys of its clients, too
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    }

    /** What `hubemu env` says: names of the official kits, and HUBEMU_*. */
    public Map<String, String> environment(String client, String vhost) {
      Map<String, String> settings = new TreeMap<>();
      hubemu(home, "env", "--client", client, "--vhost", vhost).lines()
          .map(line -> line.split("=", 2))
          .filter(pair -> pair.length == 2)
          .forEach(pair -> settings.put(pair[0], pair[1]));
      return settings;
    }

    /** Connects as a client: its .p12, the trust store of the Hub, the certificate as login. */
    public ConnectionFactory factory(String client, String vhost) throws Exception {
      Map<String, String> settings = environment(client, vhost);
      char[] passphrase = settings.get("KEY_PASSPHRASE").toCharArray();
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store("PKCS12", settings.get("CERTIFICATE_PATH"), passphrase), passphrase);
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      char[] opened = settings.get("TRUST_STORE_PASSWORD").toCharArray();
      trust.init(store("JKS", settings.get("TRUST_STORE_PATH"), opened));
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      ConnectionFactory factory = new ConnectionFactory();
      factory.setHost(settings.get("HUB_HOSTNAME"));
      factory.setPort(Integer.parseInt(settings.get("HUB_PORT")));
      factory.setVirtualHost(vhost);
      factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
      factory.useSslProtocol(tls);
      factory.enableHostnameVerification();
      return factory;
    }

    /** A valid message of a type from one client to another, with fresh ids and dates. */
    public byte[] example(String type, String vhost, String from, String to) throws Exception {
      String path = "/api/v1/examples/%s?vhost=%s&as=%s&to=%s".formatted(type, vhost, from, to);
      return http("GET", path, null).getBytes(StandardCharsets.UTF_8);
    }

    /** Calls the control API, such as GET /api/v1/messages?recipient=ID&outcome=routed&wait=10. */
    public String http(String method, String path, String body) throws Exception {
      var content = body == null
          ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
      var request = HttpRequest.newBuilder(URI.create(http + path))
          .header("Content-Type", "application/json").header("Authorization", "Bearer " + token)
          .method(method, content).build();
      var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
      if (answer.statusCode() >= 400) {
        throw new IllegalStateException(method + " " + path + ": " + answer.body());
      }
      return answer.body();
    }

    private static KeyStore store(String type, String path, char[] passphrase) throws Exception {
      KeyStore store = KeyStore.getInstance(type);
      try (InputStream in = new FileInputStream(path)) {
        store.load(in, passphrase);
      }
      return store;
    }

    private static String hubemu(Path home, String... arguments) {
      List<String> command = new ArrayList<>(List.of("hubemu"));
      command.addAll(List.of(arguments));
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("HUBEMU_HOME", home.toString());
      try {
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
          throw new IllegalStateException(String.join(" ", command) + " ended with " + process.exitValue());
        }
        return out;
      } catch (IOException | InterruptedException error) {
        throw new IllegalStateException("hubemu cannot be run: is it on the PATH?", error);
      }
    }
  }
}
