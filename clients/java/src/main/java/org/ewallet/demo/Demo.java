package org.ewallet.demo;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.Optional;

/**
 * Tells the story of a payment as a user's program would: registers a master and two users, pays, and sends the payment
 * again as if its answer had been lost.
 *
 * <p>{@code EWALLET_ADDRESS} is the server's address, 127.0.0.1:50051 by default. A server outside the development profile
 * wants {@code EWALLET_REGISTRATION_KEY}, too.
 */
public final class Demo {
  private Demo() {}

  /** Exit code 0 when the story came to its end. */
  public static void main(String[] arguments) {
    String address = Optional.ofNullable(System.getenv("EWALLET_ADDRESS")).orElse("127.0.0.1:50051");
    // TLS where the server is on another machine.
    ManagedChannel channel =
        Grpc.newChannelBuilder(address, InsecureChannelCredentials.create()).build();
    try {
      System.out.println("A payment on " + address + ".\n");
      new Story(channel, System.getenv("EWALLET_REGISTRATION_KEY"), System.out).tell();
    } catch (RuntimeException error) {
      System.err.println("\nThe demo failed: " + error.getMessage());
      System.exit(1);
    } finally {
      channel.shutdownNow();
    }
  }
}
