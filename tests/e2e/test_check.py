"""``gitflow check``: one verdict over real repositories, in every format, and policies that a change cannot loosen."""

import json
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import jsonschema
import pytest
import sarif_pydantic

from committing import commit, git, init

SCHEMAS = Path(__file__).parents[2] / "schemas"

POLICY = """
rules:
  person:
    match: {tasks: ["prod/*"]}
    require_approval: {approvers: [managers]}
    message: Ask a manager.
"""
GUARDED = """
tasks:
  deploy:
    folder: prod
    flow:
      ask: {type: approval, approvers: [managers]}
      push: {type: shell, cmd: ./push, depends_on: [ask]}
"""
BARE = GUARDED.replace(", depends_on: [ask]", "")


def checked(gitflow, *words: str, status: int):
    """What ``--format json`` says, which its schema allows."""
    done = gitflow("check", "--format", "json", *words)
    assert (done.returncode, done.stderr) == (status, "")
    found = json.loads(done.stdout)
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / "check.json").read_text())).validate(found)
    assert found["passed"] is (status == 0)
    return found


def rules(found) -> list[tuple[str, str]]:
    return [(problem["severity"], problem["rule"]) for problem in found["plan"]["problems"]]


@pytest.fixture
def first(gitflow) -> str:
    init(gitflow.folder)
    gitflow.write(".workflows/policy.yaml", POLICY)
    return commit(gitflow.folder, GUARDED, "first")


def test_nothing_changed_and_nothing_is_wrong(gitflow, first):
    found = checked(gitflow, status=0)
    assert (found["violations"], found["policy_changes"], found["plan"]["changes"]) == ([], [], [])


def test_a_violation_names_its_place_and_that_of_the_rule(gitflow, first):
    gitflow.write(".workflows/a.yaml", BARE)
    [violation] = checked(gitflow, status=1)["violations"]
    assert (violation["rule"], violation["demand"]) == ("person", "require_approval")
    assert (violation["rule_file"], violation["rule_line"]) == (".workflows/policy.yaml", 3)
    assert (violation["problem"]["file"], violation["problem"]["line"]) == (".workflows/a.yaml", 7)


def test_errors_of_the_definitions_are_among_the_problems(gitflow, first):
    gitflow.write(".workflows/a.yaml", GUARDED.replace("[ask]", "[asked]"))
    assert ("error", "unknown-step") in rules(checked(gitflow, status=1))


def test_a_broken_test_file_fails_the_check(gitflow, first):
    gitflow.write(".workflows/a.test.yaml", "tests: {ships: {task: deplyo}}\n")
    found = checked(gitflow, status=1)
    assert rules(found) == [("error", "unknown-task")]
    [problem] = found["plan"]["problems"]
    assert (problem["file"], problem["line"], problem["hint"]) == (
        ".workflows/a.test.yaml",
        1,
        'did you mean "deploy"?',
    )


@pytest.mark.parametrize(
    "policy", ["rules: {}\n", None, POLICY.replace("person:", "person:\n    level: warning"), "rules: [\n"]
)
def test_a_change_cannot_loosen_the_policy_that_it_is_judged_by(gitflow, first, policy):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    if policy is None:
        (gitflow.folder / ".workflows/policy.yaml").unlink()
    else:
        gitflow.write(".workflows/policy.yaml", policy)
    commit(gitflow.folder, BARE)
    found = checked(gitflow, status=1)
    assert [violation["rule"] for violation in found["violations"]] == ["person"]
    assert found["violations"][0]["problem"]["severity"] == "error"


def test_a_change_of_the_policy_is_reported_as_such(gitflow, first):
    gitflow.write(".workflows/policy.yaml", POLICY.replace("person", "people") + "  few: {max_retries: 2}\n")
    found = checked(gitflow, status=0)
    assert [(each["rule"], each["change"]) for each in found["policy_changes"]] == [
        ("few", "added"), ("people", "added"), ("person", "removed"),
    ]  # fmt: skip
    assert rules(found) == [("warning", "policy-change")] * 3


def test_a_policy_that_only_looks_different_has_not_changed(gitflow, first):
    gitflow.write(".workflows/policy.yaml", "# why\n" + POLICY.replace('["prod/*"]', "[ prod/* ]"))
    assert checked(gitflow, status=0)["policy_changes"] == []


def test_a_new_rule_warns_of_what_it_will_refuse(gitflow, first):
    gitflow.write(".workflows/policy.yaml", POLICY + "  described: {require_fields: [description]}\n")
    found = checked(gitflow, status=0)
    assert found["violations"] == []
    assert ("warning", "described") in rules(found)


