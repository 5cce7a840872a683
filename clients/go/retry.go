package client

import (
	"context"
	"math/rand/v2"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// RetryPolicy says how long to wait for what. Zero values take the defaults.
type RetryPolicy struct {
	// AttemptTimeout is the deadline of one attempt, within that of the call's context. Default: 10 s.
	AttemptTimeout time.Duration
	// FirstBackoff is the longest wait before the second attempt; it doubles up to MaxBackoff. Default: 100 ms.
	FirstBackoff time.Duration
	// MaxBackoff is the longest wait between attempts, unless the server asks for more. Default: 5 s.
	MaxBackoff time.Duration
	// MaxAttempts is for calls whose context has no deadline. Default: 8. A deadline alone ends the others.
	MaxAttempts int
}

// RetryUnary repeats calls that failed for reasons that pass, as long as the deadline of their context allows. It
// repeats only what is safe to send twice: methods that read, methods that are idempotent, and requests with a
// request_id, which the service carries out once. So make the request_id before the call and keep it: when the error
// that is left is codes.Unavailable or codes.DeadlineExceeded, the outcome is unknown, and the same request tells it.
func RetryUnary(policy RetryPolicy) grpc.UnaryClientInterceptor {
	policy = policy.withDefaults()
	return func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		safe := safeToRepeat(method)
		for attempt := 1; ; attempt++ {
			attemptCtx, cancel := context.WithTimeout(ctx, policy.AttemptTimeout)
			err := invoke(attemptCtx, method, request, reply, conn, options...)
			cancel()
			if err == nil || !safe || !passes(err) || ctx.Err() != nil {
				return err
			}
			deadline, bounded := ctx.Deadline()
			wait := policy.wait(attempt, err)
			if bounded && time.Until(deadline) <= wait || !bounded && attempt >= policy.MaxAttempts {
				return err
			}
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return err
			}
		}
	}
}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.AttemptTimeout <= 0 {
		p.AttemptTimeout = 10 * time.Second
	}
	if p.FirstBackoff <= 0 {
		p.FirstBackoff = 100 * time.Millisecond
	}
	if p.MaxBackoff <= 0 {
		p.MaxBackoff = 5 * time.Second
	}
	if p.MaxAttempts <= 0 {
		p.MaxAttempts = 8
	}
	return p
}

// wait is what the server asks for, and on top a random part of a span that doubles: many callers who failed at once
// do not come back at once.
func (p RetryPolicy) wait(attempt int, err error) time.Duration {
	span := p.MaxBackoff
	if attempt < 16 {
		span = min(p.MaxBackoff, p.FirstBackoff<<(attempt-1))
	}
	advised, _ := RetryDelay(err)
	return advised + rand.N(span)
}

// passes tells whether the same request may fare better later.
func passes(err error) bool {
	if _, advised := RetryDelay(err); advised {
		return true
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Internal:
		return true
	}
	return false
}

// safeToRepeat goes by the idempotency level in the protos. Methods that take a request_id have one, too.
func safeToRepeat(method string) bool {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	descriptor, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return false
	}
	options, ok := descriptor.Options().(*descriptorpb.MethodOptions)
	return ok && options.GetIdempotencyLevel() != descriptorpb.MethodOptions_IDEMPOTENCY_UNKNOWN
}
