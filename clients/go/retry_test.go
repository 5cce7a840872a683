package client

import (
	"context"
	"strings"
	"testing"
	"time"

	systemv1 "ewallet/client/generated/ewallet/system/v1"
	ewalletv1 "ewallet/client/generated/ewallet/v1"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// attempts calls method with errors as the answers one after another, then success, and counts the attempts.
func attempts(t *testing.T, policy RetryPolicy, method string, request proto.Message, errors ...error) (int, error) {
	t.Helper()
	made := 0
	invoke := func(ctx context.Context, _ string, _, _ any, _ *grpc.ClientConn, _ ...grpc.CallOption) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("an attempt has no deadline")
		}
		made++
		if made > len(errors) {
			return nil
		}
		return errors[made-1]
	}
	err := RetryUnary(policy)(t.Context(), method, request, nil, nil, invoke)
	return made, err
}

func TestOnlyWhatIsSafeIsRepeated(t *testing.T) {
	payment := &ewalletv1.PayCreditsRequest{RequestId: "c5a1f0f4-6d57-4b62-8d52-0f3cf2ad0b0e"}
	unavailable := status.Error(codes.Unavailable, "gone")
	refused := status.Error(codes.FailedPrecondition, "too little")
	for _, c := range []struct {
		name, method string
		request      proto.Message
		err          error
		want         int
	}{
		{"a request id", ewalletv1.WalletService_PayCredits_FullMethodName, payment, unavailable, 2},
		{"a method that reads", ewalletv1.WalletService_GetWallet_FullMethodName, &ewalletv1.GetWalletRequest{}, unavailable, 2},
		{"an idempotent method", systemv1.SystemService_VerifyLedger_FullMethodName, &systemv1.VerifyLedgerRequest{}, unavailable, 2},
		{"a method that does it again", ewalletv1.AccountService_CreateAccount_FullMethodName, &ewalletv1.CreateAccountRequest{}, unavailable, 1},
		{"an answer that stays the same", ewalletv1.WalletService_PayCredits_FullMethodName, payment, refused, 1},
		{"an unknown method", "/other.v1.Service/Method", &ewalletv1.GetWalletRequest{}, unavailable, 1},
	} {
		policy := RetryPolicy{FirstBackoff: time.Millisecond}
		if got, _ := attempts(t, policy, c.method, c.request, c.err); got != c.want {
			t.Errorf("%s: %d attempts, want %d", c.name, got, c.want)
		}
	}
}

func TestAdviceOfTheServerIsTheLeastWait(t *testing.T) {
	advice := 50 * time.Millisecond
	overloaded, err := status.New(codes.Unavailable, "too much").WithDetails(
		&errdetails.ErrorInfo{Domain: "ewallet", Reason: "OVERLOADED"},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(advice)})
	if err != nil {
		t.Fatal(err)
	}
	if got := Reason(overloaded.Err()); got != "OVERLOADED" {
		t.Errorf("the reason is %q", got)
	}
	started := time.Now()
	made, err := attempts(t, RetryPolicy{FirstBackoff: time.Millisecond},
		ewalletv1.WalletService_GetWallet_FullMethodName, &ewalletv1.GetWalletRequest{}, overloaded.Err())
	if made != 2 || err != nil || time.Since(started) < advice {
		t.Errorf("%d attempts in %v, %v", made, time.Since(started), err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	for _, printed := range []string{
		Session{ClientID: "secret-1", SessionToken: "secret-2"}.GoString(),
		Backend{Key: "secret-3"}.GoString(),
	} {
		if printed == "" || strings.Contains(printed, "secret-") {
			t.Errorf("printed: %q", printed)
		}
	}
}
