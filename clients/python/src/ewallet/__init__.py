"""Client of EWallet: credit wallets and prepaid clocks over gRPC.

`EWallet` and `AsyncEWallet` act as a user or master, `Backend` and `AsyncBackend` as a master's own server, `Operator` and
`AsyncOperator` as the operator. Messages and enums are in `ewallet.v1` and `ewallet.system.v1`.
"""

import logging as _logging
from importlib.metadata import version as _version

from ewallet.aio import AsyncBackend as AsyncBackend
from ewallet.aio import AsyncEWallet as AsyncEWallet
from ewallet.aio import AsyncOperator as AsyncOperator
from ewallet.aio_service import AsyncPager as AsyncPager
from ewallet.aio_services import AsyncUserServices as AsyncUserServices
from ewallet.aio_streams import AsyncClockWatch as AsyncClockWatch
from ewallet.aio_streams import AsyncPaymentStream as AsyncPaymentStream
from ewallet.aio_streams import AsyncWorkerWatch as AsyncWorkerWatch
from ewallet.client import Backend as Backend
from ewallet.client import EWallet as EWallet
from ewallet.client import Operator as Operator
from ewallet.connection import Tls as Tls
from ewallet.credentials import Credentials as Credentials
from ewallet.credentials import SignIn as SignIn
from ewallet.errors import AlreadyExistsError as AlreadyExistsError
from ewallet.errors import CancelledError as CancelledError
from ewallet.errors import EWalletError as EWalletError
from ewallet.errors import FailedPreconditionError as FailedPreconditionError
from ewallet.errors import FieldViolation as FieldViolation
from ewallet.errors import InternalError as InternalError
from ewallet.errors import InvalidArgumentError as InvalidArgumentError
from ewallet.errors import LoginLostError as LoginLostError
from ewallet.errors import NotFoundError as NotFoundError
from ewallet.errors import OutcomeUnknownError as OutcomeUnknownError
from ewallet.errors import OutOfRangeError as OutOfRangeError
from ewallet.errors import PermissionDeniedError as PermissionDeniedError
from ewallet.errors import Resource as Resource
from ewallet.errors import ResourceExhaustedError as ResourceExhaustedError
from ewallet.errors import UnauthenticatedError as UnauthenticatedError
from ewallet.errors import UnavailableError as UnavailableError
from ewallet.info import CallInfo as CallInfo
from ewallet.live import Countdown as Countdown
from ewallet.live import WorkerTable as WorkerTable
from ewallet.payments import PaymentOutcome as PaymentOutcome
from ewallet.retry import RetryPolicy as RetryPolicy
from ewallet.service import Pager as Pager
from ewallet.services import UserServices as UserServices
from ewallet.streams import ClockWatch as ClockWatch
from ewallet.streams import PaymentStream as PaymentStream
from ewallet.streams import WorkerWatch as WorkerWatch

__version__ = _version("ewallet-client")

# Silent unless the program wants to hear: `logging.getLogger("ewallet")`.
_logging.getLogger("ewallet").addHandler(_logging.NullHandler())
