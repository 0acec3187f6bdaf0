# One action on a Hub, as tests/clients/README.md describes (Mojo::RabbitMQ::Client).
use v5.36;

use Mojo::File qw(path);
use Mojo::IOLoop;
use Mojo::RabbitMQ::Client;
use Mojo::URL;

use constant PATIENCE => 10;

sub failed ($what) {
    say STDERR $what;
    exit 1;
}

sub reason ($frame) {
    return ref $frame ? $frame->method_frame->reply_text : $frame;
}

my ( $action, $name, $file ) = @ARGV;
my $url = Mojo::URL->new->scheme('amqps')->host( $ENV{HUB_HOSTNAME} )->port( $ENV{HUB_PORT} );
$url->path("/$ENV{VHOST}")->query( ca => $ENV{HUBEMU_CA}, auth_mechanism => 'EXTERNAL' );
$url->query( [ cert => $ENV{HUBEMU_CERT}, key => $ENV{HUBEMU_KEY} ] ) if $ENV{HUBEMU_CERT};
my $client = Mojo::RabbitMQ::Client->new( url => $url );
$client->catch( sub ( $, @why ) { failed("connection: @why") } );
$client->on( close      => sub { failed('closed') } );
$client->on( disconnect => sub { failed('disconnected') } );

my %ACTIONS = (
    declare => sub ($channel) {
        my $declare = $channel->declare_queue( queue => $name, durable => 1 );
        $declare->catch( sub ( $, $frame ) { failed( reason($frame) ) } );
        $declare->on( success => sub { exit 0 } );
        $declare->deliver;
    },
    send => sub ($channel) {
        my $publish = $channel->publish(
            exchange    => $ENV{EXCHANGE_NAME},
            routing_key => $name,
            body        => path($file)->slurp,
            header      => { content_type => 'application/json', delivery_mode => 2 },
        );

        # It knows no confirms: an answered passive declare after the publish shows it was taken.
        $publish->on( success => sub { passive( $channel, sub { exit 0 } ) } );
        $publish->deliver;
    },
    take => sub ($channel) {
        my $consumer = $channel->consume( queue => $name, no_ack => 0 );
        $consumer->on(
            message => sub ( $, $message ) {
                print $message->{body}->payload;

                # It takes the next frame for an answer to the ack, which has none: write, then end.
                Mojo::IOLoop->stream( $client->stream_id )->once( drain => sub { exit 0 } );
                $channel->ack( { deliver => $message->{deliver} } )->deliver;
            }
        );
        $consumer->deliver;
    },
);

sub passive ( $channel, $then ) {
    my $declare = $channel->declare_exchange(
        exchange => $ENV{EXCHANGE_NAME},
        passive  => 1,
        durable  => 1,
        type     => 'topic'
    );
    $declare->catch( sub ( $, $frame ) { failed( reason($frame) ) } );
    $declare->on( success => $then );
    $declare->deliver;
}

my $channel = Mojo::RabbitMQ::Client::Channel->new;
$channel->catch( sub ( $, $frame ) { failed( 'channel: ' . reason($frame) ) } );
$channel->on( close => sub ( $, $frame ) { failed( reason($frame) ) } );
$channel->on( open  => sub ( $channel, @ ) { $ACTIONS{$action}->($channel) } );
$client->on( open => sub { $client->open_channel($channel) } );
Mojo::IOLoop->timer( PATIENCE, sub { failed('no answer') } );
$client->connect;
Mojo::IOLoop->start;
