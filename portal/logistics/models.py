"""The table of payment rates."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.platform.columns import Versioned
from portal.platform.db import Base


class PaymentRates(Versioned, Base):
    """What a training pays for its days, in the smallest unit of the currency; see `Rates`."""

    __tablename__ = "payment_rates"
    __table_args__ = (
        CheckConstraint("day_rate >= 0 AND travel >= 0", name="sums"),
        CheckConstraint("day_share BETWEEN 0 AND 100", name="day_share"),
        CheckConstraint("day_minimum BETWEEN 1 AND 100", name="day_minimum"),
    )

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    day_rate: Mapped[int]
    day_share: Mapped[int]
    travel: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    pays_residents: Mapped[bool]
    day_minimum: Mapped[int]
