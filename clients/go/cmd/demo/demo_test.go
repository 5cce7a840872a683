package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"ewallet/client"
	ewalletv1 "ewallet/client/generated/ewallet/v1"
	"ewallet/client/internal/stand"

	"github.com/google/uuid"
	"google.golang.org/grpc"
)

func TestDemoPaysOnce(t *testing.T) {
	server := stand.Start(t)
	var told strings.Builder
	got, err := tellStory(t.Context(), &told, server.Address, server.RegistrationKey)
	if err != nil {
		t.Fatalf("%v\n%s", err, &told)
	}
	if want := (outcome{aliceCredits: 400, bobCredits: 100}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !strings.Contains(told.String(), "paid once") || !server.Verified() {
		t.Errorf("the ledger does not verify after:\n%s", &told)
	}
}

func TestServerRestartedBetweenTheTriesPaysOnce(t *testing.T) {
	payOnce(t, "kill", "restart")
}

func TestAnswerLostBetweenTheTriesPaysOnce(t *testing.T) {
	// What is sent to a server that stands still is carried out when it goes on: nobody waits for the answer then.
	payOnce(t, "pause", "resume")
}

// payOnce begins some trouble, pays, ends the trouble when the first attempt has failed, and checks that the payment is
// made exactly once.
func payOnce(t *testing.T, begin, end string) {
	server := stand.Start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	failures := make(chan error, 1_000)
	conn := connectForTest(t, server.Address, failures)
	shop, err := registerShop(ctx, conn, server.RegistrationKey)
	if err != nil {
		t.Fatal(err)
	}
	alice, bob := registerForTest(t, conn, shop, "Alice"), registerForTest(t, conn, shop, "Bob")
	wallets := ewalletv1.NewWalletServiceClient(conn)
	supply := &ewalletv1.SupplyCreditsRequest{RequestId: uuid.NewString(), Credits: 500}
	backend := client.Backend{Key: shop.backendKey, OnBehalfOf: alice.accountID}
	if _, err := wallets.SupplyCredits(ctx, supply, grpc.PerRPCCredentials(backend)); err != nil {
		t.Fatal(err)
	}

	payment := &ewalletv1.PayCreditsRequest{
		RequestId: uuid.NewString(),
		Payee:     &ewalletv1.PayCreditsRequest_PayeeAccountId{PayeeAccountId: bob.accountID},
		Credits:   120,
	}
	paid := make(chan error, 1)
	server.Act(begin)
	go func() {
		_, err := wallets.PayCredits(ctx, payment, grpc.PerRPCCredentials(alice.session))
		paid <- err
	}()
	t.Logf("%s: %v", begin, <-failures)
	server.Act(end)
	if err := <-paid; err != nil {
		t.Fatal(err)
	}
	reply, err := wallets.GetWallet(ctx, &ewalletv1.GetWalletRequest{}, grpc.PerRPCCredentials(alice.session))
	if err != nil {
		t.Fatal(err)
	}
	if got := reply.GetWallet().GetBalanceCredits(); got != 380 {
		t.Errorf("Alice has %d credits, want 380", got)
	}
	if !server.Verified() {
		t.Error("the ledger does not verify")
	}
}

// connectForTest tells of every attempt that failed, below the retries.
func connectForTest(t *testing.T, address string, failures chan<- error) *grpc.ClientConn {
	t.Helper()
	watch := func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		err := invoke(ctx, method, request, reply, conn, options...)
		if err != nil {
			failures <- err
		}
		return err
	}
	conn, err := connect(address, client.RetryPolicy{AttemptTimeout: time.Second}, watch)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func registerForTest(t *testing.T, conn *grpc.ClientConn, shop shop, name string) user {
	t.Helper()
	registered, err := shop.registerUser(t.Context(), conn, name)
	if err != nil {
		t.Fatal(err)
	}
	return registered
}
