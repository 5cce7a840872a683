import { type Channel, createClient } from 'nice-grpc';
import { ServerReflectionService } from 'nice-grpc-server-reflection';
import reflection from 'nice-grpc-server-reflection/lib/proto/grpc/reflection/v1/reflection_pb.js';

/** The services that a listener lists, sorted. */
export async function listServices(channel: Channel): Promise<string[]> {
  const request = new reflection.ServerReflectionRequest().setListServices('*');
  const response = await ask(channel, request);
  const services = response.getListServicesResponse()?.getServiceList() ?? [];
  return services.map((service) => service.getName()).sort();
}

/** Whether a listener can describe a symbol, for example a service or a message. */
export async function knowsSymbol(channel: Channel, symbol: string): Promise<boolean> {
  const request = new reflection.ServerReflectionRequest().setFileContainingSymbol(symbol);
  return (await ask(channel, request)).getFileDescriptorResponse() !== undefined;
}

async function ask(channel: Channel, request: reflection.ServerReflectionRequest) {
  const client = createClient(ServerReflectionService, channel);
  async function* requests() {
    yield request;
  }
  for await (const response of client.serverReflectionInfo(requests())) return response;
  throw new Error('Reflection did not answer.');
}
