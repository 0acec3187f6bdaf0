/* A client of the Hub: ./client CLIENT_ID [FILE] (see ../README.md; librabbitmq 0.11 or newer). */
#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PUBLISHES = 1, CONSUMES = 2, PERSISTENT = 2, HEARTBEAT = 30 };
static const char *QUEUES[] = {"message", "ack", "info"};

static int lost(const char *where) {
  fprintf(stderr, "lost: %s\n", where);
  return 0;
}

static int ok(amqp_connection_state_t connection) {
  return amqp_get_rpc_reply(connection).reply_type == AMQP_RESPONSE_NORMAL;
}

/* Mutual TLS; the certificate is the login. */
static int connected(amqp_connection_state_t connection) {
  amqp_socket_t *socket = amqp_ssl_socket_new(connection);
  if (socket == NULL ||
      amqp_ssl_socket_set_cacert(socket, getenv("HUBEMU_CA")) != AMQP_STATUS_OK ||
      amqp_ssl_socket_set_key(socket, getenv("HUBEMU_CERT"), getenv("HUBEMU_KEY")) != AMQP_STATUS_OK)
    return lost("the certificates cannot be read");
  amqp_ssl_socket_set_verify_peer(socket, 1);
  amqp_ssl_socket_set_verify_hostname(socket, 1);
  if (amqp_socket_open(socket, getenv("HUB_HOSTNAME"), atoi(getenv("HUB_PORT"))) != AMQP_STATUS_OK)
    return lost("no connection");
  amqp_rpc_reply_t reply = amqp_login(connection, getenv("VHOST"), 0, 131072, HEARTBEAT,
                                      AMQP_SASL_METHOD_EXTERNAL, "certificate");
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) return lost("the login was refused");
  amqp_channel_open(connection, PUBLISHES);
  amqp_channel_open(connection, CONSUMES);
  return ok(connection) || lost("no channel");
}

static char *content(const char *file, size_t *length) {
  FILE *in = fopen(file, "rb");
  if (in == NULL) return NULL;
  fseek(in, 0, SEEK_END);
  *length = (size_t)ftell(in);
  rewind(in);
  char *body = malloc(*length + 1);
  if (body != NULL && fread(body, 1, *length, in) != *length) {
    free(body);
    body = NULL;
  }
  fclose(in);
  return body;
}

static int published(amqp_connection_state_t connection, const char *id, const char *file) {
  size_t length = 0;
  char *body = content(file, &length);
  if (body == NULL) return lost("the file cannot be read");
  amqp_confirm_select(connection, PUBLISHES);
  amqp_basic_properties_t properties = {0};
  const char *end = strrchr(file, '.');
  properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.content_type = amqp_cstring_bytes(
      end != NULL && strcmp(end, ".xml") == 0 ? "application/xml" : "application/json");
  properties.delivery_mode = PERSISTENT;
  amqp_bytes_t bytes = {length, body};
  int sent = amqp_basic_publish(connection, PUBLISHES, amqp_cstring_bytes(getenv("EXCHANGE_NAME")),
                                amqp_cstring_bytes(id), 0, 0, &properties, bytes);
  free(body);
  amqp_frame_t frame;
  if (sent != AMQP_STATUS_OK || amqp_simple_wait_frame(connection, &frame) != AMQP_STATUS_OK ||
      frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
    return lost("the message was not confirmed");
  printf("confirmed %s\n", file);
  return 1;
}

static void consume(amqp_connection_state_t connection, const char *id) {
  amqp_basic_qos(connection, CONSUMES, 0, 10, 0);
  for (size_t i = 0; i < sizeof QUEUES / sizeof *QUEUES; i++) {
    char name[300];
    snprintf(name, sizeof name, "%s.%s", id, QUEUES[i]);
    amqp_basic_consume(connection, CONSUMES, amqp_cstring_bytes(name), amqp_cstring_bytes(QUEUES[i]), 0,
                       0, 0, amqp_empty_table);
    if (!ok(connection)) {
      lost(name);
      return;
    }
  }
  printf("listening\n");
  for (;;) {
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(connection);
    if (amqp_consume_message(connection, &envelope, NULL, 0).reply_type != AMQP_RESPONSE_NORMAL) {
      lost("the connection or a consumer is gone");
      return;
    }
    printf("%.*s %.*s\n", (int)envelope.consumer_tag.len, (char *)envelope.consumer_tag.bytes,
           (int)envelope.message.body.len, (char *)envelope.message.body.bytes);
    amqp_basic_ack(connection, CONSUMES, envelope.delivery_tag, 0);
    amqp_destroy_envelope(&envelope);
  }
}

int main(int argc, char **argv) {
  if (argc < 2) return lost("usage: client CLIENT_ID [FILE]") + 2;
  const char *file = argc > 2 ? argv[2] : NULL;
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (unsigned pause = 1;; pause = pause < 16 ? 2 * pause : 30) {
    amqp_connection_state_t connection = amqp_new_connection();
    if (connected(connection) && (file == NULL || published(connection, argv[1], file))) {
      file = NULL;
      pause = 1;
      consume(connection, argv[1]);
    }
    amqp_destroy_connection(connection);
    sleep(pause);
  }
}
