"""The services that each kind of caller has, as attributes."""

from __future__ import annotations

from ewallet import _services as generated
from ewallet.caller import Caller


class UserServices:
    """What a user may call, or a master's backend for one of its users."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.accounts = generated.AccountService(caller)
        """The user's own account."""
        self.wallets = generated.WalletService(caller)
        """Credits: payments, transfers, supplies."""
        self.clocks = generated.ClockService(caller)
        """Prepaid time."""
        self.contacts = generated.ContactService(caller)
        """Lists of contacts."""
        self.transfer_sheets = generated.TransferSheetService(caller)
        """Records of what came and went."""
        self.invoice_sheets = generated.InvoiceSheetService(caller)
        """Records of what was bought and sold."""
        self.conversion_sheets = generated.ConversionSheetService(caller)
        """Records of credits that became time, and back."""
        self.time_sheets = generated.TimeSheetService(caller)
        """Records of time that was used."""


class ProgramServices(UserServices):
    """What a client program may call besides."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self.sessions = generated.SessionService(caller)
        """Tokens, which the client looks after by itself, and the server's version."""
        self.masters = generated.MasterService(caller)
        """Registers, acquires and looks after masters."""
        self.issues = generated.IssueService(caller)
        """Reports to the operator."""
