import type { Wallet } from '../../../../generated/ewallet/v1/wallet_service.js';
import { formatId } from '../../../model/public-id.js';
import { required } from '../arguments.js';
import { type InstructionCall, instruction } from '../instruction.js';
import { present } from '../values.js';
import { walletData, walletShape } from '../wallet-data.js';

const reply = { ewallet: 'int', ewallet_data: walletShape } as const;

/** Wallets of users. */
export const walletInstructions = [
  instruction({
    name: 'CreateCreditEWallet',
    chain: ['new', 'credit', 'ewallet'],
    reply,
    method: 'WalletService/CreateWallet',
    async run(_, call) {
      return showWallet(call, (await call.services.wallets.createWallet({})).wallet);
    },
  }),
  instruction({
    name: 'ViewCreditEWallet',
    chain: ['view', 'credit', 'ewallet'],
    reply,
    method: 'WalletService/GetWallet',
    async run(_, call) {
      return showWallet(call, (await call.services.wallets.getWallet({})).wallet);
    },
  }),
  instruction({
    name: 'SwitchCreditEWallet',
    chain: ['switch', 'credit', 'ewallet'],
    args: { ewallet_id: required('int') },
    reply,
    method: 'WalletService/SwitchWallet',
    async run({ ewallet_id: id }, call) {
      const walletId = formatId('wallet', id);
      return showWallet(call, (await call.services.wallets.switchWallet({ walletId })).wallet);
    },
  }),
  instruction({
    name: 'UnlinkCreditEWallet',
    chain: ['unlink', 'credit', 'ewallet'],
    args: { ewallet_id: required('int') },
    reply: { credit_ewallet: 'int' },
    method: 'WalletService/UnlinkWallet',
    async run({ ewallet_id: id }, { services, requestId }) {
      await services.wallets.unlinkWallet({ requestId, walletId: formatId('wallet', id) });
      return { credit_ewallet: id };
    },
  }),
];

async function showWallet(call: InstructionCall, wallet: Wallet | undefined) {
  const data = await walletData(call, present(wallet));
  return { ewallet: data.id, ewallet_data: data };
}
