/* One action on a Hub, as tests/clients/README.md describes (librabbitmq). */
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define CHANNEL 1
#define PATIENCE_SECONDS 10
#define LARGEST_FILE (1 << 20)

static amqp_bytes_t bytes_of(const char *text) { return amqp_cstring_bytes(text); }

static void fail(const char *what, const char *text) {
  fprintf(stderr, "%s: %s\n", what, text);
  exit(1);
}

static void checked(int status, const char *what) {
  if (status != AMQP_STATUS_OK) fail(what, amqp_error_string2(status));
}

static void closed_by_server(const char *what, amqp_method_t method) {
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD || method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    /* Both methods begin with the reply code and the reply text. */
    amqp_channel_close_t *reason = method.decoded;
    fprintf(stderr, "%s: %d %.*s\n", what, reason->reply_code, (int)reason->reply_text.len,
            (char *)reason->reply_text.bytes);
    exit(1);
  }
}

static void answered(amqp_rpc_reply_t reply, const char *what) {
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) closed_by_server(what, reply.reply);
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
    fail(what, amqp_error_string2(reply.library_error));
}

static amqp_connection_state_t logged_in(void) {
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_ssl_socket_new(connection);
  int version = strcmp(getenv("TLS_VERSION"), "1.2") == 0 ? AMQP_TLSv1_2 : AMQP_TLSvLATEST;
  checked(amqp_ssl_socket_set_ssl_versions(socket, version, version), "TLS version");
  checked(amqp_ssl_socket_set_cacert(socket, getenv("HUBEMU_CA")), "trust store");
  if (getenv("HUBEMU_CERT"))
    checked(amqp_ssl_socket_set_key(socket, getenv("HUBEMU_CERT"), getenv("HUBEMU_KEY")), "key");
  checked(amqp_socket_open(socket, getenv("HUB_HOSTNAME"), atoi(getenv("HUB_PORT"))), "connect");
  /* An empty identity makes this library say that it is out of memory: any name will do. */
  answered(amqp_login(connection, getenv("VHOST"), 0, AMQP_DEFAULT_FRAME_SIZE, 0,
                      AMQP_SASL_METHOD_EXTERNAL, "certificate"),
           "login");
  amqp_channel_open(connection, CHANNEL);
  answered(amqp_get_rpc_reply(connection), "channel");
  return connection;
}

static void send_file(amqp_connection_state_t connection, const char *key, const char *path) {
  static char body[LARGEST_FILE];
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path, "cannot be read");
  amqp_bytes_t content = {fread(body, 1, sizeof body, file), body};
  fclose(file);
  amqp_bytes_t exchange = bytes_of(getenv("EXCHANGE_NAME"));
  amqp_exchange_declare(connection, CHANNEL, exchange, bytes_of("topic"), 1, 1, 0, 0, amqp_empty_table);
  answered(amqp_get_rpc_reply(connection), "passive declare");
  amqp_confirm_select(connection, CHANNEL);
  answered(amqp_get_rpc_reply(connection), "confirm");
  amqp_basic_properties_t properties = {
      ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG,
      .content_type = bytes_of("application/json"),
      .delivery_mode = AMQP_DELIVERY_PERSISTENT};
  checked(amqp_basic_publish(connection, CHANNEL, exchange, bytes_of(key), 0, 0, &properties, content),
          "publish");
  amqp_frame_t frame;
  struct timeval patience = {PATIENCE_SECONDS, 0};
  checked(amqp_simple_wait_frame_noblock(connection, &frame, &patience), "confirm");
  if (frame.frame_type != AMQP_FRAME_METHOD) fail("confirm", "another frame came");
  closed_by_server("publish", frame.payload.method);
  if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD) fail("confirm", "not confirmed");
}

static void take(amqp_connection_state_t connection, const char *queue) {
  amqp_queue_declare(connection, CHANNEL, bytes_of(queue), 1, 1, 0, 0, amqp_empty_table);
  answered(amqp_get_rpc_reply(connection), "passive declare");
  amqp_basic_consume(connection, CHANNEL, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  answered(amqp_get_rpc_reply(connection), "consume");
  amqp_envelope_t envelope;
  struct timeval patience = {PATIENCE_SECONDS, 0};
  answered(amqp_consume_message(connection, &envelope, &patience, 0), "delivery");
  fwrite(envelope.message.body.bytes, 1, envelope.message.body.len, stdout);
  checked(amqp_basic_ack(connection, CHANNEL, envelope.delivery_tag, 0), "ack");
  amqp_destroy_envelope(&envelope);
}

int main(int count, char **arguments) {
  if (count < 3) fail("usage", "send KEY FILE | take QUEUE | declare QUEUE");
  amqp_connection_state_t connection = logged_in();
  if (strcmp(arguments[1], "send") == 0 && count == 4) {
    send_file(connection, arguments[2], arguments[3]);
  } else if (strcmp(arguments[1], "take") == 0) {
    take(connection, arguments[2]);
  } else if (strcmp(arguments[1], "declare") == 0) {
    amqp_queue_declare(connection, CHANNEL, bytes_of(arguments[2]), 0, 1, 0, 0, amqp_empty_table);
    answered(amqp_get_rpc_reply(connection), "declare");
  } else {
    fail("usage", "send KEY FILE | take QUEUE | declare QUEUE");
  }
  answered(amqp_connection_close(connection, AMQP_REPLY_SUCCESS), "close");
  amqp_destroy_connection(connection);
  return 0;
}
