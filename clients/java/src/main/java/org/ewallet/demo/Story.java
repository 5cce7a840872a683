package org.ewallet.demo;

import com.google.type.Money;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.util.UUID;
import org.ewallet.client.EwalletCredentials;
import org.ewallet.client.EwalletErrors;
import org.ewallet.client.RetryingCaller;
import org.ewallet.v1.GetWalletRequest;
import org.ewallet.v1.Operation;
import org.ewallet.v1.PayCreditsRequest;
import org.ewallet.v1.SupplyCreditsRequest;
import org.ewallet.v1.TransferCreditsRequest;
import org.ewallet.v1.WalletServiceGrpc;

/** The story of a payment, told step by step. */
final class Story {
  /** What the two have at the end. */
  record Outcome(long aliceCredits, long bobCredits) {}

  private final RetryingCaller caller;
  private final String registrationKey;
  private final PrintStream out;

  Story(Channel channel, String registrationKey, PrintStream out) {
    caller = RetryingCaller.newBuilder(channel).build();
    this.registrationKey = registrationKey;
    this.out = out;
  }

  Outcome tell() {
    Shop shop = Shop.register(caller, registrationKey);
    out.println("The master is " + shop.registered.getMaster().getMasterId() + ".");
    Shop.User alice = shop.registerUser("Alice");
    Shop.User bob = shop.registerUser("Bob");
    out.println("Alice is " + alice.accountId() + ", Bob is " + bob.accountId() + ".");
    supply(shop, alice);
    payTwiceWithOneRequestId(alice, bob);
    transferBack(bob, alice);
    payTooMuch(bob, alice);
    return new Outcome(show(alice), show(bob));
  }

  private void supply(Shop shop, Shop.User alice) {
    SupplyCreditsRequest supply =
        SupplyCreditsRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setCredits(500)
            .setCostPerCredit(
                Money.newBuilder().setCurrencyCode("EUR").setNanos(100_000_000))
            .setNotes("first top-up")
            .build();
    String key = shop.registered.getBackendKey();
    EwalletCredentials backend = EwalletCredentials.backendFor(key, alice.accountId());
    Operation supplied =
        caller.call(WalletServiceGrpc.getSupplyCreditsMethod(), backend, supply).getOperation();
    out.println("The master's backend supplies her: " + supplied.getBalanceCredits() + " credits.");
  }

  private void payTwiceWithOneRequestId(Shop.User alice, Shop.User bob) {
    // The request id is made once: every repetition sends the same.
    PayCreditsRequest payment =
        PayCreditsRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setPayeeEmail(bob.email())
            .setCredits(120)
            .setNotes("two tickets")
            .build();
    Operation paid = pay(alice, payment);
    out.println("Alice pays 120 credits to Bob: " + paid.getOperationId() + ".");
    Operation again = pay(alice, payment);
    if (!again.getOperationId().equals(paid.getOperationId())) {
      throw new IllegalStateException("Paid twice: " + paid + again);
    }
    out.println(
        "She sends it again, as if the answer had been lost: "
            + again.getOperationId()
            + ", paid once.");
  }

  private void transferBack(Shop.User bob, Shop.User alice) {
    caller.call(
        WalletServiceGrpc.getTransferCreditsMethod(),
        bob.credentials(),
        TransferCreditsRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setPayeeAccountId(alice.accountId())
            .setCredits(20)
            .build());
    out.println("Bob transfers 20 credits back.");
  }

  private void payTooMuch(Shop.User bob, Shop.User alice) {
    PayCreditsRequest overdraft =
        PayCreditsRequest.newBuilder()
            .setRequestId(UUID.randomUUID().toString())
            .setPayeeEmail(alice.email())
            .setCredits(1_000)
            .build();
    try {
      pay(bob, overdraft);
    } catch (StatusRuntimeException error) {
      String reason = EwalletErrors.reason(error).orElseThrow(() -> error);
      out.println("Bob tries to pay 1,000: refused, " + reason + ".");
      return;
    }
    throw new IllegalStateException("An overdraft was not refused.");
  }

  private Operation pay(Shop.User payer, PayCreditsRequest payment) {
    return caller
        .call(WalletServiceGrpc.getPayCreditsMethod(), payer.credentials(), payment)
        .getOperation();
  }

  private long show(Shop.User user) {
    long credits =
        caller
            .call(
                WalletServiceGrpc.getGetWalletMethod(),
                user.credentials(),
                GetWalletRequest.getDefaultInstance())
            .getWallet()
            .getBalanceCredits();
    out.println(user.name() + " has " + credits + " credits.");
    return credits;
  }
}