def test_a_broken_policy_of_the_base_lets_nothing_pass(gitflow):
    init(gitflow.folder)
    gitflow.write(".workflows/policy.yaml", "rules: {a: {}}\n")
    commit(gitflow.folder, GUARDED)
    gitflow.write(".workflows/policy.yaml", POLICY)
    assert ("error", "bad-policy") in rules(checked(gitflow, status=1))


def test_the_first_commit_is_judged_by_its_own_policy(gitflow):
    init(gitflow.folder)
    gitflow.write(".workflows/policy.yaml", POLICY)
    gitflow.write(".workflows/a.yaml", BARE)
    assert [each["rule"] for each in checked(gitflow, status=1)["violations"]] == ["person"]


def test_a_commit_that_adds_a_workspace_in_a_folder_is_judged_by_its_policy(gitflow, first):
    gitflow.write("infra/.workflows/policy.yaml", POLICY)
    gitflow.write("infra/.workflows/a.yaml", BARE)
    for words in ((), ("--base", "HEAD")):
        found = checked(gitflow, "infra", *words, status=1)
        assert rules(found) == [("error", "person")]
        assert {change["change"] for change in found["plan"]["changes"]} == {"added"}
    done = gitflow("plan", "HEAD", "-w", "infra")
    assert (done.returncode, done.stderr, "1 added" in done.stdout) == (0, "", True)


def test_a_breaking_change_needs_its_trailer_and_alone_fails_nothing(gitflow, first):
    breaking = GUARDED.replace("flow:", "input: {to: {required: true}}\n    flow:")
    gitflow.write(".workflows/a.yaml", breaking)
    found = checked(gitflow, status=0)
    assert found["plan"]["summary"]["breaking"] == 1
    gitflow.write(".workflows/policy.yaml", "rules: {promised: {allow_breaking: trailer}}\n")
    base = commit(gitflow.folder, GUARDED)
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    gitflow.write(".workflows/a.yaml", breaking)
    assert rules(checked(gitflow, status=0)) == [("warning", "promised")]
    commit(gitflow.folder, breaking, "Ask for to")
    assert rules(checked(gitflow, status=1)) == [("error", "promised")]
    git(gitflow.folder, "commit", "-q", "--amend", "-m", "Ask for to\n\nBreaking: yes")
    assert rules(checked(gitflow, "--base", base, status=0)) == []


def test_a_review_is_taken_at_its_word_on_the_command_line(gitflow, first):
    gitflow.write(".workflows/policy.yaml", "rules: {owned: {match: {tasks: [prod/*]}, owners: [managers]}}\n")
    base = commit(gitflow.folder, GUARDED)
    commit(gitflow.folder, GUARDED.replace("./push", "./put"))
    assert rules(checked(gitflow, "--base", base, status=1)) == [("error", "owned")]
    assert rules(checked(gitflow, "--base", base, "--reviewed-by", "managers", status=0)) == []


def test_only_a_valid_signature_of_an_owner_counts(gitflow, first, tmp_path):
    gitflow.write(".workflows/policy.yaml", "rules: {owned: {match: {tasks: [prod/*]}, owners: [ann@example.com]}}\n")
    base = commit(gitflow.folder, GUARDED)
    commit(gitflow.folder, GUARDED.replace("./push", "./put"))
    keys = {}
    for who in ("ann", "bob"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / who)], check=True)
        keys[who] = (tmp_path / f"{who}.pub").read_text()
    allowed = tmp_path / "allowed"
    allowed.write_text("".join(f"{who}@example.com {key}" for who, key in keys.items()))

    def sign(who: str) -> None:
        signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={tmp_path / who}")
        git(gitflow.folder, *signing, "commit", "-q", "--amend", "--no-edit", "-S")

    sign("bob")
    words = ("--base", base, "--allowed-signers", str(allowed))
    assert rules(checked(gitflow, *words, status=1)) == [("error", "owned")]
    sign("ann")
    assert rules(checked(gitflow, *words, status=0)) == []
    assert rules(checked(gitflow, "--base", base, status=1)) == [("error", "owned")]
    (gitflow.folder / ".workflows/a.yaml").write_text(GUARDED.replace("./push", "./shove"))
    assert rules(checked(gitflow, *words, status=0)) == [("warning", "owned")]
    git(gitflow.folder, "commit", "-q", "--amend", "-m", "Push\n\nCommitted-by-API: Test <test@localhost>")
    (gitflow.folder / ".workflows/a.yaml").write_text(GUARDED.replace("./push", "./put"))
    git(gitflow.folder, "add", "-A")
    sign("ann")  # as if the server's key were known by her name
    assert rules(checked(gitflow, *words, status=1)) == [("error", "owned")]


