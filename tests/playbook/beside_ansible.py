#!/usr/bin/env python3
"""Plays playbooks with cef and with ansible-playbook, each in a copy of the folder, and compares what came of them: the
recap's counts, which tasks ran how on which host, and what `debug` said.

    beside_ansible.py CEF FOLDER [NAME...]
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

COUNTS = {"ok": "ok", "changed": "changed", "unreachable": "unreachable", "failures": "failed", "skipped": "skipped",
          "rescued": "rescued", "ignored": "ignored"}


def speaks(action, status):
    """Whether a task's `msg` is compared: what went wrong is said in other words."""
    return action in ("assert", "fail") or (action == "debug" and status != "failed")


def run(command, folder, more):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **more}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def said(result):
    """What a task said, without what differs from run to run."""
    if "results" in result:
        return [said(each) for each in result["results"]]
    return result.get("msg")


def word(result):
    if result.get("unreachable"):
        return "unreachable"
    if result.get("failed"):
        return "failed"
    if result.get("skipped"):
        return "skipping"
    return "changed" if result.get("changed") else "ok"


def of_ansible(folder, name):
    done = run(["ansible-playbook", "-i", "hosts.ini", name], folder,
               {"ANSIBLE_STDOUT_CALLBACK": "beside_report", "ANSIBLE_LOCALHOST_WARNING": "false",
                "ANSIBLE_CALLBACK_PLUGINS": os.path.join(os.path.dirname(os.path.abspath(__file__)), "callback"),
                "ANSIBLE_DEPRECATION_WARNINGS": "false", "ANSIBLE_HOME": os.path.join(folder, ".ansible"),
                "ANSIBLE_NOCOLOR": "1", "ANSIBLE_RETRY_FILES_ENABLED": "false"})
    lines = [line for line in done.stdout.splitlines() if line.startswith("{\"tasks\"")]
    if not lines:
        return {"counts": {}, "tasks": [], "exit": done.returncode, "text": done.stdout + done.stderr}
    report = json.loads(lines[-1])
    counts = {host: {ours: numbers.get(theirs, 0) for theirs, ours in COUNTS.items()}
              for host, numbers in report["stats"].items()}
    tasks = []
    for task in report["tasks"]:
        action = task["action"].split(".")[-1]
        if action not in ("include_tasks", "include_role"):
            tasks.append((task["task"], task["host"], word(task["result"]),
                          said(task["result"]) if speaks(action, word(task["result"])) else None))
    return {"counts": counts, "tasks": tasks, "exit": done.returncode, "text": done.stderr}


def of_cef(cef, folder, name):
    done = run([cef, "play", "-i", "hosts.ini", name, "--format", "json", "--journal", "none"], folder, {})
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return {"counts": {}, "tasks": [], "exit": done.returncode, "text": done.stdout + done.stderr}
    counts, tasks = {}, []
    for each in report["results"]:
        data = each.get("data") or {}
        counts[each["host"]] = {ours: data.get(ours, 0) for ours in COUNTS.values()}
        for task in data.get("tasks", []):
            if task["module"] in ("include_tasks", "include_role"):
                continue
            status = {"ignored": "failed"}.get(task["status"], task["status"])
            result = task.get("result") or {}
            tasks.append((task["task"], each["host"], status, said(result) if speaks(task["module"], status) else None))
    return {"counts": counts, "tasks": tasks, "exit": done.returncode, "text": done.stderr}


def differences(ansible, cef):
    for host in sorted(set(ansible["counts"]) | set(cef["counts"])):
        theirs, ours = ansible["counts"].get(host), cef["counts"].get(host)
        if theirs != ours:
            yield f"recap of {host}: ansible {theirs}, cef {ours}"
    key = lambda task: (task[1], task[0], task[2], json.dumps(task[3], sort_keys=True))
    theirs, ours = sorted(ansible["tasks"], key=key), sorted(cef["tasks"], key=key)
    for task in theirs:
        if task not in ours:
            yield f"only ansible: {task}"
    for task in ours:
        if task not in theirs:
            yield f"only cef:     {task}"
    if ansible["exit"] != cef["exit"]:
        yield f"exit code: ansible {ansible['exit']}, cef {cef['exit']}"


def main(cef, folder, names):
    wrong = 0
    for name in names or sorted(each for each in os.listdir(folder) if each.endswith(".yml")):
        results = []
        for play in (of_ansible, lambda where, what: of_cef(cef, where, what)):
            with tempfile.TemporaryDirectory() as copy:
                where = os.path.join(copy, "books")
                shutil.copytree(folder, where)
                results.append(play(where, name))
        found = list(differences(*results))
        print(f"{'same ' if not found else 'OTHER'} {name}: {len(results[0]['tasks'])} results")
        for line in found:
            print("    " + line)
        if found and (not results[1]["tasks"] or not results[0]["tasks"]):
            print("    ansible: " + results[0]["text"][-2000:] + "\n    cef: " + results[1]["text"][-2000:])
        wrong += bool(found)
    return 1 if wrong else 0


if not shutil.which("ansible-playbook"):
    print("ansible-playbook is not installed")
    sys.exit(77)
sys.exit(main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:]))
