// Command demo tells the story of a payment as a user's program would: it registers a master and two users, pays, and
// sends the payment again as if its answer had been lost.
//
//	go run ./cmd/demo
//
// EWALLET_ADDRESS is the server's address, 127.0.0.1:50051 by default. A server outside the development profile wants
// EWALLET_REGISTRATION_KEY, too.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"
)

// The whole story ends by then, whatever happens.
const limit = time.Minute

func main() {
	address := os.Getenv("EWALLET_ADDRESS")
	if address == "" {
		address = "127.0.0.1:50051"
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if _, err := tellStory(ctx, os.Stdout, address, os.Getenv("EWALLET_REGISTRATION_KEY")); err != nil {
		fmt.Fprintf(os.Stderr, "\nThe demo failed: %v\n", err)
		os.Exit(1)
	}
}
