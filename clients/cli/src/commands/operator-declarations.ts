import { declare } from './declaration.js';

/** Commands of the operator, on the operator's address and with the operator key. */
export const operatorDeclarations = [
  declare('SystemService.CreateWorker', 'system create-worker'),
  declare('SystemService.ListWorkers', 'system workers'),
  declare('SystemService.CreateSession', 'system create-session [reference]'),
  declare('SystemService.GetSession', 'system session <session_id>'),

  ...cleanup('Masters', 'master_id', 'masters'),
  ...cleanup('Accounts', 'account_id', 'accounts'),
  ...cleanup('Workers', 'worker_id', 'workers'),
  ...cleanup('Sessions', 'session_id', 'sessions'),
  ...cleanup('ClientTokens', 'client_token_id', 'client-tokens'),
  ...cleanup('SessionTokens', 'session_token_id', 'session-tokens'),
  declare('SystemService.StartCleaner', 'system start-cleaner [name]'),
  declare('SystemService.StopCleaner', 'system stop-cleaner [name]'),
  declare('SystemService.ListCleaners', 'system cleaners'),

  declare(
    'SystemService.FreezeMaster',
    'system freeze-master <master_id>',
    'Freeze this master and all its users?',
  ),
  declare('SystemService.UnfreezeMaster', 'system unfreeze-master <master_id>'),
  declare(
    'SystemService.IncreaseSubordinatePool',
    'system increase-pool <master_id> <increase_by>',
  ),
  declare(
    'SystemService.DecreaseSubordinatePool',
    'system decrease-pool <master_id> <decrease_by>',
  ),
  declare('SystemService.FundMaster', 'system fund-master <master_id> <credits>'),
  declare('SystemService.SetMasterTerms', 'system set-terms <master_id>'),

  declare('SystemService.ListIssueReports', 'system issues'),
  declare('SystemService.GetIssueReport', 'system issue <issue_report_id>'),
  declare(
    'SystemService.CloseIssueReport',
    'system close-issue <issue_report_id>',
    'Close this report? Its log, details and contact are deleted.',
  ),
  declare('SystemService.ListAuditEvents', 'system audit'),
  declare(
    'SystemService.Drain',
    'system drain',
    'Take this server out of service until undrain, or its end?',
  ),
  declare('SystemService.Undrain', 'system undrain'),
];

function cleanup(what: string, id: string, words: string) {
  return [
    declare(
      `SystemService.Cleanup${what}`,
      `system cleanup-${words} [${id}]`,
      'Clean up? What is removed is gone.',
    ),
  ];
}
