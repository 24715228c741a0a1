"""What every table shares: names of constraints, types, and the marks of recorded time."""

from datetime import date, datetime
from typing import Annotated, ClassVar

from sqlalchemy import BigInteger, Date, DateTime, MetaData, SmallInteger, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

#: A row that has always been known: what the first import says of accounts, people and goals.
ALWAYS = date(1, 1, 1)

Cents = Annotated[int, mapped_column(BigInteger)]
Small = Annotated[int, mapped_column(SmallInteger)]
Big = Annotated[int, mapped_column(BigInteger)]


class Base(DeclarativeBase):
    """Every table. Constraints have names, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True), date: Date(), str: Text()}


class Recorded:
    """A fact and the days on which it was the team's knowledge.

    A score for a day reads the rows with ``recorded_on <= day`` that were not yet superseded then, so
    nothing learnt later moves it (SPEC H6). A correction closes the old row and adds a new one.
    """

    recorded_on: Mapped[date]
    superseded_on: Mapped[date | None]
