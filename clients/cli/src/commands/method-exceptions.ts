/** Methods that no declaration names, and what calls them instead. A test holds the lists complete. */
export const methodExceptions: Record<string, string> = {
  'SessionService.RequestClientId':
    'session new: a new client token makes sense only with a session token of its own',
  'SessionService.RequestSessionToken':
    'session new, session rotate: the token goes into the profile, not onto the screen',
  'SessionService.KeepClientTokenAlive':
    'session keep-alive extends the pair, and so does the client by itself',
  'SessionService.KeepSessionTokenAlive':
    'session keep-alive extends the pair, and so does the client by itself',
  'SessionService.EndSession': 'session end: the profile forgets the tokens, too',
  'WalletService.StreamPayments': 'wallet stream: many orders, from a file or a pipe',
  'ClockService.WatchClock': 'clock watch: a live display',
  'SystemService.WatchWorkers': 'system watch-workers, workers watch: a live table',
  'SystemService.VerifyLedger':
    'system verify, verify: with a progress bar and an exit code of its own',
};
