import type { CallOptions } from 'nice-grpc';
import type { TestServer } from './start-server.js';

/** The kinds of sheet, and whose they are. */
export const sheetKinds = [
  ['transfer', 'wallet'],
  ['invoice', 'wallet'],
  ['conversion', 'clock'],
  ['time', 'clock'],
] as const;

/** A kind of sheet. */
export type SheetKindName = (typeof sheetKinds)[number][0];

/** A sheet, whatever its kind. */
export type AnySheet = {
  id: string;
  ownerId: string;
  reference: string;
  active: boolean;
  createTime: Date | undefined;
  updateTime: Date | undefined;
};

type Time = { seconds: bigint; nanos: number };
type Message = Record<string, unknown>;
type Call = (request: Message, options: CallOptions) => Promise<Message>;

/** The service of one kind of sheet, by words that fit all kinds. */
export function sheetClient({ clients }: Pick<TestServer, 'clients'>, kind: SheetKindName) {
  const service = clients[`${kind}Sheets`] as unknown as Record<string, Call>;
  const owner = sheetKinds.find(([name]) => name === kind)?.[1] ?? 'wallet';
  const name = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;

  function call(method: string, request: Message, options: CallOptions): Promise<Message> {
    const rpc = service[method];
    if (!rpc) throw new Error(`There is no ${method}.`);
    return rpc.call(service, request, options);
  }

  function toSheet(message: unknown): AnySheet {
    const sheet = message as Message;
    return {
      id: sheet[`${kind}SheetId`] as string,
      ownerId: sheet[`${owner}Id`] as string,
      reference: sheet.reference as string,
      active: sheet.active as boolean,
      createTime: toDate(sheet.createTime as Time),
      updateTime: toDate(sheet.updateTime as Time),
    };
  }

  const recordOf = (message: unknown) => ({
    id: (message as Message)[`${kind}RecordId`] as string,
    sheetId: (message as Message)[`${kind}SheetId`] as string,
  });

  async function listRecordPage(
    options: CallOptions,
    page: { sheetId?: string; size?: number; token?: string },
  ) {
    const { sheetId = '', size: pageSize = 0, token: pageToken = '' } = page;
    const sent = { [`${kind}SheetId`]: sheetId, pageSize, pageToken };
    const found = await call(`list${name}Records`, sent, options);
    const records = (found[`${kind}Records`] as unknown[]).map(recordOf);
    return { records, next: found.nextPageToken as string };
  }

  return {
    owner,
    async create(options: CallOptions, request: { ownerId?: string; reference?: string } = {}) {
      const { ownerId = '', reference = '' } = request;
      const sent = { [`${owner}Id`]: ownerId, reference };
      return toSheet((await call(`create${name}Sheet`, sent, options))[`${kind}Sheet`]);
    },
    async get(options: CallOptions, id = '') {
      const sent = { [`${kind}SheetId`]: id };
      return toSheet((await call(`get${name}Sheet`, sent, options))[`${kind}Sheet`]);
    },
    async list(options: CallOptions, page: { ownerId?: string; size?: number; token?: string }) {
      const { ownerId = '', size: pageSize = 0, token: pageToken = '' } = page;
      const sent = { [`${owner}Id`]: ownerId, pageSize, pageToken };
      const found = await call(`list${name}Sheets`, sent, options);
      const sheets = (found[`${kind}Sheets`] as unknown[]).map(toSheet);
      return { sheets, next: found.nextPageToken as string };
    },
    async switchTo(options: CallOptions, id: string) {
      const sent = { [`${kind}SheetId`]: id };
      return toSheet((await call(`switch${name}Sheet`, sent, options))[`${kind}Sheet`]);
    },
    async unlink(options: CallOptions, id: string) {
      const found = await call(`unlink${name}Sheet`, { [`${kind}SheetId`]: id }, options);
      return found[`active${name}SheetId`] as string;
    },
    async getRecord(options: CallOptions, id: string) {
      const found = await call(`get${name}Record`, { [`${kind}RecordId`]: id }, options);
      return recordOf(found[`${kind}Record`]);
    },
    async listRecords(options: CallOptions, sheetId = '') {
      return (await listRecordPage(options, { sheetId })).records;
    },
    listRecordPage,
    async unlinkRecord(options: CallOptions, id: string): Promise<void> {
      await call(`unlink${name}Record`, { [`${kind}RecordId`]: id }, options);
    },
  };
}

function toDate(time: Time | undefined): Date | undefined {
  return time && new Date(Number(time.seconds) * 1_000 + time.nanos / 1_000_000);
}
