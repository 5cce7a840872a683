package client

import "context"

// Session is what a client program sends with each call: use it with grpc.PerRPCCredentials. The session token may be
// empty for calls that come before there is one.
type Session struct {
	ClientID     string
	SessionToken string
}

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (s Session) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	metadata := map[string]string{"ewallet-client-id": s.ClientID}
	if s.SessionToken != "" {
		metadata["authorization"] = "Bearer " + s.SessionToken
	}
	return metadata, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials: servers on this machine are reached without TLS.
func (Session) RequireTransportSecurity() bool { return false }

// String keeps the tokens out of logs.
func (Session) String() string { return "client.Session(secret)" }

// GoString keeps the tokens out of logs.
func (s Session) GoString() string { return s.String() }

// Backend is what a master's server sends with each call: its key and, unless empty, the account that it acts for.
type Backend struct {
	Key        string
	OnBehalfOf string
}

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (b Backend) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	metadata := map[string]string{"ewallet-backend-key": b.Key}
	if b.OnBehalfOf != "" {
		metadata["ewallet-on-behalf-of"] = b.OnBehalfOf
	}
	return metadata, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials: servers on this machine are reached without TLS.
func (Backend) RequireTransportSecurity() bool { return false }

// String keeps the key out of logs.
func (b Backend) String() string { return "client.Backend(secret, on behalf of " + b.OnBehalfOf + ")" }

// GoString keeps the key out of logs.
func (b Backend) GoString() string { return b.String() }
