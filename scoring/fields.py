"""What every part of a model's file shares: strict keys, exact weights, signals by name."""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, PlainValidator, model_validator

from bot.config import Strict
from scoring.catalogue import SignalKey, find_nearest, parse_signal


class ModelPart(Strict):
    """A part of a model's file. An unknown key is refused with the keys that are allowed."""

    @model_validator(mode="before")
    @classmethod
    def refuse_unknown_keys(cls, value: Any) -> Any:
        if isinstance(value, dict):
            names = {field.alias or name for name, field in cls.model_fields.items()}
            for key in value:
                if key not in names:
                    near = find_nearest(str(key), sorted(names))
                    raise ValueError(f"no key is called {key!r} here; {near}")
        return value


def parse_fraction(value: object) -> Fraction:
    """An exact number: 0.15 means fifteen hundredths, "1/6" a sixth. Raises ValueError."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("write a number such as 0.15, or a fraction such as 1/6")
    try:
        # Through the shortest decimal text, so that 0.1 is a tenth and sums of weights are exact.
        return Fraction(value) if isinstance(value, str) and "/" in value else Fraction(Decimal(str(value)))
    except (ValueError, InvalidOperation, ZeroDivisionError, OverflowError) as error:
        raise ValueError("write a number such as 0.15, or a fraction such as 1/6") from error


def _parse_share(value: object) -> Fraction:
    share = parse_fraction(value)
    if not 0 <= share <= 1:
        raise ValueError("allowed is 0 to 1")
    if share.denominator > 1_000_000:
        raise ValueError("write at most six decimals")
    return share


def _write_signal(key: SignalKey) -> str:
    return key.text


def _read_signal(value: object) -> SignalKey:
    if isinstance(value, SignalKey):
        return value
    if not isinstance(value, str):
        raise ValueError("write a signal's name, such as sessions or sessions(days=30)")
    return parse_signal(value)


def _finite(value: float) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("write a finite number")
    return value


def _not_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("write a number")
    return value


#: A weight or probability: an exact fraction in 0–1.
Share = Annotated[Fraction, PlainValidator(_parse_share), PlainSerializer(str)]
#: A positive exact factor.
Factor = Annotated[Fraction, PlainValidator(parse_fraction), PlainSerializer(str)]
Signal = Annotated[SignalKey, PlainValidator(_read_signal), PlainSerializer(_write_signal)]
Number = Annotated[float, BeforeValidator(_not_bool), AfterValidator(_finite)]
#: A normalised value, 0 the worst and 1 the best.
Value = Annotated[Number, Field(ge=0, le=1)]
#: What files, tables and JSON call a thing: lower case, digits and underscores.
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=60)]
