# frozen_string_literal: true

# A client of the Hub: ruby client.rb CLIENT_ID [FILE] (see ../README.md).
require 'bunny'
require 'logger'

QUEUES = %w[message ack info].freeze
CLIENT_ID, FILE = ARGV
$stdout.sync = true

def connect
  Bunny.new(
    host: ENV['HUB_HOSTNAME'], port: ENV['HUB_PORT'].to_i, vhost: ENV['VHOST'],
    tls: true, verify_peer: true, tls_ca_certificates: [ENV['HUBEMU_CA']],
    tls_cert: ENV['HUBEMU_CERT'], tls_key: ENV['HUBEMU_KEY'],
    auth_mechanism: 'EXTERNAL', # the certificate is the login
    automatically_recover: false, # done here, so that it can be seen
    heartbeat: 30, logger: Logger.new(File::NULL)
  ).start
end

def publish(connection, file)
  channel = connection.create_channel
  channel.confirm_select
  type = file.end_with?('.xml') ? 'application/xml' : 'application/json'
  exchange = channel.exchange(ENV['EXCHANGE_NAME'], passive: true)
  exchange.publish(File.binread(file), routing_key: CLIENT_ID, content_type: type, persistent: true)
  raise 'not confirmed' unless channel.wait_for_confirms

  channel.close
  puts "confirmed #{file}"
end

def consume(connection)
  channel = connection.create_channel
  channel.prefetch(10)
  QUEUES.each do |kind|
    channel.queue("#{CLIENT_ID}.#{kind}", passive: true).subscribe(manual_ack: true) do |delivery, _, body|
      puts "#{kind} #{body}"
      channel.ack(delivery.delivery_tag)
    end
  end
  puts 'listening'
  sleep 0.2 while connection.open?
end

file = FILE
pause = 0.5
loop do
  begin
    connection = connect
    if file
      publish(connection, file)
      file = nil
    end
    pause = 0.5
    consume(connection)
    warn 'lost: the connection was closed'
  rescue StandardError => e
    warn "lost: #{e.class}: #{e.message}"
  end
  sleep pause
  pause = [2 * pause, 30].min
end
