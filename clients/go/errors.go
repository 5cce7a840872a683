package client

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
)

const domain = "ewallet"

// Reason tells why a call failed, one of the names of ErrorReason without their prefix, for example
// "INSUFFICIENT_CREDITS". It is empty when the error is none of the service's own: look at its status code then.
func Reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == domain {
			return info.GetReason()
		}
	}
	return ""
}

// RetryDelay is how long to wait at least before another try, where the server says so.
func RetryDelay(err error) (delay time.Duration, advised bool) {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}
