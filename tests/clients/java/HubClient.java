import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultSaslConfig;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** One action on a Hub, as `tests/clients/README.md` describes; key stores as Java takes them. */
public final class HubClient {
    private static final int PATIENCE_MILLIS = 10_000;

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = factory().newConnection()) {
            Channel channel = connection.createChannel();
            switch (arguments[0]) {
                case "send" -> send(channel, arguments[1], Path.of(arguments[2]));
                case "take" -> take(channel, arguments[1]);
                case "declare" -> channel.queueDeclare(arguments[1], true, false, false, null);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        } catch (Exception error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                System.err.println(cause);
            }
            System.exit(1);
        }
    }

    private static void send(Channel channel, String key, Path file) throws Exception {
        String exchange = System.getenv("EXCHANGE_NAME");
        channel.exchangeDeclarePassive(exchange);
        channel.confirmSelect();
        AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
            .contentType("application/json").deliveryMode(2).build();
        channel.basicPublish(exchange, key, properties, Files.readAllBytes(file));
        channel.waitForConfirmsOrDie(PATIENCE_MILLIS);
    }

    private static void take(Channel channel, String queue) throws Exception {
        channel.queueDeclarePassive(queue);
        var bodies = new java.util.concurrent.LinkedBlockingQueue<byte[]>();
        channel.basicConsume(queue, false, new com.rabbitmq.client.DefaultConsumer(channel) {
            @Override
            public void handleDelivery(
                String tag, com.rabbitmq.client.Envelope envelope, AMQP.BasicProperties properties, byte[] body
            ) throws java.io.IOException {
                channel.basicAck(envelope.getDeliveryTag(), false);
                bodies.add(body);
            }
        });
        byte[] body = bodies.poll(PATIENCE_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS);
        if (body == null) throw new java.util.concurrent.TimeoutException("nothing in " + queue);
        System.out.write(body);
        System.out.flush();
    }

    private static ConnectionFactory factory() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost(System.getenv("HUB_HOSTNAME"));
        factory.setPort(Integer.parseInt(System.getenv("HUB_PORT")));
        factory.setVirtualHost(System.getenv("VHOST"));
        factory.setAutomaticRecoveryEnabled(false);
        factory.setSaslConfig(DefaultSaslConfig.EXTERNAL);
        factory.useSslProtocol(tls());
        return factory;
    }

    private static SSLContext tls() throws Exception {
        TrustManagerFactory trust = TrustManagerFactory.getInstance("SunX509");
        String truststore = System.getenv("TRUST_STORE_PATH");
        trust.init(store(truststore.endsWith(".jks") ? "JKS" : "PKCS12", truststore, "TRUST_STORE_PASSWORD"));
        SSLContext tls = SSLContext.getInstance("TLSv" + System.getenv("TLS_VERSION"));
        tls.init(keys(), trust.getTrustManagers(), null);
        return tls;
    }

    private static javax.net.ssl.KeyManager[] keys() throws Exception {
        String path = System.getenv("CERTIFICATE_PATH");
        if (path == null) return null;
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store("PKCS12", path, "KEY_PASSPHRASE"), System.getenv("KEY_PASSPHRASE").toCharArray());
        return keys.getKeyManagers();
    }

    private static KeyStore store(String kind, String path, String passphrase) throws Exception {
        KeyStore store = KeyStore.getInstance(kind);
        try (FileInputStream file = new FileInputStream(path)) {
            store.load(file, System.getenv(passphrase).toCharArray());
        }
        return store;
    }
}
