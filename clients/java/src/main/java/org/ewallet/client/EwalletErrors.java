package org.ewallet.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.Optional;

/** What the details of an error say. */
public final class EwalletErrors {
  private static final String DOMAIN = "ewallet";

  private EwalletErrors() {}

  /**
   * Why a call failed: a name of {@code ErrorReason} without its prefix, for example {@code INSUFFICIENT_CREDITS}. Empty
   * when the error is none of the service's own: look at its status code then.
   */
  public static Optional<String> reason(Throwable error) {
    return detail(error, ErrorInfo.class)
        .filter(info -> info.getDomain().equals(DOMAIN))
        .map(ErrorInfo::getReason);
  }

  /** How long to wait at least before another try, where the server says so. */
  public static Optional<Duration> retryDelay(Throwable error) {
    return detail(error, RetryInfo.class)
        .map(RetryInfo::getRetryDelay)
        .map(delay -> Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
  }

  private static <T extends Message> Optional<T> detail(Throwable error, Class<T> type) {
    com.google.rpc.Status status = StatusProto.fromThrowable(error);
    if (status == null) {
      return Optional.empty();
    }
    for (Any detail : status.getDetailsList()) {
      if (detail.is(type)) {
        try {
          return Optional.of(detail.unpack(type));
        } catch (InvalidProtocolBufferException broken) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
