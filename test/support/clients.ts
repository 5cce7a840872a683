import { type Channel, createClient, Metadata } from 'nice-grpc';
import { SystemServiceDefinition } from '../../generated/ewallet/system/v1/system_service.js';
import { AccountServiceDefinition } from '../../generated/ewallet/v1/account_service.js';
import { ClockServiceDefinition } from '../../generated/ewallet/v1/clock_service.js';
import { ContactServiceDefinition } from '../../generated/ewallet/v1/contact_service.js';
import { ConversionSheetServiceDefinition } from '../../generated/ewallet/v1/conversion_sheet_service.js';
import { InvoiceSheetServiceDefinition } from '../../generated/ewallet/v1/invoice_sheet_service.js';
import { IssueServiceDefinition } from '../../generated/ewallet/v1/issue_service.js';
import { MasterServiceDefinition } from '../../generated/ewallet/v1/master_service.js';
import { SessionServiceDefinition } from '../../generated/ewallet/v1/session_service.js';
import { TimeSheetServiceDefinition } from '../../generated/ewallet/v1/time_sheet_service.js';
import { TransferSheetServiceDefinition } from '../../generated/ewallet/v1/transfer_sheet_service.js';
import { WalletServiceDefinition } from '../../generated/ewallet/v1/wallet_service.js';

/** Typed clients of every service. */
export type Clients = ReturnType<typeof createClients>;

/** Creates the clients on a channel to each listener. */
export function createClients(publicChannel: Channel, operatorChannel: Channel) {
  return {
    sessions: createClient(SessionServiceDefinition, publicChannel),
    masters: createClient(MasterServiceDefinition, publicChannel),
    accounts: createClient(AccountServiceDefinition, publicChannel),
    contacts: createClient(ContactServiceDefinition, publicChannel),
    issues: createClient(IssueServiceDefinition, publicChannel),
    wallets: createClient(WalletServiceDefinition, publicChannel),
    clocks: createClient(ClockServiceDefinition, publicChannel),
    transferSheets: createClient(TransferSheetServiceDefinition, publicChannel),
    invoiceSheets: createClient(InvoiceSheetServiceDefinition, publicChannel),
    conversionSheets: createClient(ConversionSheetServiceDefinition, publicChannel),
    timeSheets: createClient(TimeSheetServiceDefinition, publicChannel),
    system: createClient(SystemServiceDefinition, operatorChannel),
  };
}

/** What a caller may send along to say who it is. */
export type CallerCredentials = {
  clientId?: string;
  sessionToken?: string;
  backendKey?: string;
  onBehalfOf?: string;
  registrationKey?: string;
  operatorKey?: string;
};

/** Call options with these credentials as metadata: `clients.wallets.getWallet({}, as({clientId, sessionToken}))`. */
export function as(credentials: CallerCredentials): { metadata: Metadata } {
  const metadata = Metadata();
  const bearer = credentials.sessionToken ?? credentials.operatorKey;
  if (bearer !== undefined) metadata.set('authorization', `Bearer ${bearer}`);
  const { clientId, backendKey, onBehalfOf, registrationKey } = credentials;
  if (clientId !== undefined) metadata.set('ewallet-client-id', clientId);
  if (backendKey !== undefined) metadata.set('ewallet-backend-key', backendKey);
  if (onBehalfOf !== undefined) metadata.set('ewallet-on-behalf-of', onBehalfOf);
  if (registrationKey !== undefined) metadata.set('ewallet-registration-key', registrationKey);
  return { metadata };
}
