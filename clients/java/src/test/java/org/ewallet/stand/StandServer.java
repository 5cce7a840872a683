package org.ewallet.stand;

import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A server process of its own, on a database of its own. clients/stand/README.md describes the stand. */
public final class StandServer implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final Struct server;

  /** Starts a server. */
  public StandServer() {
    server = ask("POST", "/servers");
  }

  /** {@code host:port} */
  public String address() {
    return text("address");
  }

  public String registrationKey() {
    return text("registrationKey");
  }

  /** Does one of the stand's acts: kill, restart, pause or resume. It is done when this returns. */
  public void act(String name) {
    ask("POST", "/servers/" + text("id") + "/" + name);
  }

  /** Whether the ledger verifies. */
  public boolean isVerified() {
    Struct verdict = ask("POST", "/servers/" + text("id") + "/verify");
    return verdict.getFieldsOrThrow("verified").getBoolValue();
  }

  @Override
  public void close() {
    ask("DELETE", "/servers/" + text("id"));
  }

  private String text(String name) {
    return server.getFieldsOrThrow(name).getStringValue();
  }

  private Struct ask(String method, String path) {
    String stand = System.getenv("EWALLET_STAND_URL");
    if (stand == null) {
      throw new IllegalStateException(
          "There is no stand: npm run --silent stand -- mvn -f clients/java verify");
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(stand + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() >= 300) {
        throw new IllegalStateException(method + " " + path + ": " + response.body());
      }
      Struct.Builder answer = Struct.newBuilder();
      if (!response.body().isEmpty()) {
        JsonFormat.parser().merge(response.body(), answer);
      }
      return answer.build();
    } catch (IOException error) {
      throw new IllegalStateException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(error);
    }
  }
}
