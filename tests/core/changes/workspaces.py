"""Random workspaces as plain trees, other ways to write them, and mutations of one definition."""

from __future__ import annotations

import copy
import json
from random import Random

import yaml

SECTIONS = ("actions", "tasks", "triggers", "connections", "connection_types", "secrets")
KIND = {
    "actions": "action", "tasks": "task", "triggers": "trigger", "connections": "connection",
    "connection_types": "connection_type", "secrets": "secret",
}  # fmt: skip


def workspace(random: Random) -> dict:
    """Definitions without errors that use each other."""
    secrets = {f"S{n}": f"{{{{ env.S{n} }}}}" for n in range(random.randint(1, 3))}
    types = {"site": {"host": {"type": "string", "required": True}, "port": {"type": "integer", "default": 80}}}
    connections = {f"c{n}": {"type": "site", "host": f"h{n}.example", "port": random.randint(1, 9)} for n in range(2)}
    actions = {f"a{n}": action(random, sorted(secrets)) for n in range(random.randint(1, 3))}
    tasks: dict = {}
    for number in range(random.randint(1, 4)):
        tasks[f"t{number}"] = task(random, sorted(actions), list(tasks))
    triggers = {f"g{n}": trigger(random, n, sorted(tasks)) for n in range(random.randint(0, 3))}
    return {
        "actions": actions, "tasks": tasks, "triggers": triggers, "connections": connections,
        "connection_types": types, "secrets": secrets,
        "on_error": [{"action": "a0", "input": {"who": "{{ hook.task_name }}"}}],
    }  # fmt: skip


def action(random: Random, secrets: list[str]) -> dict:
    found = {
        "type": "shell",
        "input": {"who": {"type": "string", "default": "me"}, "level": {"type": "string", "options": ["low", "high"]}},
        "cmd": random.choice(["echo {{ input.who }}", "ls -l", "printf '%s' {{ input.who }}\n"]),
        "timeout": random.choice([60, 90, 3600]),
    }
    if random.random() < 0.5:
        found["env"] = {"TOKEN": f"{{{{ secret.{random.choice(secrets)} }}}}", "MODE": "fast"}
    if random.random() < 0.5:
        found["output"] = {"image": {"type": "string", "required": True}}
    if random.random() < 0.5:
        found["retry"] = {"max_attempts": 3, "delay": 60}
    return found


def task(random: Random, actions: list[str], others: list[str]) -> dict:
    flow: dict = {}
    for number in range(random.randint(1, 4)):
        flow[f"s{number}"] = step(random, actions, others, list(flow))
    found = {"description": "A task", "input": {"name": {"type": "string", "default": "x"}}, "flow": flow}
    if random.random() < 0.5:
        found["timeout"] = random.choice([60, 120])
    if random.random() < 0.3:
        found["concurrency"] = {"group": "g {{ input.name }}", "limit": 2}
    if random.random() < 0.3:
        found["on_success"] = [{"action": random.choice(actions), "input": {"who": "{{ hook.job_id }}"}}]
    if random.random() < 0.3:
        found["labels"] = {"team": "ops", "tier": "1"}
    return found


def step(random: Random, actions: list[str], others: list[str], before: list[str]) -> dict:
    shape = random.choice(["action", "shell", "task"] if others else ["action", "shell"])
    if shape == "action":
        found: dict = {"action": random.choice(actions), "input": {"who": "{{ input.name }}", "level": "low"}}
    elif shape == "shell":
        found = {"type": "shell", "cmd": random.choice(["echo {{ input.name }}", "true"])}
    else:
        found = {"type": "task", "task": random.choice(others), "input": {"name": "{{ input.name }}"}}
    needs = random.sample(before, random.randint(0, len(before)))
    if needs:
        found["depends_on"] = needs
    if random.random() < 0.3:
        found["when"] = "input.name != 'nobody'"
    if random.random() < 0.3:
        found["retry"] = {"max_attempts": 2, "delay": 3600}
    return found


def trigger(random: Random, number: int, tasks: list[str]) -> dict:
    target = random.choice(tasks)
    return random.choice([
        {"type": "scheduler", "cron": "0 3 * * *", "task": target, "input": {"name": "nightly"}, "jitter": 60},
        {"type": "webhook", "name": f"w{number}", "task": target, "input": {"name": "{{ input.method }}"}},
        {"type": "push", "task": target, "paths": ["src/**"]},
        {"type": "event", "on": {"task": tasks[0], "status": "failed"}, "task": target},
    ])  # fmt: skip


#: Lengths of time by what they may be written as.
SPELLINGS = {60: [60, "60s", "1m"], 90: [90, "90s", "1m30s"], 120: ["2m", 120], 3600: ["1h", "60m", 3600]}


