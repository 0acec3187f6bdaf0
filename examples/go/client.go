// A client of the Hub: go run client.go CLIENT_ID [FILE] (see ../README.md).
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

var queues = []string{"message", "ack", "info"}

func connect() (*amqp.Connection, error) {
	identity, err := tls.LoadX509KeyPair(os.Getenv("HUBEMU_CERT"), os.Getenv("HUBEMU_KEY"))
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(os.Getenv("HUBEMU_CA"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	address := fmt.Sprintf("amqps://%s:%s/%s",
		os.Getenv("HUB_HOSTNAME"), os.Getenv("HUB_PORT"), url.PathEscape(os.Getenv("VHOST")))
	return amqp.DialConfig(address, amqp.Config{
		SASL:            []amqp.Authentication{&amqp.ExternalAuth{}}, // the certificate is the login
		TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{identity}, RootCAs: roots},
		Heartbeat:       30 * time.Second,
	})
}

func publish(connection *amqp.Connection, id, file string) error {
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	defer channel.Close()
	if err := channel.Confirm(false); err != nil {
		return err
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, 1))
	kind := "application/json"
	if strings.HasSuffix(file, ".xml") {
		kind = "application/xml"
	}
	message := amqp.Publishing{ContentType: kind, DeliveryMode: amqp.Persistent, Body: body}
	if err := channel.Publish(os.Getenv("EXCHANGE_NAME"), id, false, false, message); err != nil {
		return err
	}
	if confirm, open := <-confirms; !open || !confirm.Ack {
		return errors.New("not confirmed")
	}
	fmt.Println("confirmed", file)
	return nil
}

func consume(connection *amqp.Connection, id string) error {
	channel, err := connection.Channel()
	if err != nil {
		return err
	}
	if err := channel.Qos(10, 0, false); err != nil {
		return err
	}
	for _, queue := range queues {
		deliveries, err := channel.Consume(id+"."+queue, queue, false, false, false, false, nil)
		if err != nil {
			return err
		}
		go func(queue string) {
			for delivery := range deliveries {
				fmt.Println(queue, string(delivery.Body))
				delivery.Ack(false)
			}
		}(queue)
	}
	fmt.Println("listening")
	if lost := <-connection.NotifyClose(make(chan *amqp.Error, 1)); lost != nil {
		return lost
	}
	return errors.New("closed")
}

func session(id string, file *string) error {
	connection, err := connect()
	if err != nil {
		return err
	}
	defer connection.Close()
	if *file != "" {
		if err := publish(connection, id, *file); err != nil {
			return err
		}
		*file = ""
	}
	return consume(connection, id)
}

func main() {
	id, file := os.Args[1], ""
	if len(os.Args) > 2 {
		file = os.Args[2]
	}
	for pause := 500 * time.Millisecond; ; pause = min(2*pause, 30*time.Second) {
		began := time.Now()
		err := session(id, &file)
		fmt.Fprintln(os.Stderr, "lost:", err)
		if time.Since(began) > time.Minute {
			pause = 500 * time.Millisecond
		}
		time.Sleep(pause)
	}
}

func min(a, b time.Duration) time.Duration {
	if a < b {
		return a
	}
	return b
}
