import { declare } from './declaration.js';

/** Commands of users, and of their masters' backends for them (`--as`). */
export const userDeclarations = [
  declare('SessionService.GetClientTokenStatus', 'session client-status'),
  declare('SessionService.GetSessionTokenStatus', 'session token-status'),
  declare('SessionService.GetServerInfo', 'session server-info'),

  declare('AccountService.CreateAccount', 'account create <name> <email>'),
  declare('AccountService.Login', 'account login <email>'),
  declare('AccountService.Logout', 'account logout [account_id]'),
  declare('AccountService.SwitchAccount', 'account switch <account_id>'),
  declare('AccountService.GetAccount', 'account get [account_id]'),
  declare('AccountService.EditAccount', 'account edit'),
  declare('AccountService.ChangePassword', 'account change-password'),
  declare('AccountService.UnlinkAccount', 'account unlink', 'Mark this account for removal?'),
  declare('AccountService.RecoverAccount', 'account recover'),
  declare('AccountService.ListLogins', 'account logins'),
  declare('AccountService.ListLogouts', 'account logouts'),
  declare('AccountService.EnrollTotp', 'account enroll-totp'),
  declare('AccountService.ConfirmTotp', 'account confirm-totp'),
  declare('AccountService.RemoveTotp', 'account remove-totp'),

  declare('WalletService.CreateWallet', 'wallet create [reference]'),
  declare('WalletService.GetWallet', 'wallet get [wallet_id]'),
  declare('WalletService.ListWallets', 'wallet list'),
  declare('WalletService.SwitchWallet', 'wallet switch <wallet_id>'),
  declare('WalletService.UnlinkWallet', 'wallet unlink <wallet_id>', 'Close this wallet for good?'),
  declare('WalletService.SupplyCredits', 'wallet supply <credits>'),
  declare('WalletService.PayCredits', 'wallet pay <payee> <credits>'),
  declare('WalletService.TransferCredits', 'wallet transfer <payee> <credits>'),
  declare('WalletService.GetOperation', 'wallet operation <request_id>'),
  declare('WalletService.ListEntries', 'wallet entries [wallet_id]'),

  declare('ClockService.CreateClock', 'clock create [reference]'),
  declare('ClockService.GetClock', 'clock get [clock_id]'),
  declare('ClockService.ListClocks', 'clock list [wallet_id]'),
  declare('ClockService.SwitchClock', 'clock switch <clock_id>'),
  declare('ClockService.UnlinkClock', 'clock unlink <clock_id>', 'Close this clock for good?'),
  declare('ClockService.ConvertCreditsToClock', 'clock fill <credits>'),
  declare('ClockService.ConvertClockToCredits', 'clock empty'),
  declare('ClockService.StartTimer', 'clock start [clock_id]'),
  declare('ClockService.PauseTimer', 'clock pause [clock_id]'),
  declare('ClockService.ResumeTimer', 'clock resume [clock_id]'),
  declare('ClockService.StopTimer', 'clock stop [clock_id]'),

  ...sheetCommands('Transfer', 'wallet_id'),
  ...sheetCommands('Invoice', 'wallet_id'),
  ...sheetCommands('Conversion', 'clock_id'),
  ...sheetCommands('Time', 'clock_id'),

  declare('ContactService.CreateContactList', 'contact create-list [reference]'),
  declare('ContactService.GetContactList', 'contact get-list [contact_list_id]'),
  declare('ContactService.ListContactLists', 'contact lists'),
  declare('ContactService.SwitchContactList', 'contact switch-list <contact_list_id>'),
  declare(
    'ContactService.UnlinkContactList',
    'contact unlink-list <contact_list_id>',
    'Delete this list and its contacts?',
  ),
  declare('ContactService.CreateContactRecord', 'contact add [name]'),
  declare('ContactService.GetContactRecord', 'contact get <contact_record_id>'),
  declare('ContactService.ListContactRecords', 'contact list [contact_list_id]'),
  declare('ContactService.EditContactRecord', 'contact edit <contact_record_id>'),
  declare(
    'ContactService.UnlinkContactRecord',
    'contact unlink <contact_record_id>',
    'Delete this contact?',
  ),

  declare('IssueService.ReportIssue', 'issue report <name>'),
];

/** The four services of sheets have the same methods. */
function sheetCommands(kind: string, owner: string) {
  const service = `${kind}SheetService`;
  const noun = kind.toLowerCase();
  const sheet = `${noun}_sheet_id`;
  const record = `${noun}_record_id`;
  return [
    declare(`${service}.Create${kind}Sheet`, `${noun}-sheet create [reference]`),
    declare(`${service}.Get${kind}Sheet`, `${noun}-sheet get [${sheet}]`),
    declare(`${service}.List${kind}Sheets`, `${noun}-sheet list [${owner}]`),
    declare(`${service}.Switch${kind}Sheet`, `${noun}-sheet switch <${sheet}>`),
    declare(
      `${service}.Unlink${kind}Sheet`,
      `${noun}-sheet unlink <${sheet}>`,
      'Take this sheet and its records out of sight?',
    ),
    declare(`${service}.Get${kind}Record`, `${noun}-sheet get-record <${record}>`),
    declare(`${service}.List${kind}Records`, `${noun}-sheet records [${sheet}]`),
    declare(
      `${service}.Unlink${kind}Record`,
      `${noun}-sheet unlink-record <${record}>`,
      'Take this record off the sheet?',
    ),
  ];
}