def respelled(random: Random, value: object, key: str = "") -> object:
    """The same meaning, written in another way."""
    if isinstance(value, dict):
        members = [(name, respelled(random, member, name)) for name, member in value.items()]
        random.shuffle(members)
        return dict(members)
    if isinstance(value, list):
        members = [respelled(random, member) for member in value]
        if key == "depends_on":
            random.shuffle(members)
            return [{"step": each, "accept": ["completed"]} if random.random() < 0.3 else each for each in members]
        return members
    if key in ("timeout", "delay", "jitter") and value in SPELLINGS:
        return random.choice(SPELLINGS[value])
    if key == "when" and isinstance(value, str) and random.random() < 0.5:
        return "{{  " + value + " }}"
    if key == "cron":
        return random.choice([value, "0 3 * * 0-7", "0  3 */1 * *"])
    if key == "status" and random.random() < 0.5:
        return [value]
    if key == "cmd" and isinstance(value, str):
        value = value.rstrip("\n") + random.choice(["", "\n"])
    if isinstance(value, str) and "{{ " in value and random.random() < 0.5:
        return value.replace("{{ ", "{{").replace(" }}", "   }}")
    return value


def files(random: Random, tree: dict) -> dict[str, str]:
    """The tree as YAML, spread over files at random, in one style or the other."""
    parts: dict[str, dict] = {}
    for section, members in tree.items():
        if isinstance(members, list):
            parts.setdefault(f"f{random.randint(0, 2)}.yaml", {})[section] = members
            continue
        for name, member in members.items():
            parts.setdefault(f"f{random.randint(0, 2)}.yaml", {}).setdefault(section, {})[name] = member
    return {name: text(random, part) for name, part in parts.items()}


def text(random: Random, part: dict) -> str:
    lead = random.choice(["", "# written by hand\n\n"])
    if random.random() < 0.3:
        return lead + json.dumps(part, indent=random.choice([None, 4])) + "\n"
    flow, width = random.choice([None, False]), random.choice([40, 1000])
    return lead + yaml.safe_dump(part, sort_keys=False, default_flow_style=flow, width=width)


def mutated(random: Random, tree: dict) -> tuple[dict, str, str]:
    """The tree with one definition changed, and the kind and name of that."""
    new = copy.deepcopy(tree)
    section = random.choice([section for section in SECTIONS if new[section]] + ["on_error"])
    if section == "on_error":
        new[section][0]["input"]["who"] = "somebody else"
        return new, "hook", "on_error.a0"
    name = random.choice(sorted(new[section]))
    MUTATIONS[section](random, new[section], name)
    return new, KIND[section], name


def _secret(random: Random, members: dict, name: str) -> None:
    members[name] = "{{ env.OTHER }}"


def _connection(random: Random, members: dict, name: str) -> None:
    members[name] |= random.choice([{"host": "other.example"}, {"port": 4711}])


def _connection_type(random: Random, members: dict, name: str) -> None:
    members[name] |= random.choice([
        {"user": {"type": "string"}},
        {"port": {"type": "integer", "default": 8080}},
        {"host": {"type": "string", "required": True, "description": "Where it is"}},
    ])  # fmt: skip


def _action(random: Random, members: dict, name: str) -> None:
    members[name] |= random.choice([
        {"cmd": "pwd"}, {"timeout": 77}, {"description": "New"}, {"tags": ["linux"]}, {"env": {"OTHER": "1"}},
        {"env": {"NEW": "{{ secret.S0 }} again"}},
        {"retry": {"max_attempts": 9}}, {"output": {"image": {"type": "string"}, "size": {"type": "integer"}}},
        {"input": members[name]["input"] | {"more": {"type": "integer"}}}, {"type": "python", "cmd": None, "code": "1"},
    ])  # fmt: skip
    members[name] = {key: value for key, value in members[name].items() if value is not None}


def _task(random: Random, members: dict, name: str) -> None:
    task = members[name]
    step = random.choice(sorted(task["flow"]))
    random.choice([
        lambda: task.update(description="Another"),
        lambda: task.update(priority=7),
        lambda: task.update(folder="prod"),
        lambda: task.update(timeout=4711),
        lambda: task.update(output={"all": "{{ input.name }}"}),
        lambda: task["input"].update(more={"type": "integer"}),
        lambda: task["flow"].update(extra={"type": "shell", "cmd": "echo extra"}),
        lambda: task["flow"][step].update(continue_on_failure=True),
        lambda: task["flow"][step].update(when="input.name == 'a'"),
        lambda: task["flow"][step].update(timeout=5),
        lambda: task.update(on_error=[{"action": "a0"}]),
    ])()  # fmt: skip


def _trigger(random: Random, members: dict, name: str) -> None:
    members[name] |= random.choice([{"enabled": False}, {"description": "New"}, {"input": {"name": "other"}}])


MUTATIONS = {
    "secrets": _secret, "connections": _connection, "connection_types": _connection_type, "actions": _action,
    "tasks": _task, "triggers": _trigger,
}  # fmt: skip
