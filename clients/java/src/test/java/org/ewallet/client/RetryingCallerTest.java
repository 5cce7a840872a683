package org.ewallet.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Optional;
import org.ewallet.system.v1.SystemServiceGrpc;
import org.ewallet.v1.AccountServiceGrpc;
import org.ewallet.v1.WalletServiceGrpc;
import org.junit.jupiter.api.Test;

class RetryingCallerTest {
  @Test
  void onlyWhatIsSafeIsRepeated() {
    assertTrue(RetryingCaller.isSafeToRepeat(WalletServiceGrpc.getPayCreditsMethod()));
    assertTrue(RetryingCaller.isSafeToRepeat(WalletServiceGrpc.getGetWalletMethod()));
    assertTrue(RetryingCaller.isSafeToRepeat(SystemServiceGrpc.getVerifyLedgerMethod()));
    assertFalse(RetryingCaller.isSafeToRepeat(AccountServiceGrpc.getCreateAccountMethod()));
  }

  @Test
  void theDetailsOfAnErrorAreRead() {
    Status status =
        Status.newBuilder()
            .setCode(Code.UNAVAILABLE_VALUE)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder().setDomain("ewallet").setReason("OVERLOADED").build()))
            .addDetails(
                Any.pack(
                    RetryInfo.newBuilder()
                        .setRetryDelay(Duration.newBuilder().setNanos(50_000_000))
                        .build()))
            .build();
    StatusRuntimeException error = StatusProto.toStatusRuntimeException(status);
    assertEquals(Optional.of("OVERLOADED"), EwalletErrors.reason(error));
    assertEquals(Optional.of(java.time.Duration.ofMillis(50)), EwalletErrors.retryDelay(error));
    assertEquals(Optional.empty(), EwalletErrors.reason(new IllegalStateException("other")));
  }

  @Test
  void secretsAreNotPrinted() {
    String printed = EwalletCredentials.session("secret-1", "secret-2").toString();
    assertEquals("EwalletCredentials(session)", printed);
  }

  @Test
  void aDeadlineOfNothingIsRefusedByName() {
    RetryingCaller.Builder builder =
        RetryingCaller.newBuilder(io.grpc.ManagedChannelBuilder.forTarget("localhost:1").build());
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> builder.deadline(java.time.Duration.ZERO));
    assertTrue(error.getMessage().startsWith("deadline"), error.getMessage());
  }
}
