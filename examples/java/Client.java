// A client of the Hub: java Client CLIENT_ID [FILE] (see ../README.md).

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Client {
  static final String[] QUEUES = {"message", "ack", "info"};

  public static void main(String[] args) throws Exception {
    ConnectionFactory factory = factory();
    String file = args.length > 1 ? args[1] : null;
    for (long pause = 500; ; pause = Math.min(2 * pause, 30_000)) {
      try (Connection connection = factory.newConnection()) {
        if (file != null) {
          publish(connection, args[0], file);
          file = null;
        }
        CountDownLatch lost = new CountDownLatch(1);
        connection.addShutdownListener(cause -> {
          System.err.println("lost: " + cause.getMessage());
          lost.countDown();
        });
        consume(connection, args[0]);
        pause = 500;
        lost.await();
      } catch (Exception error) {
        System.err.println("lost: " + error);
      }
      Thread.sleep(pause);
    }
  }

  /** Mutual TLS with the stores that Java likes; the certificate is the login. */
  static ConnectionFactory factory() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setHost(env("HUB_HOSTNAME"));
    factory.setPort(Integer.parseInt(env("HUB_PORT")));
    factory.setVirtualHost(env("VHOST"));
    factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
    factory.setAutomaticRecoveryEnabled(false); // done here, so that it can be seen
    factory.useSslProtocol(tls());
    factory.enableHostnameVerification();
    return factory;
  }

  static SSLContext tls() throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    char[] passphrase = env("KEY_PASSPHRASE").toCharArray();
    keys.init(store("PKCS12", env("CERTIFICATE_PATH"), passphrase), passphrase);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store("JKS", env("TRUST_STORE_PATH"), env("TRUST_STORE_PASSWORD").toCharArray()));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  static KeyStore store(String type, String path, char[] passphrase) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream in = new FileInputStream(path)) {
      store.load(in, passphrase);
    }
    return store;
  }

  static void publish(Connection connection, String clientId, String file) throws Exception {
    try (Channel channel = connection.createChannel()) {
      channel.confirmSelect();
      AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
          .contentType(file.endsWith(".xml") ? "application/xml" : "application/json")
          .deliveryMode(2)
          .build();
      byte[] body = Files.readAllBytes(Path.of(file));
      channel.basicPublish(env("EXCHANGE_NAME"), clientId, properties, body);
      channel.waitForConfirmsOrDie(10_000);
    }
    System.out.println("confirmed " + file);
  }

  static void consume(Connection connection, String clientId) throws Exception {
    Channel channel = connection.createChannel();
    channel.basicQos(10);
    for (String queue : QUEUES) {
      channel.basicConsume(clientId + "." + queue, false, (tag, delivery) -> {
        System.out.println(queue + " " + new String(delivery.getBody(), StandardCharsets.UTF_8));
        channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
      }, tag -> connection.abort());
    }
    System.out.println("listening");
  }

  static String env(String name) {
    return System.getenv(name);
  }
}
