"""The services that each kind of caller has, as attributes, for asyncio."""

from __future__ import annotations

from ewallet import _async_services as generated
from ewallet.aio_caller import AsyncCaller


class AsyncUserServices:
    """What a user may call, or a master's backend for one of its users."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller
        self.accounts = generated.AsyncAccountService(caller)
        """The user's own account."""
        self.wallets = generated.AsyncWalletService(caller)
        """Credits: payments, transfers, supplies."""
        self.clocks = generated.AsyncClockService(caller)
        """Prepaid time."""
        self.contacts = generated.AsyncContactService(caller)
        """Lists of contacts."""
        self.transfer_sheets = generated.AsyncTransferSheetService(caller)
        """Records of what came and went."""
        self.invoice_sheets = generated.AsyncInvoiceSheetService(caller)
        """Records of what was bought and sold."""
        self.conversion_sheets = generated.AsyncConversionSheetService(caller)
        """Records of credits that became time, and back."""
        self.time_sheets = generated.AsyncTimeSheetService(caller)
        """Records of time that was used."""


class AsyncProgramServices(AsyncUserServices):
    """What a client program may call besides."""

    def __init__(self, caller: AsyncCaller) -> None:
        super().__init__(caller)
        self.sessions = generated.AsyncSessionService(caller)
        """Tokens, which the client looks after by itself, and the server's version."""
        self.masters = generated.AsyncMasterService(caller)
        """Registers, acquires and looks after masters."""
        self.issues = generated.AsyncIssueService(caller)
        """Reports to the operator."""
