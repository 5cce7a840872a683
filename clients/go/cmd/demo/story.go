package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"ewallet/client"
	ewalletv1 "ewallet/client/generated/ewallet/v1"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// outcome is what the story came to.
type outcome struct {
	aliceCredits, bobCredits int64
}

// tellStory plays the story on the server at address and writes what happens.
func tellStory(ctx context.Context, out io.Writer, address, registrationKey string) (outcome, error) {
	conn, err := connect(address, client.RetryPolicy{})
	if err != nil {
		return outcome{}, err
	}
	defer conn.Close()
	shop, err := registerShop(ctx, conn, registrationKey)
	if err != nil {
		return outcome{}, fmt.Errorf("register the master: %w", err)
	}
	fmt.Fprintf(out, "A payment on %s.\n\nThe master is %s.\n", address, shop.masterID)
	alice, err := shop.registerUser(ctx, conn, "Alice")
	if err != nil {
		return outcome{}, fmt.Errorf("register Alice: %w", err)
	}
	bob, err := shop.registerUser(ctx, conn, "Bob")
	if err != nil {
		return outcome{}, fmt.Errorf("register Bob: %w", err)
	}
	fmt.Fprintf(out, "Alice is %s, Bob is %s.\n", alice.accountID, bob.accountID)
	if err := move(ctx, out, ewalletv1.NewWalletServiceClient(conn), shop, alice, bob); err != nil {
		return outcome{}, err
	}
	return showWallets(ctx, out, ewalletv1.NewWalletServiceClient(conn), alice, bob)
}

// move supplies Alice, lets her pay Bob twice with one request id, and lets Bob give some back and ask too much.
func move(ctx context.Context, out io.Writer, wallets ewalletv1.WalletServiceClient, shop shop, alice, bob user) error {
	supply := &ewalletv1.SupplyCreditsRequest{
		RequestId:     uuid.NewString(),
		Credits:       500,
		CostPerCredit: &money.Money{CurrencyCode: "EUR", Nanos: 100_000_000},
		Notes:         "first top-up",
	}
	backend := client.Backend{Key: shop.backendKey, OnBehalfOf: alice.accountID}
	supplied, err := wallets.SupplyCredits(ctx, supply, grpc.PerRPCCredentials(backend))
	if err != nil {
		return fmt.Errorf("supply Alice: %w", err)
	}
	fmt.Fprintf(out, "The master's backend supplies her: %d credits.\n", supplied.GetOperation().GetBalanceCredits())

	// The request id is made once: every repetition sends the same.
	payment := &ewalletv1.PayCreditsRequest{
		RequestId: uuid.NewString(),
		Payee:     &ewalletv1.PayCreditsRequest_PayeeEmail{PayeeEmail: bob.email},
		Credits:   120,
		Notes:     "two tickets",
	}
	paid, err := wallets.PayCredits(ctx, payment, grpc.PerRPCCredentials(alice.session))
	if err != nil {
		return fmt.Errorf("pay Bob: %w", err)
	}
	operationID := paid.GetOperation().GetOperationId()
	fmt.Fprintf(out, "Alice pays 120 credits to Bob: %s.\n", operationID)
	var trailer metadata.MD
	again, err := wallets.PayCredits(ctx, payment, grpc.PerRPCCredentials(alice.session), grpc.Trailer(&trailer))
	if err != nil {
		return fmt.Errorf("repeat the payment: %w", err)
	}
	replayed := strings.Join(trailer.Get("ewallet-replayed"), "")
	if replayed != "true" || again.GetOperation().GetOperationId() != operationID {
		return fmt.Errorf("paid twice: %s and %s", operationID, again.GetOperation().GetOperationId())
	}
	fmt.Fprintf(out, "She sends it again, as if the answer had been lost: %s, paid once.\n", operationID)

	transfer := &ewalletv1.TransferCreditsRequest{
		RequestId: uuid.NewString(),
		Payee:     &ewalletv1.TransferCreditsRequest_PayeeAccountId{PayeeAccountId: alice.accountID},
		Credits:   20,
	}
	if _, err := wallets.TransferCredits(ctx, transfer, grpc.PerRPCCredentials(bob.session)); err != nil {
		return fmt.Errorf("transfer to Alice: %w", err)
	}
	fmt.Fprintln(out, "Bob transfers 20 credits back.")
	overdraft := &ewalletv1.PayCreditsRequest{
		RequestId: uuid.NewString(),
		Payee:     &ewalletv1.PayCreditsRequest_PayeeEmail{PayeeEmail: alice.email},
		Credits:   1000,
	}
	_, err = wallets.PayCredits(ctx, overdraft, grpc.PerRPCCredentials(bob.session))
	if client.Reason(err) != "INSUFFICIENT_CREDITS" {
		return fmt.Errorf("an overdraft was answered otherwise: %w", err)
	}
	fmt.Fprintln(out, "Bob tries to pay 1,000: refused, INSUFFICIENT_CREDITS.")
	return nil
}

func showWallets(ctx context.Context, out io.Writer, wallets ewalletv1.WalletServiceClient, alice, bob user) (outcome, error) {
	var balances [2]int64
	for i, owner := range []user{alice, bob} {
		reply, err := wallets.GetWallet(ctx, &ewalletv1.GetWalletRequest{}, grpc.PerRPCCredentials(owner.session))
		if err != nil {
			return outcome{}, fmt.Errorf("read a wallet: %w", err)
		}
		balances[i] = reply.GetWallet().GetBalanceCredits()
		fmt.Fprintf(out, "%s has %d credits.\n", owner.name, balances[i])
	}
	return outcome{aliceCredits: balances[0], bobCredits: balances[1]}, nil
}
