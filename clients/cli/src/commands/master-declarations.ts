import { declare } from './declaration.js';

/** Commands of masters: logged in, or with `--backend` by their backend key. */
export const masterDeclarations = [
  declare('MasterService.CreateMaster', 'master create <name> <email>'),
  declare('MasterService.AcquireMaster', 'master acquire <email>'),
  declare('MasterService.ReleaseMaster', 'master release'),
  declare('MasterService.LoginMaster', 'master login <email>'),
  declare('MasterService.LogoutMaster', 'master logout'),
  declare('MasterService.GetMaster', 'master get'),
  declare('MasterService.EditMaster', 'master edit'),
  declare(
    'MasterService.UnlinkMaster',
    'master unlink',
    'Mark this master and all its users for removal?',
  ),
  declare('MasterService.RecoverMaster', 'master recover'),
  declare('MasterService.ListAcquiredClientTokens', 'master client-tokens'),
  declare('MasterService.GetAcquiredClientToken', 'master client-token <client_token_id>'),
  declare('MasterService.ListSubordinates', 'master users'),
  declare('MasterService.GetSubordinate', 'master user <account_id>'),
  declare('MasterService.ResetSubordinatePassword', 'master reset-password <account_id>'),
  declare('MasterService.ListMasterLogins', 'master logins'),
  declare('MasterService.ListMasterLogouts', 'master logouts'),
  declare('MasterService.CreateMasterKey', 'master create-key <kind> [label]'),
  declare('MasterService.ListMasterKeys', 'master keys'),
  declare(
    'MasterService.RevokeMasterKey',
    'master revoke-key <master_key_id>',
    'Revoke this key? Programs that use it stop working at once.',
  ),
];
