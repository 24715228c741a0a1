"""Packed columns come back as they went in."""

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from scoring.sheets import METRICS, Sheet, pack_sheet, refresh_sheets

from .company import DAY, Company

NULL = -(2**63)
ENTRIES = st.one_of(
    st.just(NULL), st.just(0), st.integers(0, 300), st.integers(0, 2**33), st.integers(-5, 2**62)
)


@given(
    st.lists(st.integers(0, 4095), min_size=1, max_size=20, unique=True).map(sorted),
    st.data(),
)
def test_a_sheet_gives_back_every_entry(slots: list[int], data: st.DataObject) -> None:
    size = len(slots)
    columns = {name: data.draw(st.lists(ENTRIES, min_size=size, max_size=size)) for name in METRICS}
    features = data.draw(
        st.lists(st.one_of(st.none(), st.sets(st.integers(0, 200))), min_size=size, max_size=size)
    )
    table = np.zeros((size, 201), dtype=np.bool_)
    for at, found in enumerate(features):
        table[at, sorted(found or ())] = True
    given_columns = {name: np.array(column, dtype=np.int64) for name, column in columns.items()}
    given_columns["features"] = np.array([NULL if found is None else len(found) for found in features])
    has_features = any(found is not None for found in features)
    sheet = Sheet(pack_sheet(np.array(slots), given_columns, table if has_features else None))

    assert np.flatnonzero(sheet.present()).tolist() == slots
    for name, column in columns.items():
        back = sheet.column(name)
        entries = [NULL] * size
        if back is not None:
            nulls = np.zeros(sheet.size, np.bool_) if back.nulls is None else back.nulls
            entries = [NULL if nulls[slot] else int(back.values[slot]) for slot in slots]
        assert entries == column
    back = sheet.column("features")
    assert (back is None) == (not has_features)
    if back is not None:
        for slot, found in zip(slots, features, strict=True):
            words = back.values[slot].tolist()
            bits = {64 * at + bit for at, word in enumerate(words) for bit in range(64) if word >> bit & 1}
            assert bits == (found or set())
            assert (found is None) == bool(back.nulls is not None and back.nulls[slot])


def test_a_day_that_lost_its_rows_loses_its_sheets(company: Company) -> None:
    day = date(2026, 3, 1)
    company.add_account(1)
    company.add_account(5000)
    company.add_usage(1, day, logins=1)
    company.add_usage(5000, day, logins=1)
    company.add_usage(1, day + DAY, logins=1)
    company.refresh()
    session = company.session
    session.execute(text("DELETE FROM usage_daily WHERE account_id = 1"))
    assert refresh_sheets(session, [day, day + DAY]) == 1
    assert session.execute(text("SELECT block, day FROM usage_sheet")).all() == [(1, day)]


def test_the_first_day_on_record_is_kept_as_it_became_known(company: Company) -> None:
    day = date(2026, 3, 10)
    company.add_account(1)
    company.add_usage(1, day, logins=1)
    company.refresh()
    company.add_usage(1, day + DAY, logins=1)
    company.add_usage(1, day - 5 * DAY, recorded_on=day + 2 * DAY, logins=0)
    company.refresh()
    found = company.session.execute(
        text("SELECT recorded_on, first_day FROM usage_first_day WHERE metric = 'logins' ORDER BY 1")
    ).all()
    assert [tuple(row) for row in found] == [(day, day), (day + 2 * DAY, day - 5 * DAY)]
