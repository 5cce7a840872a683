package org.ewallet.client;

import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Calls that are repeated when they failed for reasons that pass, until a deadline for all attempts together. Repeated is
 * only what is safe to send twice: methods that read, idempotent ones, and so all that take a {@code request_id}, which
 * the service carries out once. Make the {@code request_id} before the call and keep it: when the status that is left at the end is
 * {@code UNAVAILABLE} or {@code DEADLINE_EXCEEDED}, the outcome is unknown, and the same request tells it.
 *
 * <p>Safe for use by many threads.
 */
public final class RetryingCaller {
  private static final int MAX_DOUBLINGS = 16;

  private final Channel channel;
  private final Duration deadline;
  private final Duration attemptDeadline;
  private final Duration firstBackoff;
  private final Duration maxBackoff;

  private RetryingCaller(Builder builder) {
    channel = builder.channel;
    deadline = builder.deadline;
    attemptDeadline = builder.attemptDeadline;
    firstBackoff = builder.firstBackoff;
    maxBackoff = builder.maxBackoff;
  }

  /** Begins a caller on a channel, which stays the one's who made it. */
  public static Builder newBuilder(Channel channel) {
    return new Builder(channel);
  }

  /**
   * Makes a unary call and waits for its outcome.
   *
   * @throws StatusRuntimeException the failure of the last attempt; {@link EwalletErrors} reads its details
   */
  public <Q, R> R call(
      MethodDescriptor<Q, R> method, EwalletCredentials credentials, Q request) {
    CallOptions options = CallOptions.DEFAULT.withCallCredentials(credentials);
    return call(method, options, request);
  }

  /** The same without credentials. */
  public <Q, R> R call(MethodDescriptor<Q, R> method, Q request) {
    return call(method, CallOptions.DEFAULT, request);
  }

  private <Q, R> R call(MethodDescriptor<Q, R> method, CallOptions options, Q request) {
    long end = System.nanoTime() + deadline.toNanos();
    for (int attempt = 1; ; attempt++) {
      long left = Math.max(1, end - System.nanoTime());
      long limit = Math.min(left, attemptDeadline.toNanos());
      try {
        CallOptions bounded = options.withDeadlineAfter(limit, TimeUnit.NANOSECONDS);
        return ClientCalls.blockingUnaryCall(channel, method, bounded, request);
      } catch (StatusRuntimeException error) {
        long wait = waitNanos(attempt, error);
        if (!isSafeToRepeat(method) || !passes(error) || end - System.nanoTime() <= wait) {
          throw error;
        }
        sleep(wait, error);
      }
    }
  }

  /** What the server asks for, and on top a random part of a span that doubles: many who failed at once do not come back at once. */
  private long waitNanos(int attempt, StatusRuntimeException error) {
    long doubled = firstBackoff.toNanos() << Math.min(attempt - 1, MAX_DOUBLINGS);
    long span = Math.min(maxBackoff.toNanos(), doubled);
    long advised = EwalletErrors.retryDelay(error).map(Duration::toNanos).orElse(0L);
    return advised + ThreadLocalRandom.current().nextLong(span + 1);
  }

  private static void sleep(long nanos, StatusRuntimeException error) {
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw error;
    }
  }

  private static boolean passes(StatusRuntimeException error) {
    Status.Code code = error.getStatus().getCode();
    return EwalletErrors.retryDelay(error).isPresent()
        || code == Status.Code.UNAVAILABLE
        || code == Status.Code.DEADLINE_EXCEEDED
        || code == Status.Code.INTERNAL;
  }

  static boolean isSafeToRepeat(MethodDescriptor<?, ?> method) {
    return method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier supplier
        && supplier.getMethodDescriptor().getOptions().getIdempotencyLevel()
            != IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
  }

  /** Makes a {@link RetryingCaller}. */
  public static final class Builder {
    private final Channel channel;
    private Duration deadline = Duration.ofSeconds(30);
    private Duration attemptDeadline = Duration.ofSeconds(10);
    private Duration firstBackoff = Duration.ofMillis(100);
    private Duration maxBackoff = Duration.ofSeconds(5);

    private Builder(Channel channel) {
      this.channel = Objects.requireNonNull(channel, "channel");
    }

    /** How long a call may take with all its attempts; 30 seconds by default. */
    public Builder deadline(Duration value) {
      deadline = positive(value, "deadline");
      return this;
    }

    /** How long one attempt may take; 10 seconds by default. */
    public Builder attemptDeadline(Duration value) {
      attemptDeadline = positive(value, "attemptDeadline");
      return this;
    }

    /** The longest waits before the second attempt (100 ms by default) and before any (5 s), unless the server asks for more. */
    public Builder backoff(Duration first, Duration max) {
      firstBackoff = positive(first, "first");
      maxBackoff = positive(max, "max");
      return this;
    }

    /** Makes the caller. */
    public RetryingCaller build() {
      return new RetryingCaller(this);
    }

    private static Duration positive(Duration value, String name) {
      if (value.isNegative() || value.isZero()) {
        throw new IllegalArgumentException(name + " must be more than zero, and is " + value);
      }
      return value;
    }
  }
}
