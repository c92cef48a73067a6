"""Every field of a cron expression, beside a matcher that only asks of one moment: does it match?

The matcher shares nothing with the grammar: it knows ranges as steps on a circle, and finds the days of ``L``,
``W`` and ``#`` by going through a month with the calendar.
"""

import calendar
import itertools
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from gitflow.core.language.cron import check_cron, next_fire
from gitflow.core.language.cron_grammar import ALIASES, read_cron
from gitflow.core.language.cron_times import next_match

SIZES = {"second": (0, 60), "minute": (0, 60), "hour": (0, 24), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
NAMES = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {
    "sun": 0,
    **{name.lower(): number for number, name in enumerate(calendar.day_abbr, 1) if number < 7},
}


def names_of(name):
    months = [month.lower() for month in calendar.month_abbr]
    return [text for text in NAMES if (text in months) == (name == "month")]


def number(text):
    return NAMES.get(text.lower()) if text.lower() in NAMES else int(text)


@lru_cache(maxsize=1024)
def values_of(part, first, size):
    """What ``*``, ``a``, ``a-b`` with or without ``/n`` names: steps on a circle."""
    span, _, step = part.partition("/")
    if span == "*":
        span = f"{first}-{first + size - 1}"
    begin, dash, end = span.partition("-")
    low = number(begin)
    high = number(end) if dash else (first + size - 1 if step and low < first + size else low)
    if low == 7 and size == 7 and high < 7:
        low = 0
    length = high - low if high >= low else high - low + size
    steps = range(low, low + length + 1, int(step or 1))
    return frozenset(first + (at - first) % size for at in steps) if size == 7 or high < low else frozenset(steps)


def part_has(part, value, first, size):
    """Whether the part names the value."""
    return value in values_of(part, first, size)


def field_has(field, value, name):
    return any(part_has(part, value, *SIZES[name]) for part in field.split(","))


def is_whole(field, name):
    """Whether it holds every day, and so restricts none."""
    first, size = SIZES[name]
    parts = [part.upper().replace("-L", "-31") for part in field.split(",")]
    plain = [part for part in parts if "#" not in part and not (name == "day" and "W" in part) and part[0] != "L"]
    values = range(first, first + size)
    return field == "?" or all(any(part_has(part, value, first, size) for part in plain) for value in values)


def day_has(field, day):
    last = calendar.monthrange(day.year, day.month)[1]
    for part in field.upper().split(","):
        if part == "L":
            found = day.day == last
        elif part.endswith("-L"):
            found = day.day >= int(part[:-2])
        elif "W" in part:
            wanted = min(int(part.strip("W")), last)
            working = [n for n in range(1, last + 1) if calendar.weekday(day.year, day.month, n) < 5]
            # by distance; between two the later one where the day is a Sunday, the earlier where it is a Saturday
            sunday = calendar.weekday(day.year, day.month, wanted) == 6
            found = day.day == min(working, key=lambda n: (abs(n - wanted), -n if sunday else n))
        else:
            found = part_has(part, day.day, 1, 31)
        if found:
            return True
    return False


def weekday_has(field, day):
    mine = [n for n in range(1, 32) if n <= calendar.monthrange(day.year, day.month)[1]]
    alike = [n for n in mine if calendar.weekday(day.year, day.month, n) == day.weekday()]
    weekday = (day.weekday() + 1) % 7
    for part in field.split(","):
        if "#" in part:
            which, _, nth = part.partition("#")
            found = part_has(which, weekday, 0, 7) and len(alike) >= int(nth) and alike[int(nth) - 1] == day.day
        elif part.upper().startswith("L"):
            found = number(part[1:]) % 7 == weekday and alike[-1] == day.day
        else:
            found = part_has(part, weekday, 0, 7)
        if found:
            return True
    return False


def is_day(fields, day):
    _, _, _, days, months, weekdays = fields
    if not field_has(months, day.month, "month"):
        return False
    free_day, free_weekday = is_whole(days, "day"), is_whole(weekdays, "weekday")
    if free_day or free_weekday:
        return (free_day or day_has(days, day)) and (free_weekday or weekday_has(weekdays, day))
    return day_has(days, day) or weekday_has(weekdays, day)


def matches(expression, moment):
    """Whether a moment on the wall matches six fields."""
    second, minute, hour, *_ = fields = expression.split()
    return (
        field_has(second, moment.second, "second")
        and field_has(minute, moment.minute, "minute")
        and field_has(hour, moment.hour, "hour")
        and is_day(fields, moment)
    )


def counted(expression, begin, end, step):
    """How often it fires between two moments, and how many moments in between match."""
    fires, at = 0, begin.timestamp() - 1
    while (at := next_fire(expression, "UTC", at)) < end.timestamp():
        fires += 1
    moments = (begin + step * n for n in range((end - begin) // step))
    six = expression if len(expression.split()) == 6 else f"0 {expression}"
    return fires, sum(matches(six, moment) for moment in moments)


def held(name, field):
    """What the grammar reads in one field."""
    fields = [field if name == each else "0" if each in ("second", "minute", "hour") else "*" for each in SIZES]
    known = read_cron(" ".join(fields)).fields
    found = {
        "second": known.seconds,
        "minute": known.minutes,
        "hour": known.hours,
        "day": known.days and known.days.days,
        "month": known.months,
        "weekday": known.weekdays and known.weekdays.weekdays,
    }[name]
    first, size = SIZES[name]
    return set(range(first, first + size)) if found is None else set(found)


STEPS = {60: (1, 2, 7, 15, 30, 59, 60), 24: (1, 2, 5, 12, 24), 31: (1, 2, 7, 31), 12: range(1, 13), 7: range(1, 8)}


@pytest.mark.parametrize("name", SIZES)
def test_every_value_range_and_step_holds_what_lies_between(name):
    first, size = SIZES[name]
    values = range(first, first + size + (name == "weekday"))
    steps = STEPS[size]
    spans = [f"{low}-{high}" for low, high in itertools.product(values, values)]
    parts = [*map(str, values), *spans, "*", *(f"{span}/{n}" for span in [*spans, *values, "*"] for n in steps)]
    for part in parts:
        assert held(name, part) == values_of(part, first, size), part


@pytest.mark.parametrize("name", ["month", "weekday"])
def test_every_name_is_its_number_alone_in_ranges_and_in_any_case(name):
    names = {text: NAMES[text] for text in names_of(name)}
    for (one, low), (other, high) in itertools.product(names.items(), names.items()):
        assert held(name, f"{one.upper()}-{other.title()}") == held(name, f"{low}-{high}")
        assert held(name, f"{one},{other}") == {low, high}


def test_a_range_whose_ends_are_one_value_is_that_value():
    year = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert counted("0 12 1-1 * *", *year, timedelta(hours=1)) == (12, 12)
    assert counted("0 0 * 5-5 *", *year, timedelta(hours=1)) == (31, 31)
    assert counted("0 0 * * sun-sun", *year, timedelta(hours=1)) == (52, 52)
    assert counted("0-0 * * * * *", year[0], year[0] + timedelta(hours=1), timedelta(seconds=1)) == (60, 60)
    assert counted("5-5/15 3-3 * * *", year[0], year[0] + timedelta(days=2), timedelta(minutes=1)) == (2, 2)


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        # the day field counts beside each form of the weekday, and each form of the day beside the weekday
        ("0 9 15 * MON#2", ["2026-01-12", "2026-01-15", "2026-02-09", "2026-02-15"]),
        ("0 9 15 * L5", ["2026-01-15", "2026-01-30", "2026-02-15", "2026-02-27"]),
        ("0 9 L * MON", ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26", "2026-01-31"]),
        ("0 9 L * L5", ["2026-01-30", "2026-01-31", "2026-02-27", "2026-02-28"]),
        ("0 9 ? * FRI-MON", ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05", "2026-01-09"]),
        ("0 9 30-2 * ?", ["2026-01-01", "2026-01-02", "2026-01-30", "2026-01-31", "2026-02-01"]),
        ("0 9 15W * *", ["2026-01-15", "2026-02-16", "2026-03-16", "2026-04-15"]),
        ("0 9 1W * *", ["2026-01-01", "2026-02-02", "2026-03-02", "2026-04-01"]),
        ("0 9 W31 * *", ["2026-01-30", "2026-02-27", "2026-03-31", "2026-04-30"]),
        ("0 9 29-L 2 *", ["2028-02-29", "2032-02-29"]),
        ("0 9 29 2 ?", ["2028-02-29", "2032-02-29"]),
        ("0 9 * 2 SUN#5", ["2032-02-29", "2060-02-29"]),
        ("0 9 * NOV-FEB/3 MON#1", ["2026-02-02", "2026-11-02", "2027-02-01"]),
        ("0 9 1W,15W,L * *", ["2026-01-01", "2026-01-15", "2026-01-31", "2026-02-02", "2026-02-16"]),
        ("0 9 * * mon#1,fri", ["2026-01-02", "2026-01-05", "2026-01-09"]),
        ("0 9 * * tue-wed#3", ["2026-01-20", "2026-01-21", "2026-02-17", "2026-02-18"]),
        ("0 9 * * L0,LFRI", ["2026-01-25", "2026-01-30", "2026-02-22", "2026-02-27"]),
    ],
)
def test_days_are_those_of_the_calendar(expression, days):
    at, found = datetime(2026, 1, 1, tzinfo=UTC).timestamp(), []
    for _ in days:
        at = next_fire(expression, "UTC", at)
        found.append(datetime.fromtimestamp(at, UTC).date().isoformat())
    assert found == days


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("0 0 LW * *", "write 31W for the last weekday"),
        ("0 0 L-3 * *", "L for the last day"),
        ("0 0 32W * *", '"32W" is not a value for day'),
        ("0 0 0W * *", '"0W" is not a value for day'),
        ("0 0 1-5W * *", '"1-5W" is not a value for day'),
        ("0 0 L/2 * *", '"L/2" is not a value for day'),
        ("0 0 ?,1 * *", '"?,1" is not a value for day'),
        ("? * * * *", '"?" is not a value for minute'),
        ("0 0 * L *", '"L" is not a value for month'),
        ("L * * * *", '"L" is not a value for minute'),
        ("0 0 * * L", "write L5 for the last Friday"),
        ("0 0 * * 5L", "write L5 for the last Friday"),
        ("0 0 * * friL", "write L5 for the last Friday"),
        ("0 0 * * L8", '"L8" is not a value for weekday'),
        ("0 0 * * mon#0", "to MON#5"),
        ("0 0 * * mon#6", "to MON#5"),
        ("0 0 * * mon#", "to MON#5"),
        ("0 0 * * #1", '"#1" is not a value for weekday'),
        ("0 0 * * */2#1", "to MON#5"),
        ("0 0 * * mon#L", "to MON#5"),
        ("0 0 1#2 * *", '"1#2" is not a value for day'),
        ("0 0 * jan#1 *", '"jan#1" is not a value for month'),
        ("0 0 15W 2 mon#x", "to MON#5"),
        ("1,,2 * * * *", '"1,,2" is not a value for minute'),
        ("1- * * * *", '"1-" is not a value for minute'),
        ("-1 * * * *", '"-1" is not a value for minute'),
        ("1-2-3 * * * *", '"1-2-3" is not a value for minute'),
        ("1/2/3 * * * *", "a step is a number"),
        ("*/ * * * *", "a step is a number"),
        ("*/-1 * * * *", "a step is a number"),
        ("*-5 * * * *", '"*-5" is not a value for minute'),
        ("** * * * *", '"**" is not a value for minute'),
        ("1-60 * * * *", '"1-60" is not a value for minute'),
        ("0 24 * * *", '"24" is not a value for hour'),
        ("0 0 * 13 *", '"13" is not a value for month'),
        ("0 0 * january *", '"january" is not a value for month'),
        ("0 0 * mon *", '"mon" is not a value for month'),
        ("0 0 * * jan", '"jan" is not a value for weekday'),
        ("٣ * * * *", '"٣" is not a value for minute'),
        ("1" * 5000 + " * * * *", "at most 1000 characters"),
        ("1" * 900 + " * * * *", "is not a value for minute"),
        ("0 0 31 4-4 *", "no day matches this expression"),
        ("0 0 30-31 feb ?", "no day matches this expression"),
        ("H(0-5) * * * *", "H is not known"),
        ("R * * * *", "`jitter`"),
        ("*/61 * * * *", "write at most 60"),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_what_to_write(expression, says):
    because = check_cron(expression)
    assert because is not None
    assert says in because
    assert "; " in because


def test_the_short_forms_are_what_they_stand_for():
    for name, fields in ALIASES.items():
        assert read_cron(name.upper()) == read_cron(fields)


def a_part(name, *, plain=False):
    first, size = SIZES[name]
    value = st.integers(first, first + size - 1 + (name == "weekday"))
    texts = value.map(str)
    if name in ("month", "weekday"):
        texts |= st.sampled_from(names_of(name))
    span = st.tuples(texts, texts).map("-".join)
    steps = st.integers(1, size)
    stepped = st.tuples(span | texts | st.just("*"), steps).map(lambda two: f"{two[0]}/{two[1]}")
    parts = st.just("*") | texts | span | stepped
    if name == "day" and not plain:
        return parts | st.just("L") | value.map(lambda n: f"{n}W") | value.map(lambda n: f"{n}-L")
    if name == "weekday" and not plain:
        nth = st.tuples(texts | span, st.integers(1, 5)).map(lambda two: f"{two[0]}#{two[1]}")
        return parts | nth | value.map(lambda n: f"L{n}")
    return parts


def a_field(name):
    lists = st.lists(a_part(name), min_size=1, max_size=3).map(",".join)
    return lists | st.just("*") | (st.just("?") if name in ("day", "weekday") else st.nothing())


EXPRESSIONS = st.tuples(*map(a_field, SIZES)).map(" ".join)
WALLS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)).map(lambda at: at.replace(microsecond=0))


@settings(max_examples=300)
@given(EXPRESSIONS, WALLS)
def test_the_next_match_is_the_first_moment_that_matches(expression, wall):
    found = next_match(read_cron(expression).fields, wall)
    if found is None:
        assert check_cron(expression) is not None
        return
    assert found > wall
    assert matches(expression, found)
    fields = expression.split()
    day = wall.date()
    while day < found.date():  # no day before matches, but in what is past of the first one
        if day != wall.date():
            assert not is_day(fields, day), day
        day += timedelta(days=1)
    begin = max(wall + timedelta(seconds=1), datetime.combine(found.date(), datetime.min.time()))
    assert first_of_day(fields, begin) == found
    if found.date() != wall.date() and is_day(fields, wall.date()):
        assert first_of_day(fields, wall + timedelta(seconds=1)) is None


def first_of_day(fields, begin):
    """The first time that matches, from ``begin`` to the end of its day."""
    for hour, minute in itertools.product(range(24), range(60)):
        if not (field_has(fields[2], hour, "hour") and field_has(fields[1], minute, "minute")):
            continue
        for second in range(60):
            at = datetime(begin.year, begin.month, begin.day, hour, minute, second)
            if at >= begin and field_has(fields[0], second, "second"):
                return at
    return None


AGREED = st.tuples(*(a_part(name, plain=True) for name in SIZES)).map(" ".join)


@settings(max_examples=300)
@given(AGREED, WALLS)
def test_croniter_agrees_where_no_range_has_one_value_or_goes_over_the_end(expression, wall):
    """It reads ``a-a`` as everything, steps over the end otherwise, and ``0/2`` in the weekday as Sunday."""
    for name, field in zip(SIZES, expression.split(), strict=True):
        low, dash, high = field.partition("/")[0].partition("-")
        if dash and (number(low) >= number(high) or (name == "weekday" and "7" in (low, high))):
            return
        if name == "weekday" and "/" in field and not dash:
            return
        if name in ("day", "weekday") and field != "*" and is_whole(field, name):
            return  # whether a list of everything restricts a field, it decides by the other field
    if check_cron(expression) is not None:
        return
    theirs = croniter(expression, wall, second_at_beginning=True, max_years_between_matches=50)
    assert next_match(read_cron(expression).fields, wall) == theirs.get_next(datetime)


@given(st.text(alphabet="0123456789*/,-#L?@WHR adilymonfrsujet", max_size=24) | st.text(max_size=20))
def test_any_text_is_read_or_refused_with_what_to_write(text):
    because = check_cron(text)
    assert because is None or "; " in because
