"""``python -m storms [NAME…] [--seed N] [--seconds N] [--count N]``: runs the named storms, or all."""

from __future__ import annotations

import argparse
import os
import secrets
import sys

from storms import (
    agents,
    databases,
    faults,
    judgement,
    kill,
    kill_server,
    mutate,
    schedule,
    scripts,
    simulate,
    soak,
    store,
    takeover,
)

STORMS = {
    "kill": kill.storm,
    "kill_server": kill_server.storm,
    "mutate": mutate.storm,
    "schedule": schedule.storm,
    "scripts": scripts.storm,
    "judgement": judgement.storm,
    "simulate": simulate.storm,
    "agents": agents.storm,
    "takeover": takeover.storm,
    "faults": faults.storm,
    "store": store.storm,
    "soak": soak.storm,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="storms", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(STORMS)}; all, if none is named")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32), help="repeats the chances of a run")
    parser.add_argument("--jobs", type=int, help="how many jobs the simulations are given from outside")
    parser.add_argument("--seconds", type=float, help="how long the server is soaked, or scripts are run")
    parser.add_argument("--count", type=int, help="how many accepted scripts are run")
    parser.add_argument("--store", choices=databases.STORES, help="what the jobs of servers are stored in")
    given = parser.parse_args()
    if given.store is not None:
        os.environ[databases.VARIABLE] = given.store
    if given.jobs is not None:
        simulate.JOBS = agents.JOBS = given.jobs
    if given.seconds is not None:
        soak.SECONDS = scripts.SECONDS = given.seconds
    if given.count is not None:
        scripts.COUNT, scripts.SECONDS = given.count, None
    unknown = set(given.names) - STORMS.keys()
    if unknown:
        parser.error(f"there is no storm named {', '.join(sorted(unknown))}")
    failed = False
    for name in given.names or STORMS:
        print(f"{name}: seed {given.seed}", flush=True)
        findings, figures = STORMS[name](given.seed)
        print(f"{name}: " + ", ".join(f"{count} {what}" for what, count in figures.items()))
        for finding in findings:
            print(f"{name}: WRONG: {finding}")
        failed = failed or bool(findings)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
