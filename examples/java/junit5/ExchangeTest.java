// A test with the extension: samuA writes to samuC, who reads it; and a refusal is reported.

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(HubExtension.class)
class ExchangeTest {
  static final String A = "fr.health.samuA";
  static final String C = "fr.health.samuC";
  static final String VHOST = "15-15_v2.0";

  @Test
  void aMessageArrives(HubExtension.Hub hub) throws Exception {
    publish(hub, hub.example("RS-EDA", VHOST, A, C));
    assertTrue(next(hub, C, "message").contains(A));
  }

  @Test
  void aMistakeIsReported(HubExtension.Hub hub) throws Exception {
    publish(hub, "{}".getBytes(StandardCharsets.UTF_8));
    assertTrue(next(hub, A, "info").contains("INVALID_MESSAGE"));
  }

  static void publish(HubExtension.Hub hub, byte[] body) throws Exception {
    try (Connection connection = hub.factory(A, VHOST).newConnection();
        Channel channel = connection.createChannel()) {
      channel.confirmSelect();
      var properties = new AMQP.BasicProperties.Builder()
          .contentType("application/json").deliveryMode(2).build();
      channel.basicPublish("hubsante", A, properties, body);
      channel.waitForConfirmsOrDie(10_000);
    }
  }

  static String next(HubExtension.Hub hub, String client, String queue) throws Exception {
    try (Connection connection = hub.factory(client, VHOST).newConnection();
        Channel channel = connection.createChannel()) {
      BlockingQueue<String> came = new ArrayBlockingQueue<>(1);
      channel.basicConsume(client + "." + queue, true, (tag, delivery) ->
          came.offer(new String(delivery.getBody(), StandardCharsets.UTF_8)), tag -> { });
      String body = came.poll(20, TimeUnit.SECONDS);
      assertTrue(body != null, "nothing in " + client + "." + queue);
      return body;
    }
  }
}
