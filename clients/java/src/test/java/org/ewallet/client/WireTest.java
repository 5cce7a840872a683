package org.ewallet.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.ewallet.system.v1.SystemServiceGrpc;
import org.ewallet.v1.AccountServiceGrpc;
import org.ewallet.v1.ClockServiceGrpc;
import org.ewallet.v1.ContactServiceGrpc;
import org.ewallet.v1.ConversionSheetServiceGrpc;
import org.ewallet.v1.InvoiceSheetServiceGrpc;
import org.ewallet.v1.IssueServiceGrpc;
import org.ewallet.v1.MasterServiceGrpc;
import org.ewallet.v1.SessionServiceGrpc;
import org.ewallet.v1.TimeSheetServiceGrpc;
import org.ewallet.v1.TransferSheetServiceGrpc;
import org.ewallet.v1.WalletServiceGrpc;
import org.junit.jupiter.api.Test;

/** Messages on the wire are those of all clients: clients/wire/golden.json. */
class WireTest {
  private static final JsonFormat.TypeRegistry TYPES =
      JsonFormat.TypeRegistry.newBuilder()
          .add(List.of(ErrorInfo.getDescriptor(), RetryInfo.getDescriptor()))
          .build();
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          AccountServiceGrpc.getServiceDescriptor(),
          ClockServiceGrpc.getServiceDescriptor(),
          ContactServiceGrpc.getServiceDescriptor(),
          ConversionSheetServiceGrpc.getServiceDescriptor(),
          InvoiceSheetServiceGrpc.getServiceDescriptor(),
          IssueServiceGrpc.getServiceDescriptor(),
          MasterServiceGrpc.getServiceDescriptor(),
          SessionServiceGrpc.getServiceDescriptor(),
          SystemServiceGrpc.getServiceDescriptor(),
          TimeSheetServiceGrpc.getServiceDescriptor(),
          TransferSheetServiceGrpc.getServiceDescriptor(),
          WalletServiceGrpc.getServiceDescriptor());

  @Test
  void everySampleIsWrittenAndReadAlike() throws IOException {
    Map<String, Message> prototypes = prototypes();
    JsonArray samples =
        JsonParser.parseString(Files.readString(Path.of("../wire/golden.json"))).getAsJsonArray();
    assertFalse(samples.isEmpty());
    for (JsonElement element : samples) {
      JsonObject sample = element.getAsJsonObject();
      String label = sample.get("type").getAsString() + " " + sample.get("name").getAsString();
      Message prototype = prototypes.get(sample.get("type").getAsString());
      Message.Builder builder = prototype.newBuilderForType();
      JsonFormat.parser().usingTypeRegistry(TYPES).merge(sample.get("json").toString(), builder);
      String hex = sample.get("hex").getAsString();
      assertEquals(hex, HexFormat.of().formatHex(write(builder.build())), label);

      Message read = prototype.getParserForType().parseFrom(HexFormat.of().parseHex(hex));
      assertTrue(read.getUnknownFields().asMap().isEmpty(), label);
      String json = JsonFormat.printer().usingTypeRegistry(TYPES).print(read);
      assertEquals(sample.get("json"), JsonParser.parseString(json), label);
    }
  }

  /** Empty messages by the names of their types: every request and response, as the stubs have them. */
  private static Map<String, Message> prototypes() {
    Map<String, Message> prototypes = new HashMap<>();
    for (ServiceDescriptor service : SERVICES) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        for (var marshaller : List.of(method.getRequestMarshaller(), method.getResponseMarshaller())) {
          Message message =
              (Message) ((MethodDescriptor.PrototypeMarshaller<?>) marshaller).getMessagePrototype();
          prototypes.put(message.getDescriptorForType().getFullName(), message);
        }
      }
    }
    return prototypes;
  }

  private static byte[] write(Message message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    message.writeTo(out);
    out.flush();
    return bytes.toByteArray();
  }
}
