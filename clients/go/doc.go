// Package client has what a Go program needs besides the generated stubs to use EWallet well: credentials for
// each call, retries that never pay twice, and the reasons of errors.
//
// The stubs are in generated/ewallet/v1 and, for the operator, generated/ewallet/system/v1.
package client

//go:generate ../../node_modules/.bin/buf generate

// Version of this module, the same as that of the service.
const Version = "0.1.0"
