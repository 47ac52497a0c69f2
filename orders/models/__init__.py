"""Everything that happens to an order, and its money (domain section 6)."""

from orders.models.answers import (
    AnswerFile,
    AnswerKind,
    EvidenceKind,
    MarkKind,
    ProvisionalCredit,
    ReturnAnswer,
    ReturnMark,
)
from orders.models.check_offs import CheckOff, CheckOffLine, CheckOffWay
from orders.models.deliveries import (
    Batch,
    BatchPart,
    Delivery,
    DeliveryLine,
    DeliveryNotice,
    DeliveryPhoto,
    Due,
    Inspection,
    LaterArrival,
    Sharing,
    Verdict,
)
from orders.models.door_views import DoorView
from orders.models.helpers import HelperLink
from orders.models.holds import Hold, HoldKind
from orders.models.incidents import BatchAnswer, BatchQuestion, Incident
from orders.models.ledger import RETURN_SOURCES, SETTLEMENT_SOURCES, Account, Posting, Source
from orders.models.leftovers import Leftover, LeftoverChoice
from orders.models.neighbours import Proxy, ProxyAnswer
from orders.models.offers import BasketLine, Offer, PriceTier, TakenOffer
from orders.models.orders import (
    ChangeKind,
    Channel,
    Order,
    OrderChange,
    OrderLine,
    OrderStatus,
)
from orders.models.payments import Direction, Payment, PaymentStatus
from orders.models.purchases import Purchase, PurchaseLine
from orders.models.returns import (
    COUNTED_RETURNS,
    Return,
    ReturnPhoto,
    ReturnReason,
    ReturnStatus,
    Wish,
)
from orders.models.rounds import COUNTED, Payee, Round, RoundStatus, TakenNumber
from orders.models.settlements import (
    Cause,
    Party,
    Settlement,
    SettlementLine,
    SettlementPart,
    SettlementPayment,
    SettlementWord,
    WordKind,
)
from orders.models.short_notices import ShortNotice
from orders.models.shortfalls import Shortfall, ShortfallKind, ShortfallLine
from orders.models.stops import SaleStop
from orders.models.summaries import MonthItem, MonthMerchant, PublishedSummary, SummaryMonth, Why
from orders.models.waiting import WaitlistEntry, WaitStatus

__all__ = [
    "COUNTED",
    "COUNTED_RETURNS",
    "RETURN_SOURCES",
    "SETTLEMENT_SOURCES",
    "Account",
    "AnswerFile",
    "AnswerKind",
    "BasketLine",
    "Batch",
    "BatchAnswer",
    "BatchPart",
    "BatchQuestion",
    "Cause",
    "ChangeKind",
    "Channel",
    "CheckOff",
    "CheckOffLine",
    "CheckOffWay",
    "Delivery",
    "DeliveryLine",
    "DeliveryNotice",
    "DeliveryPhoto",
    "Direction",
    "DoorView",
    "Due",
    "EvidenceKind",
    "HelperLink",
    "Hold",
    "HoldKind",
    "Incident",
    "Inspection",
    "LaterArrival",
    "Leftover",
    "LeftoverChoice",
    "MarkKind",
    "MonthItem",
    "MonthMerchant",
    "Offer",
    "Order",
    "OrderChange",
    "OrderLine",
    "OrderStatus",
    "Party",
    "Payee",
    "Payment",
    "PaymentStatus",
    "Posting",
    "PriceTier",
    "ProvisionalCredit",
    "Proxy",
    "ProxyAnswer",
    "PublishedSummary",
    "Purchase",
    "PurchaseLine",
    "Return",
    "ReturnAnswer",
    "ReturnMark",
    "ReturnPhoto",
    "ReturnReason",
    "ReturnStatus",
    "Round",
    "RoundStatus",
    "SaleStop",
    "Settlement",
    "SettlementLine",
    "SettlementPart",
    "SettlementPayment",
    "SettlementWord",
    "Sharing",
    "ShortNotice",
    "Shortfall",
    "ShortfallKind",
    "ShortfallLine",
    "Source",
    "SummaryMonth",
    "TakenNumber",
    "TakenOffer",
    "Verdict",
    "WaitStatus",
    "WaitlistEntry",
    "Why",
    "Wish",
    "WordKind",
]
