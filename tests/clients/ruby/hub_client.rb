# frozen_string_literal: true

# One action on a Hub, as tests/clients/README.md describes.
require 'bunny'
require 'logger'

PATIENCE = 10

def connection
  own = ENV['HUBEMU_CERT']
  # bunny reads only the first certificate of a file, so the intermediate of the chain is not sent.
  identity = own ? { tls_cert: own, tls_key: ENV['HUBEMU_KEY'] } : {}
  Bunny.new(
    host: ENV['HUB_HOSTNAME'], port: ENV['HUB_PORT'].to_i, vhost: ENV['VHOST'],
    auth_mechanism: 'EXTERNAL', tls: true, verify_peer: true, tls_ca_certificates: [ENV['HUBEMU_CA']],
    tls_protocol: ENV['TLS_VERSION'] == '1.2' ? :TLSv1_2 : :SSLv23,
    automatically_recover: false, recovery_attempts: 0, connection_timeout: PATIENCE,
    continuation_timeout: PATIENCE * 1000, logger: Logger.new(File::NULL), **identity
  )
end

def send_file(channel, key, file)
  name = ENV['EXCHANGE_NAME']
  exchange = channel.exchange(name, passive: true)
  channel.confirm_select
  exchange.publish(File.binread(file), routing_key: key, content_type: 'application/json', persistent: true)
  # wait_for_confirms hangs when the publish was refused: the channel is closed then, and its next
  # use raises the reason.
  Timeout.timeout(PATIENCE) { sleep 0.01 until channel.closed? || channel.unconfirmed_set.empty? }
  channel.exchange(name, passive: true)
end

def take(channel, queue)
  bodies = Queue.new
  channel.queue(queue, passive: true).subscribe(manual_ack: true) do |delivery, _, body|
    channel.ack(delivery.delivery_tag)
    bodies << body
  end
  $stdout.write(Timeout.timeout(PATIENCE) { bodies.pop })
end

begin
  session = connection.start
  channel = session.create_channel
  case ARGV[0]
  when 'send' then send_file(channel, ARGV[1], ARGV[2])
  when 'take' then take(channel, ARGV[1])
  when 'declare' then channel.queue(ARGV[1], durable: true)
  else raise ArgumentError, ARGV[0]
  end
  session.close
rescue StandardError => e
  warn "#{e.class}: #{e.message}"
  exit! 1
end
