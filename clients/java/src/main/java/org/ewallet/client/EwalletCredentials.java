package org.ewallet.client;

import io.grpc.CallCredentials;
import io.grpc.Metadata;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * Who is calling, sent with each call: {@code stub.withCallCredentials(credentials)}. Immutable; its text has no
 * secrets.
 */
public final class EwalletCredentials extends CallCredentials {
  private static final Metadata.Key<String> CLIENT_ID = key("ewallet-client-id");
  private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
  private static final Metadata.Key<String> BACKEND_KEY = key("ewallet-backend-key");
  private static final Metadata.Key<String> ON_BEHALF_OF = key("ewallet-on-behalf-of");
  private static final Metadata.Key<String> REGISTRATION_KEY = key("ewallet-registration-key");

  private final String description;
  private final Metadata metadata;

  private EwalletCredentials(String description, Metadata metadata) {
    this.description = description;
    this.metadata = metadata;
  }

  /** A client program that has no session yet. */
  public static EwalletCredentials client(String clientId) {
    Metadata metadata = new Metadata();
    metadata.put(CLIENT_ID, Objects.requireNonNull(clientId, "clientId"));
    return new EwalletCredentials("client", metadata);
  }

  /** A client program on its session. */
  public static EwalletCredentials session(String clientId, String sessionToken) {
    Metadata metadata = client(clientId).metadata;
    metadata.put(AUTHORIZATION, "Bearer " + Objects.requireNonNull(sessionToken, "sessionToken"));
    return new EwalletCredentials("session", metadata);
  }

  /** A master's own server. */
  public static EwalletCredentials backend(String backendKey) {
    Metadata metadata = new Metadata();
    metadata.put(BACKEND_KEY, Objects.requireNonNull(backendKey, "backendKey"));
    return new EwalletCredentials("backend", metadata);
  }

  /** A master's own server, acting for one of its users: {@code usr_…}. */
  public static EwalletCredentials backendFor(String backendKey, String accountId) {
    Metadata metadata = backend(backendKey).metadata;
    metadata.put(ON_BEHALF_OF, Objects.requireNonNull(accountId, "accountId"));
    return new EwalletCredentials("backend for " + accountId, metadata);
  }

  /** The same with the key that registering a master takes. */
  public EwalletCredentials withRegistrationKey(String registrationKey) {
    Metadata more = new Metadata();
    more.merge(metadata);
    more.put(REGISTRATION_KEY, Objects.requireNonNull(registrationKey, "registrationKey"));
    return new EwalletCredentials(description, more);
  }

  @Override
  public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
    applier.apply(metadata);
  }

  @Override
  public String toString() {
    return "EwalletCredentials(" + description + ")";
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
