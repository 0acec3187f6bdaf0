// One action on a Hub, as tests/clients/README.md describes.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

const patience = 10 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	settings, err := tlsSettings()
	if err != nil {
		return err
	}
	url := fmt.Sprintf("amqps://%s:%s/", os.Getenv("HUB_HOSTNAME"), os.Getenv("HUB_PORT"))
	connection, err := amqp.DialConfig(url, amqp.Config{
		SASL:            []amqp.Authentication{&amqp.ExternalAuth{}},
		Vhost:           os.Getenv("VHOST"),
		TLSClientConfig: settings,
	})
	if err != nil {
		return err
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	switch arguments[0] {
	case "send":
		return send(channel, arguments[1], arguments[2])
	case "take":
		return take(channel, arguments[1])
	case "declare":
		_, err = channel.QueueDeclare(arguments[1], true, false, false, false, nil)
		return err
	}
	return errors.New("unknown action " + arguments[0])
}

func send(channel *amqp.Channel, key, file string) error {
	exchange := os.Getenv("EXCHANGE_NAME")
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err = channel.ExchangeDeclarePassive(exchange, "topic", true, false, false, false, nil); err != nil {
		return err
	}
	if err = channel.Confirm(false); err != nil {
		return err
	}
	closed := channel.NotifyClose(make(chan *amqp.Error, 1))
	// Not PublishWithDeferredConfirm: that library (seen in 1.5.0) notes the publish only after it is sent,
	// and a confirm that is faster is lost (the Hub answers within a millisecond).
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, 1))
	message := amqp.Publishing{ContentType: "application/json", DeliveryMode: amqp.Persistent, Body: body}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := channel.PublishWithContext(ctx, exchange, key, false, false, message); err != nil {
		return err
	}
	select {
	case confirmed, open := <-confirms:
		if open && confirmed.Ack {
			return nil
		}
		if reason := <-closed; reason != nil {
			return reason
		}
		return errors.New("not confirmed")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func take(channel *amqp.Channel, queue string) error {
	if _, err := channel.QueueDeclarePassive(queue, true, false, false, false, nil); err != nil {
		return err
	}
	deliveries, err := channel.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	select {
	case delivery := <-deliveries:
		os.Stdout.Write(delivery.Body)
		return delivery.Ack(false)
	case <-time.After(patience):
		return errors.New("nothing in " + queue)
	}
}

func tlsSettings() (*tls.Config, error) {
	authorities, err := os.ReadFile(os.Getenv("HUBEMU_CA"))
	if err != nil {
		return nil, err
	}
	versions := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	version := versions[os.Getenv("TLS_VERSION")]
	settings := &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: version, MaxVersion: version}
	settings.RootCAs.AppendCertsFromPEM(authorities)
	if own := os.Getenv("HUBEMU_CERT"); own != "" {
		identity, err := tls.LoadX509KeyPair(own, os.Getenv("HUBEMU_KEY"))
		if err != nil {
			return nil, err
		}
		settings.Certificates = []tls.Certificate{identity}
	}
	return settings, nil
}
