import type {
  AcquireMasterRequest,
  AcquireMasterResponse,
  CreateMasterKeyRequest,
  CreateMasterKeyResponse,
  CreateMasterRequest,
  CreateMasterResponse,
  GetMasterResponse,
  ListMasterKeysRequest,
  ListMasterKeysResponse,
  ReleaseMasterRequest,
  ReleaseMasterResponse,
  RevokeMasterKeyRequest,
  RevokeMasterKeyResponse,
} from '../../../generated/ewallet/v1/master_service.js';
import type { MasterKeyPage } from '../../domain/accounts/master-keys.js';
import type { Acquisition } from '../../domain/accounts/masters.js';
import type { Domain } from '../../domain/domain.js';
import { formatId } from '../../model/public-id.js';
import type { Admitted } from '../admission.js';
import { readId } from '../ids.js';
import { fromMasterKeyKind, toMaster, toMasterKey } from '../messages/master.js';
import { decodePageToken, encodePageToken, pageSizeOf } from '../page-token.js';

/** Creates the handlers of MasterService. */
export function createMasterHandlers({
  masters,
  masterKeys,
}: Pick<Domain, 'masters' | 'masterKeys'>) {
  return {
    async createMaster(
      request: CreateMasterRequest,
      { caller }: Admitted,
    ): Promise<CreateMasterResponse> {
      const { master, acquireKey, backendKey } = await masters.createMaster(caller, request);
      return {
        master: toMaster(master),
        acquireKey: acquireKey.secret,
        acquireMasterKey: toMasterKey(acquireKey.key),
        backendKey: backendKey.secret,
        backendMasterKey: toMasterKey(backendKey.key),
      };
    },
    acquireMaster: async (
      request: AcquireMasterRequest,
      { caller }: Admitted,
    ): Promise<AcquireMasterResponse> =>
      toAcquisition(await masters.acquireMaster(caller, request)),
    releaseMaster: async (
      request: ReleaseMasterRequest,
      { caller }: Admitted,
    ): Promise<ReleaseMasterResponse> =>
      toAcquisition(await masters.releaseMaster(caller, request)),
    getMaster: async (_: unknown, { caller }: Admitted): Promise<GetMasterResponse> => ({
      master: toMaster(await masters.getMaster(caller)),
    }),
    async createMasterKey(
      { kind, label }: CreateMasterKeyRequest,
      { caller }: Admitted,
    ): Promise<CreateMasterKeyResponse> {
      const created = await masterKeys.createKey(caller, { kind: fromMasterKeyKind(kind), label });
      return { key: created.secret, masterKey: toMasterKey(created.key) };
    },
    async listMasterKeys(
      request: ListMasterKeysRequest,
      { caller }: Admitted,
    ): Promise<ListMasterKeysResponse> {
      const list = `ListMasterKeys ${caller.master?.id}`;
      const { keys, next } = await masterKeys.listKeys(caller, readPage(list, request));
      return {
        masterKeys: keys.map(toMasterKey),
        nextPageToken: encodePageToken(list, next && [BigInt(next.createTime), next.id]),
      };
    },
    revokeMasterKey: async (
      { masterKeyId }: RevokeMasterKeyRequest,
      { caller }: Admitted,
    ): Promise<RevokeMasterKeyResponse> => ({
      masterKey: toMasterKey(
        await masterKeys.revokeKey(caller, { masterKeyId: readId('masterKey', masterKeyId) }),
      ),
    }),
  };
}

function toAcquisition({ masterId, clientTokenId }: Acquisition): AcquireMasterResponse {
  return {
    masterId: formatId('master', masterId),
    clientTokenId: formatId('clientToken', clientTokenId),
  };
}

function readPage(list: string, { pageSize, pageToken }: ListMasterKeysRequest): MasterKeyPage {
  const [createTime, id] = decodePageToken(list, pageToken, 2) ?? [];
  const begins = createTime !== undefined && id !== undefined;
  return {
    size: pageSizeOf(pageSize),
    before: begins ? { createTime: Number(createTime), id } : null,
  };
}
