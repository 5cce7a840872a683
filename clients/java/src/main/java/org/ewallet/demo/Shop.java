package org.ewallet.demo;

import java.util.Locale;
import java.util.UUID;
import org.ewallet.client.EwalletCredentials;
import org.ewallet.client.RetryingCaller;
import org.ewallet.v1.AccountServiceGrpc;
import org.ewallet.v1.AcquireMasterRequest;
import org.ewallet.v1.CreateAccountRequest;
import org.ewallet.v1.CreateMasterRequest;
import org.ewallet.v1.CreateMasterResponse;
import org.ewallet.v1.LoginRequest;
import org.ewallet.v1.MasterServiceGrpc;
import org.ewallet.v1.RequestClientIdRequest;
import org.ewallet.v1.RequestSessionTokenRequest;
import org.ewallet.v1.SessionServiceGrpc;

/** A master with the keys of its programs and servers, and what makes the names of this run its own. */
final class Shop {
  /** One of its users, logged in. */
  record User(String name, String email, String accountId, EwalletCredentials credentials) {}

  final CreateMasterResponse registered;
  private final RetryingCaller caller;
  private final String suffix;
  private final String password = "Demo-" + UUID.randomUUID();

  private Shop(RetryingCaller caller, String registrationKey) {
    this.caller = caller;
    suffix = UUID.randomUUID().toString().substring(0, 8);
    EwalletCredentials session = openSession();
    registered =
        caller.call(
            MasterServiceGrpc.getCreateMasterMethod(),
            registrationKey == null ? session : session.withRegistrationKey(registrationKey),
            CreateMasterRequest.newBuilder()
                .setName("Demo shop " + suffix)
                .setEmail(email("shop"))
                .setPassword(password)
                .build());
  }

  /** Registers a master; {@code registrationKey} is null where anybody may. */
  static Shop register(RetryingCaller caller, String registrationKey) {
    return new Shop(caller, registrationKey);
  }

  /** Opens a session, acquires the master for it, makes an account and logs in. */
  User registerUser(String name) {
    EwalletCredentials session = openSession();
    caller.call(
        MasterServiceGrpc.getAcquireMasterMethod(),
        session,
        AcquireMasterRequest.newBuilder()
            .setEmail(email("shop"))
            .setAcquireKey(registered.getAcquireKey())
            .build());
    String accountId =
        caller
            .call(
                AccountServiceGrpc.getCreateAccountMethod(),
                session,
                CreateAccountRequest.newBuilder()
                    .setName(name + " " + suffix)
                    .setEmail(email(name))
                    .setPassword(password)
                    .build())
            .getAccount()
            .getAccountId();
    caller.call(
        AccountServiceGrpc.getLoginMethod(),
        session,
        LoginRequest.newBuilder().setEmail(email(name)).setPassword(password).build());
    return new User(name, email(name), accountId, session);
  }

  private EwalletCredentials openSession() {
    String clientId =
        caller
            .call(
                SessionServiceGrpc.getRequestClientIdMethod(),
                RequestClientIdRequest.getDefaultInstance())
            .getClientId();
    String sessionToken =
        caller
            .call(
                SessionServiceGrpc.getRequestSessionTokenMethod(),
                EwalletCredentials.client(clientId),
                RequestSessionTokenRequest.getDefaultInstance())
            .getSessionToken();
    return EwalletCredentials.session(clientId, sessionToken);
  }

  private String email(String name) {
    return name.toLowerCase(Locale.ROOT) + "-" + suffix + "@example.com";
  }
}
