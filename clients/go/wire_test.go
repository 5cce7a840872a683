package client

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"

	_ "ewallet/client/generated/ewallet/system/v1"
	_ "ewallet/client/generated/ewallet/v1"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// sample is a message as clients/wire/golden.json has it.
type sample struct {
	Type, Name, Hex string
	JSON            json.RawMessage
}

func TestMessagesOnTheWireAreThoseOfAllClients(t *testing.T) {
	text, err := os.ReadFile("../wire/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var samples []sample
	if err := json.Unmarshal(text, &samples); err != nil {
		t.Fatal(err)
	}
	if len(samples) == 0 {
		t.Fatal("there are no samples")
	}
	for _, sample := range samples {
		t.Run(sample.Type+"/"+sample.Name, func(t *testing.T) { compare(t, sample) })
	}
}

func compare(t *testing.T, sample sample) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(sample.Type))
	if err != nil {
		t.Fatal(err)
	}
	message := kind.New().Interface()
	if err := protojson.Unmarshal(sample.JSON, message); err != nil {
		t.Fatal(err)
	}
	written, err := proto.MarshalOptions{Deterministic: true}.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	written = inOrder(t, written, message.ProtoReflect().Descriptor())
	if got := hex.EncodeToString(written); got != sample.Hex {
		t.Errorf("wrote %s\nwant  %s", got, sample.Hex)
	}

	bytes, err := hex.DecodeString(sample.Hex)
	if err != nil {
		t.Fatal(err)
	}
	read := kind.New().Interface()
	if err := proto.Unmarshal(bytes, read); err != nil {
		t.Fatal(err)
	}
	if unknown := read.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		t.Errorf("does not know %x", unknown)
	}
	told, err := protojson.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := decode(t, told), decode(t, sample.JSON); !reflect.DeepEqual(got, want) {
		t.Errorf("read %v\nwant %v", got, want)
	}
}

// inOrder sorts fields by number, at every depth. Their order is free, and Go writes those of oneofs last.
func inOrder(t *testing.T, message []byte, kind protoreflect.MessageDescriptor) []byte {
	t.Helper()
	type field struct {
		number protowire.Number
		bytes  []byte
	}
	var fields []field
	for len(message) > 0 {
		number, wireType, tagLength := protowire.ConsumeTag(message)
		length := protowire.ConsumeFieldValue(number, wireType, message[tagLength:])
		if tagLength < 0 || length < 0 {
			t.Fatal("what was written cannot be read")
		}
		bytes := message[:tagLength+length]
		if inner := kind.Fields().ByNumber(number).Message(); inner != nil {
			value, _ := protowire.ConsumeBytes(message[tagLength:])
			bytes = protowire.AppendTag(nil, number, wireType)
			bytes = protowire.AppendBytes(bytes, inOrder(t, value, inner))
		}
		fields = append(fields, field{number, bytes})
		message = message[tagLength+length:]
	}
	slices.SortStableFunc(fields, func(a, b field) int { return int(a.number - b.number) })
	var sorted []byte
	for _, field := range fields {
		sorted = append(sorted, field.bytes...)
	}
	return sorted
}

func decode(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