def test_the_owners_of_a_task_own_the_file_that_its_command_names(gitflow):
    init(gitflow.folder)
    gitflow.write(".workflows/policy.yaml", 'rules: {owned: {match: {tasks: ["prod/*"]}, owners: [ann]}}\n')
    gitflow.write("push", "true\n")
    commit(gitflow.folder, GUARDED, "first")
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    gitflow.write("push", "false\n")
    commit(gitflow.folder, GUARDED)
    [violation] = checked(gitflow, status=1)["violations"]
    assert (violation["rule"], violation["problem"]["file"]) == ("owned", "push")
    checked(gitflow, "--reviewed-by", "ann", status=0)


def test_exit_codes_of_wrong_usage(gitflow, first):
    assert gitflow("check", "--base", "nowhere").returncode == 2
    assert gitflow("check", "no-folder").returncode == 2
    assert gitflow("check", "--format", "xml").returncode == 2
    assert gitflow("check", ".", ".").returncode == 2


# Formats. The workspace is a folder of the repository, and its names are hostile.


HOSTILE = "infra/.workflows/50%,a`b.yaml"


@pytest.fixture
def below(gitflow) -> None:
    """A workspace in a folder below the repository's top, with a violation in it."""
    init(gitflow.folder)
    gitflow.write("infra/.workflows/policy.yaml", POLICY)
    commit(gitflow.folder, GUARDED, name=HOSTILE)
    gitflow.write(HOSTILE, BARE)


def test_nothing_is_judged_where_a_shallow_clone_lacks_the_base(gitflow, first, tmp_path):
    git(gitflow.folder, "checkout", "-q", "-b", "topic")
    commit(gitflow.folder, BARE)
    git(gitflow.folder, "checkout", "-q", "main")
    shallow = ["clone", "-q", "--depth", "1", "--branch", "topic"]
    git(gitflow.folder, *shallow, f"file://{gitflow.folder}", str(tmp_path / "shallow"))
    gitflow.folder = tmp_path / "shallow"
    for words in ((), ("--base", first), ("--base", "HEAD~1")):
        done = gitflow("check", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "git fetch --unshallow" in done.stderr
    git(gitflow.folder, "fetch", "-q", "--unshallow")
    assert gitflow("check", "--base", first).returncode == 1


def test_text(gitflow, below):
    done = gitflow("check", "infra")
    assert done.returncode == 1
    assert f'{HOSTILE}:7:7  step "push" of task "prod/deploy" can run without an approval' in done.stdout


def test_annotations_of_github_are_on_the_lines_of_the_repository(gitflow, below, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = gitflow("check", "infra", "--format", "github", env={"GITHUB_STEP_SUMMARY": str(summary)})
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert all(line.startswith(("::notice ", "::warning ", "::error ")) for line in lines)
    [error] = [line for line in lines if line.startswith("::error ")]
    assert error.startswith("::error file=infra/.workflows/50%25%2Ca`b.yaml,line=7,col=7,title=person::step ")
    assert summary.read_text().startswith("before\n### Plan: 1 change")
    assert f"``{HOSTILE}:7:7``" in summary.read_text()


def test_code_quality_of_gitlab(gitflow, below):
    found = json.loads(gitflow("check", "infra", "--format", "gitlab").stdout)
    [violation] = [each for each in found if each["check_name"] == "person"]
    assert (violation["severity"], violation["location"]) == (
        "major", {"path": HOSTILE, "lines": {"begin": 7}},
    )  # fmt: skip
    assert set(violation) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert len({each["fingerprint"] for each in found}) == len(found)


def test_a_fingerprint_of_gitlab_survives_lines_above(gitflow, below):
    def fingerprints() -> list[str]:
        return [each["fingerprint"] for each in json.loads(gitflow("check", "infra", "--format", "gitlab").stdout)]

    before = fingerprints()
    path = gitflow.folder / HOSTILE
    path.write_text("# a line\n" + path.read_text())
    assert fingerprints() == before


def test_sarif(gitflow, below):
    text = gitflow("check", "infra", "--format", "sarif").stdout
    sarif_pydantic.Sarif.model_validate_json(text)
    found = json.loads(text)
    [run] = found["runs"]
    [result] = [each for each in run["results"] if each["ruleId"] == "person"]
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "infra/.workflows/50%25%2Ca%60b.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 7},
    }


def test_junit(gitflow, below):
    suites = xml.fromstring(gitflow("check", "infra", "--format", "junit").stdout)
    assert suites.get("failures") == "1"
    [failure] = suites.iter("failure")
    assert failure.get("type") == "person"


def test_markdown(gitflow, below):
    done = gitflow("check", "infra", "--format", "markdown")
    assert done.stdout.startswith("### Plan: 1 change")
    assert f"- error ``{HOSTILE}:7:7`` " in done.stdout
