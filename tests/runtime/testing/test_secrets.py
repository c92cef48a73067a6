"""No test reads a real secret: what it gives stands in for all of them."""

from __future__ import annotations

from workshop import told

FLOW = """
secrets:
  TOKEN: "{{ env.REAL_TOKEN }}"
  FILE: "{{ file('/etc/hostname') }}"
  DB: {user: "{{ env.DB_USER }}", password: "{{ env.DB_PASSWORD }}"}
connection_types: {db: {password: {secret: true}, host: {}}}
connections: {main: {type: db, host: localhost, password: "{{ secret.DB.password }}"}}
tasks:
  t:
    input: {db: {type: db, default: main}}
    flow:
      use: {type: shell, cmd: "use {{ input.token }}", input: {token: "{{ secret.TOKEN }}"}}
      other: {type: shell, cmd: "other", input: {password: "{{ secret.DB.password }}"}}
"""
GIVEN = "secrets: {TOKEN: test-token, DB: {user: u, password: test-password}}"


def test_secrets_are_what_the_test_gives_and_stay_masked(workshop, monkeypatch):
    monkeypatch.setenv("REAL_TOKEN", "the real one")
    workshop.define(FLOW)
    result = workshop.run_one(f"""
task: t
{GIVEN}
mocks: {{use: {{}}, other: {{}}}}
expect: {{steps: {{use: {{input: {{token: "••••••"}}}}, other: {{input: {{password: "••••••"}}}}}}}}
""")
    assert told(result) == []


def test_a_secret_that_the_test_does_not_give_fails_it_and_is_named(workshop, monkeypatch):
    monkeypatch.setenv("REAL_TOKEN", "the real one")
    workshop.define(FLOW)
    result = workshop.run_one("task: t\nmocks: {use: {}, other: {}}\nexpect: {status: failed}")
    assert [one.what for one in result.failures] == [
        'the test has no value for the secret "TOKEN"',
        'the test has no value for the secret "DB"',
    ]
    assert "secrets: {TOKEN: …}" in result.failures[0].hint


def test_a_real_step_is_given_the_secrets_of_the_test_and_nothing_of_the_environment(workshop, monkeypatch):
    monkeypatch.setenv("REAL_TOKEN", "the real one")
    workshop.define("""
secrets: {TOKEN: "{{ env.REAL_TOKEN }}"}
tasks: {t: {flow: {a: {type: shell, cmd: 'test "{{ secret.TOKEN }}" = given && test -z "$REAL_TOKEN"'}}}}
""")
    assert told(workshop.run_one("task: t\nreal: [a]\nsecrets: {TOKEN: given}")) == []


def test_a_value_that_looks_like_a_template_is_a_value(workshop):
    workshop.define("""
secrets: {TOKEN: "{{ env.REAL_TOKEN }}"}
tasks:
  t:
    flow:
      a: {type: shell, cmd: 'test "{{ secret.TOKEN }}" = "{{ input.same }}"', input: {same: "{{ '{{' }} x"}}
""")
    assert told(workshop.run_one("task: t\nreal: [a]\nsecrets: {TOKEN: '{{ x'}")) == []


def test_a_secret_in_an_output_is_sealed_in_the_memory_of_the_test(workshop):
    workshop.define("""
secrets: {TOKEN: "{{ env.REAL_TOKEN }}"}
tasks: {t: {flow: {a: {type: shell, cmd: "a {{ secret.TOKEN }}"}, b: {type: shell, cmd: b, depends_on: [a]}}}}
""")
    result = workshop.run_one("""
task: t
secrets: {TOKEN: long-enough}
mocks: {a: {output: {url: "https://long-enough@host"}}, b: {}}
expect: {steps: {a: {output: {url: "https://long-enough@host"}}}}
""")
    assert told(result) == []
