"""When schedules fire, and what is said of those that never can."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from gitflow.core.language.cron import CronError, check_cron, check_timezone, next_fire, parse_cron
from gitflow.core.language.cron_times import next_match


def at(text):
    return datetime.fromisoformat(text).timestamp()


def fires(expression, zone, after, times):
    """The next times, as the wall shows them, with the offset from UTC."""
    moment, shown = at(after), []
    for _ in range(times):
        moment = next_fire(expression, zone, moment)
        shown.append(datetime.fromtimestamp(moment, ZoneInfo(zone)).isoformat())
    return shown


@pytest.mark.parametrize(
    ("expression", "following"),
    [
        ("0 2 * * *", "2026-01-02T02:00:00"),
        ("0 0 2 * * *", "2026-01-02T02:00:00"),
        ("30 0 2 * * *", "2026-01-02T02:00:30"),
        ("*/5 * * * *", "2026-01-01T12:05:00"),
        ("*/10 * * * * *", "2026-01-01T12:00:10"),
        ("@daily", "2026-01-02T00:00:00"),
        ("@HOURLY", "2026-01-01T13:00:00"),
        ("@weekly", "2026-01-04T00:00:00"),
        ("@monthly", "2026-02-01T00:00:00"),
        ("@yearly", "2027-01-01T00:00:00"),
        ("0 0 L * *", "2026-01-31T00:00:00"),
        ("0 9 * * MON#2", "2026-01-12T09:00:00"),
        ("0 9 * * L5", "2026-01-30T09:00:00"),
        ("0 9 * MAR THU", "2026-03-05T09:00:00"),
        ("0 9 * * mon-fri", "2026-01-02T09:00:00"),
        ("0 9 * * 7", "2026-01-04T09:00:00"),
        ("0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 12 1 1 *", "2027-01-01T12:00:00"),
    ],
)
def test_a_schedule_fires_at_the_next_match(expression, following):
    assert next_fire(expression, "UTC", at("2026-01-01T12:00:00+00:00")) == at(following + "+00:00")


@pytest.mark.parametrize(
    ("expression", "because"),
    [
        ("61 * * * *", '"61" is not a value for minute'),
        ("0 25 * * *", '"25" is not a value for hour'),
        ("0 0 0 * *", '"0" is not a value for day'),
        ("0 0 * foo *", '"foo" is not a value for month'),
        ("0 0 * * 8", '"8" is not a value for weekday'),
        ("99 0 0 * * *", '"99" is not a value for second'),
        ("* * *", "this one has 3"),
        ("* * * * * * 2027", "this one has 7"),
        ("", "this one has 0"),
        ("@dayly", 'did you mean "@daily"?'),
        ("@reboot", "is not known"),
        ("@every 5m", "is not known"),
        ("H * * * *", "H is not known"),
        ("R * * * *", "`jitter`"),
        ("*/0 * * * *", "is not a value for minute"),
        ("*/70 * * * *", "a step of 70"),
        ("0 0 30 2 *", "no day matches this expression"),
        ("-1 * * * *", "is not a value for minute"),
    ],
)
def test_what_is_no_schedule_says_why(expression, because):
    assert because in (check_cron(expression) or "")
    with pytest.raises(CronError):
        next_fire(expression, "UTC", 0)


def test_a_fixed_time_that_the_clocks_skip_fires_once_when_they_have():
    assert fires("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00", 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]
    assert fires("10,40 2 * * *", "America/New_York", "2026-03-07T12:00:00-05:00", 2) == [
        "2026-03-08T03:00:00-04:00",
        "2026-03-09T02:10:00-04:00",
    ]


def test_a_fixed_time_that_comes_twice_fires_once():
    assert fires("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]
    assert fires("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00+11:00", 2) == [
        "2026-04-05T01:45:00+11:00",
        "2026-04-06T01:45:00+10:30",
    ]


def test_a_repeating_schedule_fires_through_both_changes():
    assert fires("*/30 * * * *", "Europe/Berlin", "2026-03-29T01:15:00+01:00", 3) == [
        "2026-03-29T01:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-29T03:30:00+02:00",
    ]
    assert fires("0,30 * * * *", "Europe/Berlin", "2026-10-25T02:15:00+02:00", 4) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]
    assert fires("@hourly", "America/Sao_Paulo", "2026-01-01T00:00:00-03:00", 1) == ["2026-01-01T01:00:00-03:00"]


def test_a_zone_without_midnight_on_one_day_still_fires_daily():
    assert fires("@daily", "America/Santiago", "2026-09-05T12:00:00-04:00", 2) == [
        "2026-09-06T01:00:00-03:00",
        "2026-09-07T00:00:00-03:00",
    ]


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]
MOMENTS = st.floats(at("2020-01-01T00:00:00+00:00"), at("2035-01-01T00:00:00+00:00"))


@given(st.sampled_from(ZONES), MOMENTS)
def test_every_quarter_of_an_hour_is_a_quarter_of_an_hour(zone, after):
    following = next_fire("*/15 * * * *", zone, after)
    assert after < following <= after + 900
    assert following % 900 == 0


@given(st.sampled_from(ZONES), MOMENTS, st.integers(0, 23), st.integers(0, 59))
def test_a_daily_time_fires_once_on_every_day_of_the_wall(zone, after, hour, minute):
    first = next_fire(f"{minute} {hour} * * *", zone, after)
    second = next_fire(f"{minute} {hour} * * *", zone, first)
    days = [datetime.fromtimestamp(moment, ZoneInfo(zone)).date() for moment in (first, second)]
    assert first > after
    assert days[1] - days[0] == timedelta(days=1)


FIELDS = [
    (st.integers(0, 59), "*/7", "10-20", "5,50", "*"),
    (st.integers(0, 59), "*/30", "10-20", "0,59", "*"),
    (st.integers(0, 23), "*/5", "22-23", "0,12", "*"),
    (st.integers(1, 31), "*/9", "28-31", "1,15", "*", "*", "?"),
    (st.integers(1, 12), "*/5", "jan-mar", "2,6", "*", "*"),
    (st.integers(0, 7), "*/2", "mon-fri", "sat,sun", "*", "*"),
]
EXPRESSION = st.tuples(
    *(st.one_of([one if not isinstance(one, str) else st.just(one) for one in field]) for field in FIELDS)
)


@given(EXPRESSION, MOMENTS)
def test_every_match_is_the_one_that_croniter_finds(fields, after):
    expression, wall = " ".join(map(str, fields)), datetime.fromtimestamp(after // 1, UTC).replace(tzinfo=None)
    try:
        cron = parse_cron(expression)
    except CronError:
        return
    found = croniter(expression, wall, second_at_beginning=True, max_years_between_matches=50).get_next(datetime)
    assert next_match(cron.fields, wall) == found


def test_a_time_that_comes_twice_fires_twice_on_the_last_day_that_matches():
    """What matches next, by clocks that are about to change, is weeks away."""
    assert fires("*/30 2 25-31 * *", "Europe/Berlin", "2027-10-31T02:30:00+02:00", 3) == [
        "2027-10-31T02:00:00+01:00",
        "2027-10-31T02:30:00+01:00",
        "2027-11-25T02:00:00+01:00",
    ]


@given(st.text(alphabet="0123456789*/,-#L?@ adilymonhRW", max_size=20))
def test_any_text_is_a_schedule_or_says_why_not(text):
    because = check_cron(text)
    assert because != ""
    if because is None:
        assert parse_cron(text) is parse_cron(text)
        assert next_fire(text, "UTC", datetime(2026, 1, 1, tzinfo=UTC).timestamp()) > 0


def test_an_unknown_time_zone_gets_a_near_name():
    assert check_timezone("Europe/Berlin") is None
    assert 'did you mean "Europe/Berlin"?' in (check_timezone("europe/berlin") or "")
    assert 'did you mean "Europe/Berlin"?' in (check_timezone("Europe/Berln") or "")
    assert check_timezone("") is not None
    assert check_timezone("../etc/passwd") is not None
    assert check_timezone("Europe") is not None
