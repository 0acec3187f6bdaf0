# TLS connections of Ruby: for each line on standard input (name, port, ca, certificate, key) what it says.
require 'openssl'
require 'socket'

def probe(port, ca, certificate, key)
  context = OpenSSL::SSL::SSLContext.new
  context.max_version = OpenSSL::SSL::TLS1_2_VERSION
  context.verify_mode = OpenSSL::SSL::VERIFY_PEER
  context.ca_file = ca
  unless certificate == '-'
    chain = File.read(certificate).scan(/-----BEGIN.*?-----END CERTIFICATE-----/m)
    chain = chain.map { |one| OpenSSL::X509::Certificate.new(one) }
    context.add_certificate(chain[0], OpenSSL::PKey.read(File.read(key)), chain[1..])
  end
  socket = OpenSSL::SSL::SSLSocket.new(TCPSocket.new('127.0.0.1', port), context)
  socket.hostname = 'localhost'
  socket.connect
  socket.post_connection_check('localhost')
  'accepted'
rescue StandardError => e
  e.full_message(highlight: false)
ensure
  socket&.close
end

$stdin.each_line(chomp: true) do |line|
  name, *part = line.split("\t")
  puts "#{name}\t#{probe(*part).gsub(/\s*\n\s*/, ' | ')}"
end
