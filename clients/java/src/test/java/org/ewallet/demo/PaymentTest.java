package org.ewallet.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.ewallet.client.EwalletCredentials;
import org.ewallet.client.RetryingCaller;
import org.ewallet.stand.StandServer;
import org.ewallet.v1.GetWalletRequest;
import org.ewallet.v1.PayCreditsRequest;
import org.ewallet.v1.SupplyCreditsRequest;
import org.ewallet.v1.WalletServiceGrpc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class PaymentTest {
  private StandServer server;
  private ManagedChannel channel;

  @BeforeEach
  void startServer() {
    server = new StandServer();
    channel =
        Grpc.newChannelBuilder(server.address(), InsecureChannelCredentials.create()).build();
  }

  @AfterEach
  void stopServer() {
    channel.shutdownNow();
    server.close();
  }

  @Test
  void theDemoPaysOnce() {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    Story story = new Story(channel, server.registrationKey(), new PrintStream(told, true));
    assertEquals(new Story.Outcome(400, 100), story.tell());
    assertTrue(told.toString().contains("refused, INSUFFICIENT_CREDITS"), told.toString());
    assertTrue(server.isVerified());
  }

  @Test
  void aServerRestartedBetweenTheTriesPaysOnce() throws Exception {
    payOnce("kill", "restart");
  }

  /** What is sent to a server that stands still is carried out when it goes on: nobody waits for the answer then. */
  @Test
  void anAnswerLostBetweenTheTriesPaysOnce() throws Exception {
    payOnce("pause", "resume");
  }

  /** Begins some trouble, pays, ends the trouble when the first attempt has failed: the payment is made exactly once. */
  private void payOnce(String begin, String end) throws Exception {
    BlockingQueue<Status> failures = new LinkedBlockingQueue<>();
    RetryingCaller caller =
        RetryingCaller.newBuilder(ClientInterceptors.intercept(channel, reportTo(failures)))
            .deadline(Duration.ofMinutes(1))
            .attemptDeadline(Duration.ofSeconds(1))
            .build();
    Shop shop = Shop.register(caller, server.registrationKey());
    Shop.User alice = shop.registerUser("Alice");
    Shop.User bob = shop.registerUser("Bob");
    caller.call(
        WalletServiceGrpc.getSupplyCreditsMethod(),
        EwalletCredentials.backendFor(shop.registered.getBackendKey(), alice.accountId()),
        SupplyCreditsRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setCredits(500)
            .build());
    PayCreditsRequest payment =
        PayCreditsRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setPayeeAccountId(bob.accountId())
            .setCredits(120)
            .build();

    failures.clear();
    server.act(begin);
    CompletableFuture<?> paid =
        CompletableFuture.supplyAsync(
            () ->
                caller.call(
                    WalletServiceGrpc.getPayCreditsMethod(), alice.credentials(), payment));
    failures.take();
    server.act(end);
    paid.get();

    long left =
        caller
            .call(
                WalletServiceGrpc.getGetWalletMethod(),
                alice.credentials(),
                GetWalletRequest.getDefaultInstance())
            .getWallet()
            .getBalanceCredits();
    assertEquals(380, left);
    assertTrue(server.isVerified());
  }

  /** Tells of every attempt that failed, below the retries. */
  private static ClientInterceptor reportTo(BlockingQueue<Status> failures) {
    return new ClientInterceptor() {
      @Override
      public <Q, R> ClientCall<Q, R> interceptCall(
          MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
          @Override
          public void start(Listener<R> listener, Metadata headers) {
            super.start(
                new SimpleForwardingClientCallListener<>(listener) {
                  @Override
                  public void onClose(Status status, Metadata trailers) {
                    if (!status.isOk()) {
                      failures.add(status);
                    }
                    super.onClose(status, trailers);
                  }
                },
                headers);
          }
        };
      }
    };
  }
}
