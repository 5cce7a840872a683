package main

import (
	"context"
	"fmt"
	"strings"

	"ewallet/client"
	ewalletv1 "ewallet/client/generated/ewallet/v1"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// shop is a master, with the secrets that its programs need.
type shop struct {
	masterID, email, acquireKey, backendKey string
	suffix, password                        string
}

type user struct {
	name, email, accountID string
	session                client.Session
}

// connect makes a connection whose calls are repeated where that is safe. Use TLS where the server is on another machine.
// Interceptors are called for each attempt.
func connect(address string, policy client.RetryPolicy, interceptors ...grpc.UnaryClientInterceptor) (*grpc.ClientConn, error) {
	return grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithUnaryInterceptor(client.RetryUnary(policy)),
		grpc.WithChainUnaryInterceptor(interceptors...))
}

func openSession(ctx context.Context, conn *grpc.ClientConn) (client.Session, error) {
	sessions := ewalletv1.NewSessionServiceClient(conn)
	made, err := sessions.RequestClientId(ctx, &ewalletv1.RequestClientIdRequest{})
	if err != nil {
		return client.Session{}, err
	}
	session := client.Session{ClientID: made.GetClientId()}
	opened, err := sessions.RequestSessionToken(ctx, &ewalletv1.RequestSessionTokenRequest{}, grpc.PerRPCCredentials(session))
	if err != nil {
		return client.Session{}, err
	}
	session.SessionToken = opened.GetSessionToken()
	return session, nil
}

func registerShop(ctx context.Context, conn *grpc.ClientConn, registrationKey string) (shop, error) {
	session, err := openSession(ctx, conn)
	if err != nil {
		return shop{}, err
	}
	if registrationKey != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "ewallet-registration-key", registrationKey)
	}
	suffix := uuid.NewString()[:8]
	made := shop{
		email:    fmt.Sprintf("shop-%s@example.com", suffix),
		suffix:   suffix,
		password: "Demo-" + uuid.NewString(),
	}
	reply, err := ewalletv1.NewMasterServiceClient(conn).CreateMaster(ctx, &ewalletv1.CreateMasterRequest{
		Name:     "Demo shop " + suffix,
		Email:    made.email,
		Password: made.password,
	}, grpc.PerRPCCredentials(session))
	if err != nil {
		return shop{}, err
	}
	made.masterID = reply.GetMaster().GetMasterId()
	made.acquireKey = reply.GetAcquireKey()
	made.backendKey = reply.GetBackendKey()
	return made, nil
}

// registerUser opens a session, acquires the master for it, makes an account and logs in.
func (s shop) registerUser(ctx context.Context, conn *grpc.ClientConn, name string) (user, error) {
	session, err := openSession(ctx, conn)
	if err != nil {
		return user{}, err
	}
	as := grpc.PerRPCCredentials(session)
	acquire := &ewalletv1.AcquireMasterRequest{Email: s.email, AcquireKey: s.acquireKey}
	if _, err := ewalletv1.NewMasterServiceClient(conn).AcquireMaster(ctx, acquire, as); err != nil {
		return user{}, err
	}
	email := fmt.Sprintf("%s-%s@example.com", strings.ToLower(name), s.suffix)
	accounts := ewalletv1.NewAccountServiceClient(conn)
	made, err := accounts.CreateAccount(ctx, &ewalletv1.CreateAccountRequest{
		Name:     name + " " + s.suffix,
		Email:    email,
		Password: s.password,
	}, as)
	if err != nil {
		return user{}, err
	}
	login := &ewalletv1.LoginRequest{Email: email, Password: s.password}
	if _, err := accounts.Login(ctx, login, as); err != nil {
		return user{}, err
	}
	return user{name: name, email: email, accountID: made.GetAccount().GetAccountId(), session: session}, nil
}
