// TLS connections of Go: for each line on standard input (name, port, ca, certificate, key) what it says.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

func probe(port, ca, certificate, key string) string {
	pool := x509.NewCertPool()
	trusted, err := os.ReadFile(ca)
	if err != nil {
		return err.Error()
	}
	pool.AppendCertsFromPEM(trusted)
	config := &tls.Config{RootCAs: pool, ServerName: "localhost", MaxVersion: tls.VersionTLS12}
	if certificate != "-" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return err.Error()
		}
		config.Certificates = []tls.Certificate{pair}
	}
	end, err := tls.Dial("tcp", "127.0.0.1:"+port, config)
	if err != nil {
		return err.Error()
	}
	end.Close()
	return "accepted"
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		part := strings.Split(lines.Text(), "\t")
		words := probe(part[1], part[2], part[3], part[4])
		fmt.Printf("%s\t%s\n", part[0], strings.ReplaceAll(words, "\n", " | "))
	}
}
