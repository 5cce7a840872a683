/** What both listeners serve besides their own. */
const common = ['grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection'];

/** Every service of the public listener, as the design has it. */
export const publicServices = [
  'ewallet.v1.AccountService',
  'ewallet.v1.ClockService',
  'ewallet.v1.ContactService',
  'ewallet.v1.ConversionSheetService',
  'ewallet.v1.InvoiceSheetService',
  'ewallet.v1.IssueService',
  'ewallet.v1.MasterService',
  'ewallet.v1.SessionService',
  'ewallet.v1.TimeSheetService',
  'ewallet.v1.TransferSheetService',
  'ewallet.v1.WalletService',
  ...common,
];

/** Every service of the operator's listener. */
export const systemServices = ['ewallet.system.v1.SystemService', ...common];
